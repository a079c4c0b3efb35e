// What is said of who holds a lock.
#pragma once

#include <string>
#include <vector>

#include "journal/lock_ticket.h"

namespace runbook {

// `run 20261120-…-k3f9 (anna on host1, process 4121) since 2026-11-20T22:01:10Z, now `migrate``
std::string holder_text(const std::string& state_directory, const LockUser& user);
// `next in the queue`, `2nd in the queue`: of one that has so many before it (the holder counts).
std::string position_text(std::size_t ahead);
// Of a run's locks, a line each: their names, who keeps them for it, and who took them away from it.
std::vector<std::string> lock_lines(const std::string& state_directory, const std::string& run,
                                    const std::vector<std::string>& locks);
// What the run does now: the steps, undo steps and handlers that run; empty when that is not known.
std::string doing_now(const std::string& state_directory, const std::string& run);

}  // namespace runbook
