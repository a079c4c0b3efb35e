// Result<T>: a value, or why the environment did not give one. For author mistakes use Diagnostic; for our own
// mistakes use CHECK; do not use Result where nothing can fail.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace runbook {

// What was tried, on what, and what the system said: "open /x/journal.jsonl: Permission denied".
struct Error {
  std::string operation;
  std::string object;
  std::string reason;
  int number = 0;  // errno when a system call failed, else 0

  std::string message() const;
};

template <class T = void>
using Result = tl::expected<T, Error>;

using Unexpected = tl::unexpected<Error>;

// An error from errno as it is now.
Unexpected system_error(std::string operation, std::string object);
// The same for a number that was kept.
Unexpected system_error(std::string operation, std::string object, int number);
Unexpected failure(std::string operation, std::string object, std::string reason);

}  // namespace runbook

// Leaves the function with the error, or goes on. For functions that return a Result.
#define RUNBOOK_TRY(expression)                                                                              \
  do {                                                                                                       \
    if (auto try_result = (expression); !try_result) return ::tl::unexpected(std::move(try_result).error()); \
  } while (false)
