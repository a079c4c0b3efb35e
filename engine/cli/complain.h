// What went wrong, to stderr, and the exit code that says so.
#pragma once

#include <string>

#include "base/result.h"
#include "report/words/exit_code.h"

namespace runbook {

// Returns `code`.
int complain(const Error& error, int code);
// `error: …` and `  help: …`. Returns `code`.
int complain(const std::string& message, const std::string& help, int code = exit_codes::usage);

}  // namespace runbook
