#include "values/surroundings.h"

#include <algorithm>

namespace runbook {

std::vector<Layer> surroundings(const Plan& plan, const Node& node) {
  std::vector<Layer> layers;
  const auto add = [&](const Node& one) {
    if (one.step) layers.push_back({one.scope, &one.step->env, one.step->cwd ? &*one.step->cwd : nullptr});
  };
  add(node);
  auto file = plan.file_scope(node.scope);
  for (auto g = node.owner != no_node ? node.owner : node.parent; g != no_node; g = plan[g].parent) {
    const bool asks_for_it = node.kind == NodeKind::probe && g == node.owner;  // and sees what the step itself sees
    if (!plan[g].is_group() && !asks_for_it) continue;
    // Out of a used runbook: its own `env` is between that of its steps and that of the step that uses it.
    if (file != root_scope && plan.scopes[file].node == g) {
      layers.push_back({file, &plan.scopes[file].runbook->env, nullptr});
      file = plan.file_scope(plan[g].scope);
    }
    if (!plan[g].is_loop()) add(plan[g]);  // what a loop says is said by its instances
  }
  layers.push_back({root_scope, &plan.runbook->env, nullptr});
  std::reverse(layers.begin(), layers.end());
  return layers;
}

}  // namespace runbook
