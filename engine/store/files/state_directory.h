// The directory that holds every run of a user, or of a service. Resuming runs what is stored there, so nobody else
// may write to it.
#pragma once

#include <string>

#include "base/result.h"

namespace runbook {

// Which one: `chosen` (--state-dir) when not empty, else $RUNBOOK_STATE_DIR, $XDG_STATE_HOME/runbook,
// ~/.local/state/runbook. Always absolute; nothing is created.
Result<std::string> find_state_directory(const std::string& chosen);

// Creates what is missing of it (0700) and of `runs/` in it. An error when it belongs to somebody else, when group or
// others may write to it, or when it is a link.
Result<> prepare_state_directory(const std::string& path);

inline std::string runs_directory(const std::string& state_directory) { return state_directory + "/runs"; }

}  // namespace runbook
