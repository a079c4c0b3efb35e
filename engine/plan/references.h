// Checks what the expressions of a plan refer to, and notes on each node which parts of its result are read later.
#pragma once

#include "plan/plan.h"
#include "source/diagnostic.h"

namespace runbook {

void check_references(Plan& plan, const Runbook& runbook, Diagnostics& diagnostics);

}  // namespace runbook
