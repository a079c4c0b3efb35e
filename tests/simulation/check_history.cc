#include "simulation/check_history.h"

#include "simulation/checker.h"

namespace runbook::simulation {

void check_history(const World& world) { Checker(world).check(); }

}  // namespace runbook::simulation
