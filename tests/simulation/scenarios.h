// The plans that are simulated: small enough to enumerate, each for one promise of the machine.
#pragma once

#include "simulation/world.h"

namespace runbook::simulation {

// Up to 4 steps: every outcome, order, cancel and crash.
std::vector<Scenario> small_scenarios();
// 5 to 40 steps, groups, checks, handlers, retries: for seeds.
Scenario random_scenario(Choices& choices);

struct Tally {
  std::uint64_t histories = 0;
  std::map<std::string, std::uint64_t> outcomes;
};
// Every history of the scenario. Throws Violation with the scenario's name and the history's events in words.
Tally enumerate(const Scenario& scenario);
void run_seeded(std::uint64_t seed);

std::string describe(const World& world);

}  // namespace runbook::simulation
