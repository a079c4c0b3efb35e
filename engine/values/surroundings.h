// Surroundings: the `env` and `cwd` that count for a node, from the runbook inwards to its own.
#pragma once

#include <vector>

#include "plan/plan.h"
#include "runbook/runbook.h"

namespace runbook {

struct Layer {
  ScopeId scope;  // what its templates see
  const EnvTemplate* env;
  const Template* cwd;  // nullptr: says nothing
};

// Outermost first. An undo step or a precondition stands where its step stands.
std::vector<Layer> surroundings(const Plan& plan, const Node& node);

}  // namespace runbook
