#include "plan/build_plan.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "plan/references.h"
#include "runbook/runbook.h"
#include "source/codes.h"

namespace runbook {
namespace {

class Builder {
 public:
  Builder(const Runbook& runbook, Diagnostics& diagnostics) : runbook_(runbook), diagnostics_(diagnostics) {}

  Plan build() {
    auto& root = plan_.nodes.emplace_back();
    root.kind = NodeKind::group;
    root.timeout = runbook_.timeout;
    plan_.runbook = &runbook_;
    plan_.hash = sha256(runbook_.file->text());
    plan_.rollback = runbook_.rollback == RollbackPolicy::automatic ? Plan::Rollback::automatic
                     : runbook_.rollback == RollbackPolicy::manual  ? Plan::Rollback::manual
                                                                    : Plan::Rollback::never;
    plan_.preconditions = list(runbook_.preconditions, NodeKind::precondition, no_node, "precondition", true);
    members(root_node, runbook_.steps);
    link(root_node, runbook_.steps, false);
    plan_.on_failure = list(runbook_.on_failure, NodeKind::handler, no_node, "on_failure", true);
    plan_.on_success = list(runbook_.on_success, NodeKind::handler, no_node, "on_success", true);
    plan_.finally = list(runbook_.finally, NodeKind::handler, no_node, "finally", true);
    return std::move(plan_);
  }

 private:
  NodeId add(const Step& step, NodeKind kind, std::string name) {
    const auto id = static_cast<NodeId>(plan_.nodes.size());
    auto& node = plan_.nodes.emplace_back();
    node.id = id;
    node.kind = kind;
    node.name = std::move(name);
    node.step = &step;
    node.has_when = step.when.has_value();
    node.allow_failure = step.allow_failure;
    node.idempotent = step.idempotent;
    node.effect = step.effect == Effect::read     ? NodeEffect::read
                  : step.effect == Effect::change ? NodeEffect::change
                                                  : NodeEffect::irreversible;
    node.timeout = step.timeout;
    node.attempt_timeout = step.attempt_timeout;
    node.budget = step.budget;
    node.kill_after = step.kill_after.value_or(default_kill_after);
    if (!step.is_group() && !node.timeout) {
      node.timeout = runbook_.default_timeout;
      // A wait is never cut short by a default.
      if (const auto* wait = std::get_if<WaitAction>(&step.action))
        node.timeout = std::max(*node.timeout, wait->duration + std::chrono::minutes(1));
    }
    if (step.retry) {
      node.retry = {step.retry->unlimited ? 0 : step.retry->attempts, step.retry->every, step.retry->backoff,
                    step.retry->max_every.value_or(Duration::max()), step.retry->jitter};
    }
    if (const auto* group = std::get_if<GroupAction>(&step.action)) {
      node.max_parallel = group->max_parallel.value_or(0);
      node.fail_fast = group->fail_fast;
    }
    return id;
  }

  // Steps that belong to the run or to one node. Numbered when there may be several.
  std::vector<NodeId> list(const std::vector<Step>& steps, NodeKind kind, NodeId owner, const std::string& name, bool numbered) {
    std::vector<NodeId> ids;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto own = numbered || steps.size() > 1 ? name + "[" + std::to_string(i + 1) + "]" : name;
      ids.push_back(add(steps[i], kind, own));
      plan_.nodes.back().owner = owner;
    }
    return ids;
  }

  void members(NodeId parent, const std::vector<Step>& steps) {
    for (const auto& step : steps) {
      const auto id = add(step, step.is_group() ? NodeKind::group : NodeKind::step, step.id);
      plan_.nodes[id].parent = parent;
      plan_.nodes[parent].members.push_back(id);
      // Through a local: the list grows while these are made.
      auto checks = list(step.preconditions, NodeKind::check, id, step.id + ".pre", true);
      plan_.nodes[id].checks = std::move(checks);
      auto undo = list(step.rollback, NodeKind::undo, id, step.id + ".undo", false);
      plan_.nodes[id].undo = std::move(undo);
      probes(id, step);
      auto overrun = list(step.on_overrun, NodeKind::overrun, id, step.id + ".overrun", true);
      plan_.nodes[id].overrun = std::move(overrun);
      if (const auto* group = std::get_if<GroupAction>(&step.action)) {
        members(id, group->steps);
        link(id, group->steps, group->parallel);
      }
    }
  }

  // One node for each moment at which the probe is asked. What was lost inside a group settles there.
  void probes(NodeId owner, const Step& step) {
    if (step.probe.empty()) return;
    for (const auto moment : {ProbeMoment::before, ProbeMoment::after, ProbeMoment::resume, ProbeMoment::undo}) {
      if (moment == ProbeMoment::resume && step.is_group()) continue;
      if (moment == ProbeMoment::undo && step.rollback.empty()) continue;
      const auto id = add(step.probe[0], NodeKind::probe, step.id + ".probe." + std::string(probe_moment_name(moment)));
      plan_.nodes[id].owner = owner;
      plan_.nodes[id].moment = moment;
      plan_.nodes[owner].probes[static_cast<std::size_t>(moment)] = id;
    }
  }

