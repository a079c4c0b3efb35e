// Makes the frozen graph of a runbook: implicit order, needs, groups, cycles; and finds, before anything runs, every
// reference of an expression that cannot hold.
#pragma once

#include <optional>

#include "plan/plan.h"
#include "source/diagnostic.h"

namespace runbook {

// The plan, or nullopt when `diagnostics` has errors. The runbook must outlive it.
std::optional<Plan> build_plan(const Runbook& runbook, Diagnostics& diagnostics);

// What an author may want to think about, as warnings: changes that a failure would leave behind.
void advise(const Plan& plan, Diagnostics& diagnostics);

}  // namespace runbook
