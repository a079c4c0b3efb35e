#include "cli/complain.h"

#include <cstdio>

#include "base/text.h"

namespace runbook {

int complain(const Error& error, int code) {
  std::fprintf(stderr, "error: %s\n", printable(error.message(), true).c_str());
  return code;
}

int complain(const std::string& message, const std::string& help, int code) {
  std::fprintf(stderr, "error: %s\n", printable(message).c_str());
  if (!help.empty()) std::fprintf(stderr, "  help: %s\n", printable(help).c_str());
  return code;
}

}  // namespace runbook
