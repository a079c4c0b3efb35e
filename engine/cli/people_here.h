// Who answers manual steps, and the questions of `--step`, from where the engine was started: what the command line
// approves, and whoever sits at its terminal.
#pragma once

#include <memory>

#include "cli/arguments.h"
#include "cli/live_report.h"
#include "host/people.h"
#include "run/run_state.h"

namespace runbook {

// `--step` needs somebody. 0, or the exit code: why is on stderr then.
int check_stepwise(const DriveArguments& arguments);

// What --approve and --input say must fit the plan. 0, or the exit code: why is on stderr then.
int check_approvals(const Plan& plan, const DriveArguments& arguments);

// REQUIRES: check_approvals() found nothing wrong. State and report must outlive it.
std::unique_ptr<People> people_here(const RunState& state, const DriveArguments& arguments, LiveReport& report,
                                    const Style& style);

}  // namespace runbook
