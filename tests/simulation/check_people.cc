// What people are asked and say: manual steps, and the questions of a stepwise run.
#include <algorithm>
#include <utility>

#include "simulation/checker.h"

namespace runbook::simulation {

void Checker::check_stepwise(const Node& node) const {
  if (!node.is_step()) return;
  if (step_asked_ != no_node)
    fail("`" + node.name + "` begins while somebody is asked about `" + name(step_asked_) + "`");
  if (nodes_[node.id].to_skip) fail("`" + node.name + "` begins although it was to be skipped");
  if (!stepwise_) return;
  if (node.kind == NodeKind::step && !node.manual && !nodes_[node.id].chosen)
    fail("`" + node.name + "` begins unasked");
  check_alone(node);
}

void Checker::check_alone(const Node& node) const {
  for (const auto& other : plan_.nodes)  // an escalation runs beside the work
    if (other.id != node.id && !other.is_group() && other.kind != NodeKind::overrun && nodes_[other.id].ready &&
        !nodes_[other.id].ended)
      fail("`" + node.name + "` has its turn while `" + other.name + "` goes on");
}

void Checker::see(const StepAsked& e) {
  const auto& node = plan_[e.node];
  if (!stepwise_ || node.kind != NodeKind::step || node.manual) fail("asks about `" + node.name + "`");
  if (nodes_[e.node].ready || nodes_[e.node].ended) fail("asks about `" + node.name + "`, which has begun");
  if (step_asked_ != no_node) fail("asks about `" + node.name + "` and another step");
  if (scope_is_closed(node) || left_) fail("asks about `" + node.name + "` although all stops");
  check_alone(node);
  step_asked_ = e.node;
}

void Checker::see(const StepChosen& e) {
  if (step_asked_ != e.node) fail("an answer about `" + name(e.node) + "`, which was not asked");
  step_asked_ = no_node;
  (e.choice == StepChoice::skip ? nodes_[e.node].to_skip : nodes_[e.node].chosen) = true;
  if (e.choice == StepChoice::run_all) stepwise_ = false;
}

// Time goes by: nobody is waited for in what is stopping.
void Checker::check_waiting() const {
  for (const auto& node : plan_.nodes)
    if (nodes_[node.id].waits && node.kind == NodeKind::step && !left_ && scope_is_closed(node))
      fail("`" + node.name + "` is waited for although all around it stops");
}

void Checker::see(const ApprovalRequested& e) {
  const auto& node = plan_[e.node];
  auto& seen = nodes_[e.node];
  if (!node.manual) fail("`" + node.name + "` is no manual step and asks");
  if (node.kind == NodeKind::step && scope_is_closed(node))
    fail("`" + node.name + "` asks after a stop or failure around it");
  if (left_) fail("`" + node.name + "` asks after the run was left");
  if (seen.asked || seen.ended) fail("`" + node.name + "` asks twice");
  if (e.plan_hash != hex(plan_.hash)) fail("`" + node.name + "` asks about another plan");
  seen.asked = true;
  seen.waits = true;
  if (seen.first_start < 0) seen.first_start = order_++;
}

void Checker::answer(NodeId id, bool approved, const std::string& plan_hash) {
  auto& seen = nodes_[id];
  if (!seen.waits) fail("`" + name(id) + "` was answered and does not wait");
  if (seen.deadline && at_ > *seen.deadline) fail("`" + name(id) + "` was answered after its time");
  if (plan_hash != hex(plan_.hash)) fail("`" + name(id) + "` was answered about another plan");
  seen.waits = false;
  seen.approved = approved;
  seen.last_attempt = approved ? Outcome::succeeded : Outcome::failed;
  ++seen.finishes;
}

void Checker::see(const RunPaused& e) {
  for (const auto& seen : nodes_)
    if (seen.running) fail("paused while something runs");
  for (const auto id : e.nodes)
    if (!nodes_[id].waits) fail("paused for `" + name(id) + "`, which does not wait");
  if (e.nodes.empty()) fail("paused for nobody");
}

}  // namespace runbook::simulation