  void link(NodeId parent, const std::vector<Step>& steps, bool parallel) {
    const auto& ids = plan_.nodes[parent].members;
    std::unordered_map<std::string_view, NodeId> siblings;
    for (const auto id : ids) siblings.emplace(plan_[id].name, id);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      auto& node = plan_.nodes[ids[i]];
      if (steps[i].needs) {
        for (const auto& need : *steps[i].needs) {
          const auto found = siblings.find(need.value);
          if (found == siblings.end()) {
            unknown_need(need, node, siblings);
          } else if (std::find(node.needs.begin(), node.needs.end(), found->second) == node.needs.end()) {
            node.needs.push_back(found->second);
          }
        }
      } else if (!parallel && i > 0) {
        node.needs.push_back(ids[i - 1]);
      }
      for (const auto need : node.needs) plan_.nodes[need].dependents.push_back(node.id);
    }
    report_cycle(parent);
  }

  void unknown_need(const Text& need, const Node& node, const std::unordered_map<std::string_view, NodeId>& siblings) {
    if (exists_anywhere(runbook_.steps, need.value)) {
      auto& d = diagnostics_.error(code::needs_outside, need.span,
                                   "step `" + node.name + "` needs `" + need.value + "`, which stands in another group");
      d.help = "`needs` names steps of the same list; need the group that holds `" + need.value + "` instead";
      return;
    }
    auto& d = diagnostics_.error(code::unknown_step, need.span,
                                 "step `" + node.name + "` needs `" + need.value + "`, which does not exist");
    std::vector<std::string_view> names;
    for (const auto& [name, id] : siblings) names.push_back(name);
    std::sort(names.begin(), names.end());
    if (const auto near = nearest(need.value, names); !near.empty()) d.help = "did you mean `" + std::string(near) + "`?";
  }

  static bool exists_anywhere(const std::vector<Step>& steps, const std::string& id) {
    return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
      const auto* group = std::get_if<GroupAction>(&step.action);
      return step.id == id || (group && exists_anywhere(group->steps, id));
    });
  }

  // Takes away, again and again, what needs nothing; what is left holds a cycle, and following any need stays in it.
  void report_cycle(NodeId parent) {
    const auto& ids = plan_[parent].members;
    std::unordered_map<NodeId, std::size_t> open;
    std::vector<NodeId> free;
    for (const auto id : ids)
      if ((open[id] = plan_[id].needs.size()) == 0) free.push_back(id);
    std::size_t taken = 0;
    while (!free.empty()) {
      const auto id = free.back();
      free.pop_back();
      ++taken;
      for (const auto dependent : plan_[id].dependents)
        if (--open[dependent] == 0) free.push_back(dependent);
    }
    if (taken == ids.size()) return;
    auto at = *std::find_if(ids.begin(), ids.end(), [&](NodeId id) { return open[id] > 0; });
    std::vector<NodeId> path;
    while (std::find(path.begin(), path.end(), at) == path.end()) {
      path.push_back(at);
      at = *std::find_if(plan_[at].needs.begin(), plan_[at].needs.end(), [&](NodeId need) { return open[need] > 0; });
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), at));
    path.push_back(at);
    std::string text;
    for (const auto id : path) text += (text.empty() ? "" : " → ") + plan_[id].name;
    const auto& step = *plan_[at].step;
    const auto span = step.needs && !step.needs->empty() ? step.needs->front().span : step.span;
    auto& d = diagnostics_.error(code::cycle, span, "steps need each other in a circle: " + text);
    d.help = "take one of these needs away; `needs: []` lets a step start at once";
  }

  const Runbook& runbook_;
  Diagnostics& diagnostics_;
  Plan plan_;
};

bool undone_with_a_group(const Plan& plan, const Node& node) {
  for (auto g = node.parent; g != no_node; g = plan[g].parent)
    if (!plan[g].undo.empty()) return true;
  return false;
}

}  // namespace

std::optional<Plan> build_plan(const Runbook& runbook, Diagnostics& diagnostics) {
  const auto errors = diagnostics.errors();
  auto plan = Builder(runbook, diagnostics).build();
  check_references(plan, runbook, diagnostics.errors() == errors, diagnostics);
  if (diagnostics.errors() > errors) return std::nullopt;
  return plan;
}

void advise(const Plan& plan, Diagnostics& diagnostics) {
  const bool undoes = std::any_of(plan.nodes.begin(), plan.nodes.end(), [](const Node& n) { return !n.undo.empty(); });
  if (plan.rollback != Plan::Rollback::automatic || !undoes) return;  // nothing here claims to leave no trace
  for (const auto& node : plan.nodes) {
    const bool last = node.parent == root_node && node.dependents.empty();
    if (node.kind != NodeKind::step || node.effect != NodeEffect::change || !node.undo.empty() || last) continue;
    if (undone_with_a_group(plan, node)) continue;
    auto& d = diagnostics.warning(code::no_rollback, node.step->action_span,
                                  "`" + node.name + "` changes something but has no `rollback`");
    d.help = "a later failure leaves its change behind; add `rollback:`, or say `effect: read` if it changes nothing";
  }
}

}  // namespace runbook
