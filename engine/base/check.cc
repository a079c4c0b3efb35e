#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace runbook {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "runbook: internal error: %s is false at %s:%d [this is a bug]\n", condition, file, line);
  std::abort();
}

}  // namespace runbook
