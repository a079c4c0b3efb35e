#include <algorithm>
#include <array>

#include "simulation/choices.h"
#include "simulation/plan_builder.h"
#include "simulation/scenarios.h"

namespace runbook::simulation {

using namespace std::chrono_literals;

Scenario random_scenario(Choices& choices) {
  PlanBuilder b;
  const auto maybe = [&](int one_in) { return choices.pick(one_in) == 0; };
  for (int i = choices.pick(3); i > 0; --i) b.precondition();
  const int steps = 5 + choices.pick(30);
  std::vector<std::vector<NodeId>> open_members{{}};
  std::vector<NodeId> open_groups{root_node};
  for (int i = 0; i < steps; ++i) {
    auto& before = open_members.back();
    std::vector<NodeId> needs;
    for (int n = before.empty() ? 0 : choices.pick(3); n > 0; --n) {
      const auto need = before[choices.pick(static_cast<int>(before.size()))];
      if (std::find(needs.begin(), needs.end(), need) == needs.end()) needs.push_back(need);
    }
    if (maybe(6) && open_groups.size() < 4) {
      const auto group = b.group("g" + std::to_string(i), needs);
      b[group].fail_fast = maybe(3);
      b[group].allow_failure = maybe(4);
      b[group].max_parallel = maybe(3) ? 1 + choices.pick(2) : 0;
      if (maybe(4)) b[group].timeout = 40ms;
      if (maybe(4)) b.undo(group);
      if (maybe(6)) b.check(group);
      if (maybe(6)) b.probe(group);
      if (maybe(6)) {
        b[group].budget = 30ms;
        b.overrun(group);
      }
      before.push_back(group);
      b.open(group);
      open_groups.push_back(group);
      open_members.emplace_back();
    }
    needs.clear();
    if (!open_members.back().empty() && maybe(2)) needs.push_back(open_members.back().back());
    if (maybe(10)) {
      const auto loop = b.loop("l" + std::to_string(i), needs);
      b[loop].fail_fast = maybe(2);
      b[loop].max_parallel = choices.pick(3);
      b[loop].has_outputs = maybe(4);
      open_members.back().push_back(loop);
    }
    const auto step = b.step("s" + std::to_string(i), needs, !maybe(3));
    open_members.back().push_back(step);
    b[step].has_when = maybe(8);
    if (maybe(10)) {
      b[step].manual = true;
      b[step].continue_on_timeout = maybe(3);
    }
    b[step].allow_failure = maybe(5);
    b[step].idempotent = maybe(3);
    if (maybe(9)) b[step].effect = maybe(2) ? NodeEffect::irreversible : NodeEffect::read;
    if (maybe(4)) retry(b[step], 1 + choices.pick(3));
    if (maybe(5)) b[step].attempt_timeout = 10ms;
    if (maybe(6)) b.check(step);
    if (maybe(8)) b.undo(step);
    if (maybe(4)) b.probe(step);
    if (maybe(6)) {
      b[step].budget = 5ms * (1 + choices.pick(4));
      for (int n = choices.pick(3); n > 0; --n) {
        const auto overrun = b.overrun(step);
        b[overrun].idempotent = choices.pick(3) == 0;
        if (choices.pick(3) == 0) b[overrun].effect = NodeEffect::read;
      }
    }
    if (open_groups.size() > 1 && maybe(3)) {
      b.close();
      open_groups.pop_back();
      open_members.pop_back();
    }
  }
  for (int i = choices.pick(3); i > 0; --i) b.handler(&Plan::on_failure);
  for (int i = choices.pick(2); i > 0; --i) b.handler(&Plan::on_success);
  for (int i = choices.pick(2); i > 0; --i) b.handler(&Plan::finally);
  for (auto& node : b.plan().nodes) {
    if (node.kind != NodeKind::handler && node.kind != NodeKind::undo) continue;
    node.idempotent = maybe(4);
    if (maybe(4)) node.effect = NodeEffect::read;
    node.allow_failure = node.kind == NodeKind::handler && maybe(4);
  }
  if (maybe(4)) b[root_node].timeout = 200ms;
  if (maybe(5)) b.plan().rollback = Plan::Rollback::manual;
  Scenario random{"random", b.plan(), 0, choices.pick(4), choices.pick(3), InterruptPolicy::ladder};
  random.policy =
      std::array{InterruptPolicy::ladder, InterruptPolicy::rollback, InterruptPolicy::leave}[choices.pick(3)];
  random.deserted = maybe(4);
  random.stepwise = maybe(6);
  random.strangers = choices.pick(2);
  if (maybe(3)) random.jobs = 1 + choices.pick(3);
  random.rollbacks = maybe(3) ? 1 + choices.pick(2) : 0;
  return random;
}

}  // namespace runbook::simulation
