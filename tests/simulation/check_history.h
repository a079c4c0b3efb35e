// What must be true of every history, told from its events alone: these checkers share no code with the machine.
#pragma once

#include "simulation/world.h"

namespace runbook::simulation {

// Throws Violation.
void check_history(const World& world);

}  // namespace runbook::simulation
