#include "plan/plan.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace runbook {

std::string_view node_kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::group: return "group";
    case NodeKind::step: return "step";
    case NodeKind::precondition: return "precondition";
    case NodeKind::check: return "check";
    case NodeKind::undo: return "undo";
    case NodeKind::handler: return "handler";
    case NodeKind::probe: return "probe";
    case NodeKind::overrun: return "overrun";
  }
  return "";
}

std::string_view probe_moment_name(ProbeMoment moment) {
  static constexpr std::array<std::string_view, 4> names{"before", "after", "resume", "undo"};
  return names[static_cast<std::size_t>(moment)];
}

std::optional<ProbeMoment> probe_moment_of(std::string_view node_name) {
  const auto last = node_name.substr(node_name.rfind('.') + 1);
  for (const auto moment : {ProbeMoment::before, ProbeMoment::after, ProbeMoment::resume, ProbeMoment::undo})
    if (last == probe_moment_name(moment)) return moment;
  return std::nullopt;
}

Duration RetryRule::wait_before(int next) const {
  const double factor = std::pow(backoff, std::max(0, next - 2));
  const double wait = static_cast<double>(every.count()) * factor;
  // A wait beyond a year is a year: no step lives that long, and the sum must not overflow.
  constexpr double longest = 366.0 * 86'400'000;
  return std::min(max_every, Duration(static_cast<std::int64_t>(std::min(wait, longest))));
}

namespace {

void shift(NodeId& id, NodeId first, std::size_t count, NodeId delta) {
  if (id >= first && id < first + count) id += delta;
}

}  // namespace

void Plan::is_not_of_this_plan() { CHECK(!"a node of this plan"); }

void Plan::expand(NodeId loop, const Value::List& items) {
  const LoopBody& body = bodies[nodes[loop].body];
  nodes.reserve(nodes.size() + items.size() * body.nodes.size());
  int index = 0;
  for (const auto& item : items) {
    const auto first = static_cast<NodeId>(nodes.size());
    const auto first_scope = static_cast<ScopeId>(scopes.size());
    const auto move_node = [&](NodeId& id) { shift(id, body.first_node, body.nodes.size(), first - body.first_node); };
    const auto move_scope = [&](ScopeId& id) {
      shift(id, body.first_scope, body.scopes.size(), first_scope - body.first_scope);
    };
    const auto name = nodes[loop].name + "[" + std::to_string(++index) + "]";
    for (auto node : body.nodes) {
      for (auto* id : {&node.id, &node.parent, &node.owner}) move_node(*id);
      for (auto* list : {&node.needs, &node.dependents, &node.members, &node.checks, &node.undo, &node.overrun})
        for (auto& id : *list) move_node(id);
      for (auto& id : node.probes) move_node(id);
      move_scope(node.scope);
      move_scope(node.inside);
      node.name = name + node.name.substr(body.name.size());
      nodes.push_back(std::move(node));
    }
    for (auto scope : body.scopes) {
      move_scope(scope.id);
      move_scope(scope.around);
      move_node(scope.node);
      for (auto& [id, node] : scope.steps) move_node(node);
      scopes.push_back(std::move(scope));
    }
    // The one place where a copy is tied to what is around it: the body was made around another instance, maybe.
    nodes[first].parent = loop;
    nodes[loop].members.push_back(first);
    auto& scope = scopes[first_scope];
    scope.around = nodes[loop].scope;
    scope.item = item;
    scope.index = index;
  }
}

ScopeId Plan::file_scope(ScopeId scope) const {
  while (scopes[scope].inherits) scope = scopes[scope].around;
  return scope;
}

std::optional<NodeId> Plan::find_step(ScopeId scope, const std::string& id) const {
  for (auto at = scope;; at = scopes[at].around) {
    const auto found = scopes[at].steps.find(id);
    if (found != scopes[at].steps.end()) return found->second;
    if (!scopes[at].inherits) return std::nullopt;
  }
}

std::optional<NodeId> Plan::find(std::string_view name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == name; });
  return found == nodes.end() ? std::nullopt : std::optional(found->id);
}

}  // namespace runbook
