// The process of a `lua` step: the engine's own program, started again in a mode that nobody calls by hand. The script
// and its data come by descriptor 10, as a shell's script does; what it logs goes to its output; how it ended is
// written to the file $RUNBOOK_OUTPUT. So it is started, stopped and killed as every process is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drive/host.h"

namespace runbook {

class Redactor;

inline constexpr std::string_view lua_process_flag = "--lua-process";

// What starts it. `program` is the engine's executable.
ProcessWork lua_process_work(const ScriptJob& job, const std::string& program);

// What the process wrote, redacted; nullopt when it came to no end.
std::optional<ScriptEnd> read_script_end(std::string_view bytes, const Redactor* redactor);

// The process itself: runs the script to its end. Returns its exit code.
int run_lua_process();

}  // namespace runbook
