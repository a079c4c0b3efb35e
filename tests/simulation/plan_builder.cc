#include "simulation/plan_builder.h"

namespace runbook::simulation {

using namespace std::chrono_literals;

PlanBuilder::PlanBuilder() { add(NodeKind::group, "").timeout.reset(); }

Node& PlanBuilder::add(NodeKind kind, std::string name) {
  auto& node = plan_.nodes.emplace_back();
  node.id = static_cast<NodeId>(plan_.nodes.size() - 1);
  node.kind = kind;
  node.name = std::move(name);
  node.timeout = 100ms;
  node.kill_after = 10ms;
  return node;
}

NodeId PlanBuilder::step(const std::string& name, std::vector<NodeId> needs, bool with_undo) {
  auto& node = add(NodeKind::step, name);
  const auto id = node.id;
  node.parent = parents_.back();
  node.needs = needs;
  plan_.nodes[node.parent].members.push_back(id);
  for (const auto need : needs) plan_.nodes[need].dependents.push_back(id);
  if (with_undo) undo(id);
  return id;
}

NodeId PlanBuilder::group(const std::string& name, std::vector<NodeId> needs) {
  const auto id = step(name, std::move(needs), false);
  plan_.nodes[id].kind = NodeKind::group;
  plan_.nodes[id].timeout.reset();
  return id;
}

NodeId PlanBuilder::loop(const std::string& name, std::vector<NodeId> needs) {
  const auto id = group(name, std::move(needs));
  plan_.nodes[id].body = plan_.bodies.size();
  auto& body = plan_.bodies.emplace_back();
  body.name = name + "[]";
  body.first_node = static_cast<NodeId>(1'000'000 + 10 * plan_.bodies.size());  // anywhere but among the plan's own
  body.first_scope = static_cast<ScopeId>(1'000'000 + 10 * plan_.bodies.size());
  Node step, undo;
  step.id = body.first_node;
  step.name = body.name;
  step.scope = body.first_scope;
  step.undo = {body.first_node + 1};
  undo.id = body.first_node + 1;
  undo.kind = NodeKind::undo;
  undo.name = body.name + ".undo";
  undo.owner = body.first_node;
  undo.scope = body.first_scope;
  step.timeout = undo.timeout = 100ms;
  step.kill_after = undo.kill_after = 10ms;
  body.nodes = {step, undo};
  Scope scope;
  scope.id = body.first_scope;
  scope.inherits = true;
  scope.node = body.first_node;
  body.scopes = {scope};
  return id;
}

NodeId PlanBuilder::manual(const std::string& name, std::vector<NodeId> needs, bool with_undo) {
  const auto id = step(name, std::move(needs), with_undo);
  plan_.nodes[id].manual = true;
  return id;
}

NodeId PlanBuilder::check(NodeId owner) {
  auto& node = add(NodeKind::check, plan_.nodes[owner].name + ".pre");
  node.owner = owner;
  node.effect = NodeEffect::read;
  plan_.nodes[owner].checks.push_back(node.id);
  return node.id;
}

NodeId PlanBuilder::undo(NodeId owner) {
  auto& node = add(NodeKind::undo, plan_.nodes[owner].name + ".undo");
  node.owner = owner;
  plan_.nodes[owner].undo.push_back(node.id);
  return node.id;
}

void PlanBuilder::probe(NodeId owner) {
  for (const auto moment : {ProbeMoment::before, ProbeMoment::after, ProbeMoment::resume, ProbeMoment::undo}) {
    if (moment == ProbeMoment::resume && plan_.nodes[owner].is_group()) continue;
    if (moment == ProbeMoment::undo && plan_.nodes[owner].undo.empty()) continue;
    auto& node = add(NodeKind::probe, plan_.nodes[owner].name + ".probe." + std::string(probe_moment_name(moment)));
    node.owner = owner;
    node.moment = moment;
    node.effect = NodeEffect::read;
    plan_.nodes[owner].probes[static_cast<std::size_t>(moment)] = node.id;
  }
}

NodeId PlanBuilder::overrun(NodeId owner) {
  auto& node = add(NodeKind::overrun, plan_.nodes[owner].name + ".overrun");
  node.owner = owner;
  plan_.nodes[owner].overrun.push_back(node.id);
  return node.id;
}

NodeId PlanBuilder::precondition() {
  auto& node = add(NodeKind::precondition, "precondition");
  node.effect = NodeEffect::read;
  plan_.preconditions.push_back(node.id);
  return node.id;
}

NodeId PlanBuilder::handler(std::vector<NodeId> Plan::*list) {
  auto& node = add(NodeKind::handler, "handler");
  (plan_.*list).push_back(node.id);
  return node.id;
}

void retry(Node& node, int attempts) {
  node.retry.attempts = attempts;
  node.retry.every = 5ms;
  node.retry.backoff = 2;
}

}  // namespace runbook::simulation
