// Checks what the expressions of a plan refer to, and notes on each node which parts of its result are read later.
#pragma once

#include "plan/plan.h"
#include "source/diagnostic.h"

namespace runbook {

// `ordered`: the graph has no mistakes, so it can be told which step comes before which.
void check_references(Plan& plan, bool ordered, Diagnostics& diagnostics);

}  // namespace runbook
