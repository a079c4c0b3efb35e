#include "cli/secret_values.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "source/codes.h"

namespace runbook {
namespace {

constexpr std::size_t longest_secret = 64 << 10;

bool take_from_environment(const Secret& secret, std::string& value, std::string& why) {
  char* given = std::getenv(secret.where.value.c_str());
  if (!given) {
    why = "the environment variable `" + secret.where.value + "` is not set";
    return false;
  }
  value = given;
  return true;
}

bool take_from_file(const Secret& secret, std::string& value, std::string& why) {
  std::ifstream file(secret.where.value, std::ios::binary);
  if (!file) {
    why = "the file `" + secret.where.value + "` cannot be read: " + std::strerror(errno);
    return false;
  }
  value.resize(longest_secret + 1);
  file.read(value.data(), static_cast<std::streamsize>(value.size()));
  value.resize(static_cast<std::size_t>(file.gcount()));
  if (!value.empty() && value.back() == '\n') value.pop_back();
  return true;
}

}  // namespace

SecretValues read_secrets(const Runbook& runbook, Diagnostics& diagnostics) {
  SecretValues values;
  for (const auto& secret : runbook.secrets) {
    std::string value, why;
    const bool there = secret.source == Secret::Source::env ? take_from_environment(secret, value, why)
                                                            : take_from_file(secret, value, why);
    if (there && value.empty()) why = "it is empty";
    if (value.size() > longest_secret) why = "it is longer than 64 KiB";
    if (!why.empty()) {
      auto& d = diagnostics.error(code::secret_unavailable, secret.where.span,
                                  "secret `" + secret.name.value + "` is not available: " + why);
      d.help = "provide it, then start again; nothing was run";
      continue;
    }
    values.emplace_back(secret.name.value, std::move(value));
  }
  // Two secrets may name one variable: only now can it go.
  for (const auto& secret : runbook.secrets) {
    if (secret.source != Secret::Source::env) continue;
    if (char* given = std::getenv(secret.where.value.c_str())) std::memset(given, 'x', std::strlen(given));
    ::unsetenv(secret.where.value.c_str());
  }
  return values;
}

}  // namespace runbook
