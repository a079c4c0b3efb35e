#include "plan/build_plan.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "library/uses.h"
#include "plan/references.h"
#include "source/codes.h"

namespace runbook {
namespace {

bool speaks_of_item(const Expression& expression) {
  return std::any_of(expression.references.begin(), expression.references.end(), [](const Reference& reference) {
    return reference.path[0] == "item" || reference.path[0] == "index";
  });
}

// Where a step stands: in which file, seen from which scope, under which name.
struct Site {
  const Runbook* runbook;
  ScopeId scope;
  std::string prefix;  // of the names of what stands here: `backup.`
};

class Builder {
 public:
  Builder(const Runbook& runbook, Diagnostics& diagnostics) : runbook_(runbook), diagnostics_(diagnostics) {}

  Plan build() {
    auto& root = plan_.nodes.emplace_back();
    root.kind = NodeKind::group;
    root.timeout = runbook_.timeout;
    plan_.runbook = plan_.scopes[root_scope].runbook = &runbook_;
    plan_.hash = hash_of(runbook_);
    plan_.rollback = runbook_.rollback == RollbackPolicy::automatic ? Plan::Rollback::automatic
                     : runbook_.rollback == RollbackPolicy::manual  ? Plan::Rollback::manual
                                                                    : Plan::Rollback::never;
    const Site site{&runbook_, root_scope, ""};
    plan_.preconditions = list(site, runbook_.preconditions, NodeKind::precondition, no_node, "precondition", true);
    members(site, root_node, runbook_.steps);
    link(root_node, runbook_.steps, false);
    plan_.on_failure = list(site, runbook_.on_failure, NodeKind::handler, no_node, "on_failure", true);
    plan_.on_success = list(site, runbook_.on_success, NodeKind::handler, no_node, "on_success", true);
    plan_.finally = list(site, runbook_.finally, NodeKind::handler, no_node, "finally", true);
    for (std::size_t i = 0; i < loops_.size(); ++i) make_body(i);
    report_same_names();
    return std::move(plan_);
  }

 private:
  // Of a loop: its body is made when everything else has been, so that its nodes are the last.
  struct PendingLoop {
    Site site;
    NodeId node;
  };

  NodeId add(const Site& site, const Step& step, NodeKind kind, std::string name) {
    const auto id = static_cast<NodeId>(plan_.nodes.size());
    auto& node = plan_.nodes.emplace_back();
    node.id = id;
    node.kind = kind;
    node.name = std::move(name);
    node.step = &step;
    node.scope = site.scope;
    node.has_when = step.when.has_value();
    node.allow_failure = step.allow_failure;
    node.idempotent = step.idempotent;
    node.effect = step.effect == Effect::read     ? NodeEffect::read
                  : step.effect == Effect::change ? NodeEffect::change
                                                  : NodeEffect::irreversible;
    node.timeout = step.timeout;
    node.attempt_timeout = step.attempt_timeout;
    node.kill_after = step.kill_after.value_or(default_kill_after);
    node.has_outputs = step.is_group() && !step.outputs.empty();
    if (const auto* manual = step.manual()) {
      node.manual = true;
      node.continue_on_timeout = manual->continue_on_timeout;
      if (!node.timeout) node.timeout = default_manual_timeout;
    }
    if (!step.is_group() && !node.timeout) {
      node.timeout = site.runbook->default_timeout;
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
    if (const auto* use = step.use(); use && use->runbook) {
      // Its inputs are worked out, and checked, when `when` is asked.
      node.has_when = true;
      node.has_outputs = node.has_outputs || !use->runbook->outputs.empty();
      if (use->runbook->timeout)
        node.timeout = std::min(node.timeout.value_or(Duration::max()), *use->runbook->timeout);
    }
    return id;
  }

  // Steps that belong to the run or to one node. Numbered when there may be several.
  std::vector<NodeId> list(const Site& site, const std::vector<Step>& steps, NodeKind kind, NodeId owner,
                           const std::string& name, bool numbered, std::size_t before = 0) {
    std::vector<NodeId> ids;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto own = numbered || steps.size() > 1 ? name + "[" + std::to_string(before + i + 1) + "]" : name;
      ids.push_back(add(site, steps[i], kind, own));
      auto& node = plan_.nodes.back();
      node.owner = owner;
      if (node.is_handler() && !steps[i].id.empty()) plan_.scopes[site.scope].steps.emplace(steps[i].id, node.id);
    }
    return ids;
  }

  void members(const Site& site, NodeId parent, const std::vector<Step>& steps) {
    for (const auto& step : steps) {
      const auto name = site.prefix + step.id;
      const auto id = step.loop ? add_loop(site, step, name) : add_whole(site, step, name);
      plan_.scopes[site.scope].steps.emplace(step.id, id);
      plan_.nodes[id].parent = parent;
      plan_.nodes[parent].members.push_back(id);
    }
  }

