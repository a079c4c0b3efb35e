// Secrets that a command prints: `{ exec: [vault, read, …] }`. All commands of a runbook run at once, below a
// supervisor, so that nothing of them is left, whatever they start.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "drive/host.h"

namespace runbook {

inline constexpr Duration secret_command_timeout = std::chrono::seconds(30);

// Runs each of `commands` (a program and its arguments, no shell) with the engine's own environment and directory, an
// empty stdin, and nothing of its output kept but in memory. The ends come in the order of the commands; of one that
// was stopped after the timeout how.reason says so. An error: they could not be run at all. A signal that would have
// ended the engine still does.
Result<std::vector<AttemptEnded>> run_secret_commands(const std::vector<std::vector<std::string>>& commands,
                                                      Duration timeout = secret_command_timeout);

}  // namespace runbook
