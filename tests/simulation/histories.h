// Lives the histories of a scenario, and checks each.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "simulation/world.h"

namespace runbook::simulation {

struct Tally {
  std::uint64_t histories = 0;
  std::map<std::string, std::uint64_t> outcomes;
};
// Every history of the scenario. Throws Violation with the scenario's name and the history's events in words.
Tally enumerate(const Scenario& scenario);
// One history of a random scenario.
void run_seeded(std::uint64_t seed);

// Its events in words.
std::string describe(const World& world);

}  // namespace runbook::simulation
