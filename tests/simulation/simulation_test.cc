// The state machine and the driver, in every history of small plans and in seeded ones of larger plans.
#include <catch2/catch.hpp>
#include <cstdio>

#include "simulation/histories.h"
#include "simulation/scenarios.h"

using namespace runbook::simulation;

TEST_CASE("every history of small plans keeps every promise") {
  std::uint64_t total = 0;
  for (const auto& scenario : small_scenarios()) {
    const auto tally = enumerate(scenario);
    std::printf("%9llu histories  %s:", static_cast<unsigned long long>(tally.histories), scenario.name.c_str());
    for (const auto& [outcome, count] : tally.outcomes)
      std::printf("  %s %llu", outcome.c_str(), static_cast<unsigned long long>(count));
    std::printf("\n");
    total += tally.histories;
    CHECK(tally.histories > 1);
  }
  std::printf("%9llu histories enumerated\n", static_cast<unsigned long long>(total));
}

TEST_CASE("seeded histories of larger plans keep every promise") {
  for (std::uint64_t seed = 1; seed <= 30'000; ++seed) REQUIRE_NOTHROW(run_seeded(seed));
}
