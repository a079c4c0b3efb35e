// The engine's own log, for whoever looks into the engine itself: off unless RUNBOOK_LOG says `debug`, `info` or
// `warn`. It goes to stderr and never holds values of parameters or secrets. What a run did is in its journal, not
// here.
#pragma once

#include <string>

namespace runbook::engine_log {

// Once, at the start. An unknown level is said on stderr and means `off`.
void open();

void debug(const std::string& text);
void info(const std::string& text);
void warn(const std::string& text);

}  // namespace runbook::engine_log
