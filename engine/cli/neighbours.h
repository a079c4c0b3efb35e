// What other runs and people mean to a run: who holds a lock, what became of those it kept, who undid it.
#pragma once

#include <string>
#include <vector>

#include "store/files/lock_ticket.h"
#include "store/files/run_list.h"

namespace runbook {

// `run 20261120-…-k3f9 (anna on host1, process 4121) since 2026-11-20T22:01:10Z, now `migrate``
std::string holder_text(const std::string& state_directory, const LockUser& user);
// `next in the queue`, `2nd in the queue`: of one that has so many before it (the holder counts).
std::string position_text(std::size_t ahead);
// Of a run's locks, a line each: their names, who keeps them for it, and who took them away from it.
std::vector<std::string> lock_lines(const std::string& state_directory, const std::string& run,
                                    const std::vector<std::string>& locks);
// `later by run …`, `in part by run …`: what another run did to undo this one; empty: there is none.
std::string rolled_back_text(const std::string& state_directory, const std::string& run);
std::string rolled_back_words(const RunSummary& by);  // the same after `rolled back`: `rolled back later by …`
// What the run does now: the steps, undo steps and handlers that run; empty when that is not known.
std::string doing_now(const std::string& state_directory, const std::string& run);

}  // namespace runbook