  // A step with all that belongs to it.
  NodeId add_whole(const Site& site, const Step& step, const std::string& name) {
    const auto id = add(site, step, step.is_group() ? NodeKind::group : NodeKind::step, name);
    // Through locals: the list grows while these are made.
    auto checks = list(site, step.preconditions, NodeKind::check, id, name + ".pre", true);
    auto undo = list(site, step.rollback, NodeKind::undo, id, name + ".undo", false);
    if (const auto* group = std::get_if<GroupAction>(&step.action)) {
      members(site, id, group->steps);
      link(id, group->steps, group->parallel);
    } else if (const auto* use = step.use(); use && use->runbook) {
      const auto& used = *use->runbook;
      const Site inside{&used, open_scope(site.scope, &used, id, false), name + "."};
      plan_.nodes[id].inside = inside.scope;
      const auto more = list(inside, used.preconditions, NodeKind::check, id, name + ".pre", true, checks.size());
      checks.insert(checks.end(), more.begin(), more.end());
      members(inside, id, used.steps);
      link(id, used.steps, false);
    }
    plan_.nodes[id].checks = std::move(checks);
    plan_.nodes[id].undo = std::move(undo);
    probes(site, id, step, name);
    if (!step.loop) overrun(site, id, step, name);
    return id;
  }

  // One node for each moment at which the probe is asked. What was lost inside a group settles there.
  void probes(const Site& site, NodeId owner, const Step& step, const std::string& name) {
    if (step.probe.empty()) return;
    for (const auto moment : {ProbeMoment::before, ProbeMoment::after, ProbeMoment::resume, ProbeMoment::undo}) {
      if (moment == ProbeMoment::resume && step.is_group()) continue;
      if (moment == ProbeMoment::undo && step.rollback.empty()) continue;
      const auto id =
          add(site, step.probe[0], NodeKind::probe, name + ".probe." + std::string(probe_moment_name(moment)));
      plan_.nodes[id].owner = owner;
      plan_.nodes[id].moment = moment;
      plan_.nodes[owner].probes[static_cast<std::size_t>(moment)] = id;
    }
  }

  void overrun(const Site& site, NodeId owner, const Step& step, const std::string& name) {
    plan_.nodes[owner].budget = step.budget;
    auto steps = list(site, step.on_overrun, NodeKind::overrun, owner, name + ".overrun", true);
    plan_.nodes[owner].overrun = std::move(steps);
  }

  // The loop has what is about all of it; each instance has the rest.
  NodeId add_loop(const Site& site, const Step& step, const std::string& name) {
    const auto id = static_cast<NodeId>(plan_.nodes.size());
    auto& node = plan_.nodes.emplace_back();
    node.id = id;
    node.kind = NodeKind::group;
    node.name = name;
    node.step = &step;
    node.scope = site.scope;
    node.has_when = step.when && !speaks_of_item(*step.when);
    node.max_parallel = step.loop->max_parallel;
    node.fail_fast = step.loop->fail_fast;
    node.body = loops_.size();
    loops_.push_back({site, id});
    overrun(site, id, step, name);
    return id;
  }

  void make_body(std::size_t loop) {
    const auto site = loops_[loop].site;
    const auto id = loops_[loop].node;
    const Step& step = *plan_[id].step;
    LoopBody body;
    body.name = plan_[id].name + "[]";
    body.first_node = static_cast<NodeId>(plan_.nodes.size());
    body.first_scope = open_scope(site.scope, site.runbook, body.first_node, true);
    const auto first = add_whole({site.runbook, body.first_scope, body.name + "."}, step, body.name);
    plan_.nodes[first].parent = id;
    if (plan_[id].has_when) plan_.nodes[first].has_when = step.use() != nullptr;
    plan_.bodies.push_back(std::move(body));
  }

  ScopeId open_scope(ScopeId around, const Runbook* runbook, NodeId node, bool inherits) {
    const auto id = static_cast<ScopeId>(plan_.scopes.size());
    auto& scope = plan_.scopes.emplace_back();
    scope.id = id;
    scope.around = around;
    scope.inherits = inherits;
    scope.runbook = runbook;
    scope.node = node;
    return id;
  }

  // `backup.undo` is the undo of `backup`, and a step `undo` of what it uses.
  void report_same_names() {
    std::unordered_map<std::string_view, NodeId> names;
    for (const auto& node : plan_.nodes) {
      const auto [place, is_new] = names.emplace(node.name, node.id);
      if (is_new || !node.step) continue;
      const auto& other = plan_[place->second];
      if (other.scope == node.scope) continue;  // two steps with one id, which has been told
      auto& d = diagnostics_.error(code::duplicate_id, node.step->span, "two things are called `" + node.name + "`");
      d.help = "give the step inside, or the step that uses it, another id";
    }
  }

