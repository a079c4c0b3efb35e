// Before a rollback that a person asks for: what will be undone, and whether that is what they want.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"
#include "run/run_state.h"
#include "view/run_view.h"

namespace runbook {

// Says on stderr what of the run (`RUN (how it stands)`) will be undone and what will not, and asks where somebody can
// answer and --yes was not given. 0, or the exit code: nothing is to be undone.
int agree_to_undo(const std::string& run, const RunState& state, const RunView& view,
                  const std::vector<NodeId>& targets, const ResumeArguments& arguments, ColorWhen color);

}  // namespace runbook
