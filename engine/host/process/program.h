// Finding the program of a process, and saying what was wrong when it did not start. Nothing here changes anything.
#pragma once

#include <string>

#include "base/result.h"
#include "drive/host.h"

namespace runbook {

// What no kernel would take, found before anything is started: NUL bytes, strings that are too long, bad names.
Result<> check_process(const ProcessWork& work);

// The path to execute for `argv[0]`, looked up in the PATH of `work.env`. `cwd` is absolute.
Result<std::string> find_program(const ProcessWork& work, const std::string& cwd);

// Why executing `program` in `cwd` failed with `error`: the directory, the program or its interpreter.
std::string explain_not_started(const std::string& program, const std::string& cwd, int error);

}  // namespace runbook