  static Digest hash_of(const Runbook& runbook) {
    const auto all = all_runbooks(runbook);
    if (all.size() == 1) return sha256(runbook.file->text());
    std::string listing;
    for (const auto* one : all) listing += hex(sha256(one->file->text())) + "\n";
    return sha256(listing);
  }

  void link(NodeId parent, const std::vector<Step>& steps, bool parallel) {
    const auto& ids = plan_.nodes[parent].members;
    std::unordered_map<std::string_view, NodeId> siblings;
    for (const auto id : ids) siblings.emplace(plan_[id].step->id, id);
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
    if (plan_.find_step(node.scope, need.value) ||
        exists_anywhere(plan_.scopes[node.scope].runbook->steps, need.value)) {
      auto& d =
          diagnostics_.error(code::needs_outside, need.span,
                             "step `" + node.name + "` needs `" + need.value + "`, which stands in another group");
      d.help = "`needs` names steps of the same list; need the group that holds `" + need.value + "` instead";
      return;
    }
    auto& d = diagnostics_.error(code::unknown_step, need.span,
                                 "step `" + node.name + "` needs `" + need.value + "`, which does not exist");
    std::vector<std::string_view> names;
    for (const auto& [name, id] : siblings) names.push_back(name);
    std::sort(names.begin(), names.end());
    if (const auto near = nearest(need.value, names); !near.empty())
      d.help = "did you mean `" + std::string(near) + "`?";
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
  std::vector<PendingLoop> loops_;
};

// What has been made of the loops' bodies was made at the end, one after the other, to be checked like all else. There
// it does not run.
void cut_bodies(Plan& plan) {
  if (plan.bodies.empty()) return;
  for (std::size_t i = 0; i < plan.bodies.size(); ++i) {
    auto& body = plan.bodies[i];
    const bool last = i + 1 == plan.bodies.size();
    const auto end = last ? plan.nodes.size() : plan.bodies[i + 1].first_node;
    const auto end_scope = last ? plan.scopes.size() : plan.bodies[i + 1].first_scope;
    body.nodes.assign(plan.nodes.begin() + body.first_node, plan.nodes.begin() + static_cast<std::ptrdiff_t>(end));
    body.scopes.assign(plan.scopes.begin() + body.first_scope,
                       plan.scopes.begin() + static_cast<std::ptrdiff_t>(end_scope));
  }
  plan.nodes.resize(plan.bodies.front().first_node);
  plan.scopes.resize(plan.bodies.front().first_scope);
}

}  // namespace

std::optional<Plan> build_plan(const Runbook& runbook, Diagnostics& diagnostics) {
  const auto errors = diagnostics.errors();
  auto plan = Builder(runbook, diagnostics).build();
  check_references(plan, diagnostics.errors() == errors, diagnostics);
  if (diagnostics.errors() > errors) return std::nullopt;
  cut_bodies(plan);
  return plan;
}

void advise(const Plan& plan, Diagnostics& diagnostics) {
  const auto has_undo = [](const Node& n) { return !n.undo.empty(); };
  bool undoes = std::any_of(plan.nodes.begin(), plan.nodes.end(), has_undo);
  for (const auto& body : plan.bodies) undoes = undoes || std::any_of(body.nodes.begin(), body.nodes.end(), has_undo);
  if (plan.rollback != Plan::Rollback::automatic || !undoes) return;  // nothing here claims to leave no trace
  const auto look_at = [&](const std::vector<Node>& nodes, NodeId first) {
    const auto undone_with_a_group = [&](const Node& node) {
      for (auto g = node.parent; g != no_node && g >= first && g - first < nodes.size(); g = nodes[g - first].parent)
        if (!nodes[g - first].undo.empty()) return true;
      return false;
    };
    for (const auto& node : nodes) {
      const bool last = node.parent == root_node && node.dependents.empty();
      const bool own =
          node.step && node.step->span.file == plan.runbook->file.get();  // another's is its author's to mend
      if (node.kind != NodeKind::step || node.effect != NodeEffect::change || !node.undo.empty() || last || !own)
        continue;
      if (undone_with_a_group(node)) continue;
      auto& d = diagnostics.warning(code::no_rollback, node.step->action_span,
                                    "`" + node.step->id + "` changes something but has no `rollback`");
      d.help = "a later failure leaves its change behind; add `rollback:`, or say `effect: read` if it changes nothing";
    }
  };
  look_at(plan.nodes, 0);
  for (const auto& body : plan.bodies) look_at(body.nodes, body.first_node);
}

}  // namespace runbook
