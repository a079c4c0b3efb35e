// The plans that are simulated: small enough to enumerate, each for one promise of the machine.
#pragma once

#include "simulation/world.h"

namespace runbook::simulation {

// Up to 4 steps: every outcome, order, cancel and crash.
std::vector<Scenario> small_scenarios();
// 5 to 40 steps, groups, checks, handlers, retries: for seeds.
Scenario random_scenario(Choices& choices);

}  // namespace runbook::simulation
