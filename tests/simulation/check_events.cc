// What happens, and whether it may happen now.
#include <algorithm>
#include <utility>

#include "simulation/checker.h"

namespace runbook::simulation {

void Checker::check() {
  for (const auto& [event, at] : world_.history()) {
    if (at > at_) check_waiting();
    at_ = at;
    std::visit([&](const auto& e) { see(e); }, event);
  }
  if (world_.status() != RunState::Status::finished) return check_unfinished();
  check_finished();
}

void Checker::lose(const Node& node) {
  nodes_[node.id].lost = true;
  const bool reads_only = node.kind == NodeKind::check || node.kind == NodeKind::precondition ||
                          node.kind == NodeKind::probe || node.effect == NodeEffect::read;
  nodes_[node.id].lost_for_good = !reads_only && !node.idempotent;
}

// What one run left is undone by the next: as if the first had failed at its end, but for what was undone already.
void Checker::see(const RunStarted& e) {
  stepwise_ = e.stepwise;
  if (e.rollback_of.empty()) return;
  check_finished();
  undone_.insert(result_->undone.begin(), result_->undone.end());
  for (const auto& node : plan_.nodes)
    if (node.kind == NodeKind::undo || node.kind == NodeKind::handler || node.kind == NodeKind::overrun ||
        (node.kind == NodeKind::probe && node.moment == ProbeMoment::undo))
      nodes_[node.id] = Seen{};
  for (auto& seen : nodes_) seen.exceeded = false;
  cancel_asked_ = false;
  closed_[root_node] = reopened_ = true;
  cancelled_ = failed_ = left_ = asked_to_cancel_ = rolling_back_ = stopped_before_any_step_ = false;
  targets_.clear();
  result_.reset();
}

// Who resumes a run that was left while it went forward wants it to go on; a cancellation goes on, too.
void Checker::see(const RunResumed& e) {
  stepwise_ = e.stepwise;
  step_asked_ = no_node;
  for (auto& seen : nodes_) seen.chosen = false;
  for (auto& seen : nodes_) seen.answers = 0;
  if (left_ && !asked_to_cancel_ && !forward_over()) {
    closed_[root_node] = failed_;
    stopped_[root_node] = false;
    cancelled_ = false;
  }
  // What a departing engine stopped is as uncertain as what a dying one lost.
  if (left_)
    for (const auto& node : plan_.nodes)
      if (nodes_[node.id].stopped_by_leaving && !nodes_[node.id].ended) {
        ++nodes_[node.id].losses;
        lose(node);
      }
  left_ = false;
}

void Checker::see(const NodeReady& e) {
  auto& node = nodes_[e.node];
  if (plan_[e.node].kind == NodeKind::probe) {
    if (node.ready && !node.ended) fail("`" + name(e.node) + "` is asked while it is asked");
    node = Seen{};
    check_moment(plan_[e.node]);
  }
  if (plan_[e.node].kind == NodeKind::overrun) check_overrun(plan_[e.node]);
  if (node.ready) fail("`" + name(e.node) + "` began twice");
  check_stepwise(plan_[e.node]);
  node.ready = true;
  node.deadline = e.deadline;
  node.budget = e.budget;
  if (const auto parent = plan_[e.node].parent; parent != no_node && plan_[parent].max_parallel > 0) {
    int begun = 0;
    for (const auto member : plan_[parent].members) begun += nodes_[member].ready && !nodes_[member].ended;
    if (begun > plan_[parent].max_parallel) fail("more members at once than max_parallel");
  }
}

void Checker::see(const NodeSkipped& e) {
  if (nodes_[e.node].chosen && !nodes_[e.node].ready) fail("`" + name(e.node) + "` is skipped although it was to run");
  nodes_[e.node].ended = true;
  nodes_[e.node].outcome = Outcome::skipped;
}

void Checker::see(const LoopExpanded& e) {
  if (!nodes_[e.node].ready || nodes_[e.node].ended) fail("a loop expanded that does not go on");
  if (!plan_[e.node].members.empty()) fail("a loop expanded twice");
  if (closed_[e.node] || scope_is_closed(plan_[e.node])) fail("a loop expanded although all stops");
  plan_.expand(e.node, e.items);
  nodes_.resize(plan_.nodes.size());
  closed_.resize(plan_.nodes.size());
}

void Checker::see(const AttemptStarted& e) {
  const auto& node = plan_[e.node];
  auto& seen = nodes_[e.node];
  const bool forward = goes_forward(node);
  if (finishes_something(node) && is_stopped(node)) fail("`" + node.name + "` started after a stop around it");
  if (forward && !finishes_something(node) && scope_is_closed(node))
    fail("`" + node.name + "` started after a stop or failure around it");
  if (left_) fail("`" + node.name + "` started after the run was left");
  if (forward && rolling_back_) fail("`" + node.name + "` started during the rollback");
  if (seen.lost_for_good) fail("`" + node.name + "` was lost, is not idempotent, and started again by itself");
  if (seen.due && at_ < *seen.due) fail("`" + node.name + "` tried again before its time");
  if (seen.ended) fail("`" + node.name + "` started after it ended");
  if (node.kind == NodeKind::step) check_action(node);
  if (node.kind == NodeKind::overrun && cancel_asked_)
    fail("`" + node.name + "` started although the run was cancelled");
  ++seen.starts;
  seen.running = true;
  seen.lost = false;
  seen.last_attempt = Outcome::cancelled;
  seen.term.reset();
  seen.due.reset();
  if (seen.first_start < 0) seen.first_start = order_++;
  if (node.retry.attempts > 0 && seen.starts - seen.losses > node.retry.attempts)
    fail("`" + node.name + "` tried too often");
}

void Checker::see(const TermSent& e) {
  if (plan_[e.node].is_group()) {
    closed_[e.node] = stopped_[e.node] = true;
    if (e.node == root_node) failed_ = failed_ || e.reason == StopReason::timed_out;
    return;
  }
  nodes_[e.node].term = at_;
}

void Checker::see(const KillSent& e) {
  const auto& seen = nodes_[e.node];
  if (!seen.term) fail("KILL without TERM");
  if (at_ < *seen.term + plan_[e.node].kill_after) fail("KILL before the grace was over");
}

void Checker::see(const AttemptFinished& e) {
  auto& seen = nodes_[e.node];
  if (!seen.running) fail("an attempt ended that does not run");
  seen.running = false;
  seen.last_attempt = e.outcome;
  ++seen.finishes;
  // 1 ms a completion is the simulation's own; nothing may live longer than its grace beyond that.
  if (seen.term &&
      at_ > *seen.term + plan_[e.node].kill_after + Duration(static_cast<std::int64_t>(plan_.nodes.size()) * 2))
    fail("`" + name(e.node) + "` outlived its grace");
  if (seen.term && e.outcome == Outcome::succeeded) fail("a stopped attempt cannot have succeeded");
  seen.stopped_by_leaving = left_ && e.outcome == Outcome::cancelled;
}

void Checker::see(const AttemptLost& e) {
  auto& seen = nodes_[e.node];
  if (!seen.running) fail("an attempt was lost that does not run");
  seen.running = false;
  ++seen.losses;
  lose(plan_[e.node]);
}

void Checker::see(const RetryScheduled& e) {
  auto& seen = nodes_[e.node];
  const auto& node = plan_[e.node];
  if (goes_forward(node) && !finishes_something(node) && scope_is_closed(node))
    fail("`" + name(e.node) + "` means to try again although all stops");
  seen.due = e.due;
  if (e.due < at_ + plan_[e.node].retry.wait_before(seen.starts + 1)) fail("a retry comes before its wait");
}

void Checker::see(const NodeFinished& e) {
  if (e.node == step_asked_) step_asked_ = no_node;
  auto& seen = nodes_[e.node];
  if (seen.ended) fail("`" + name(e.node) + "` ended twice");
  if (seen.running) fail("`" + name(e.node) + "` ended while it runs");
  seen.ended = true;
  seen.outcome = e.outcome;
  seen.answers = 1;
  const auto& node = plan_[e.node];
  if (seen.budget && !seen.exceeded && at_ > *seen.budget && !is_stopped(node) && !stopped_[e.node])
    fail("`" + name(e.node) + "` took longer than its budget, and nobody was told");
  if (node.kind == NodeKind::probe && node.moment == ProbeMoment::resume && e.outcome == Outcome::failed)
    nodes_[node.owner].lost_for_good = false;
  const bool passed_over = node.manual && !seen.approved;  // nobody did anything that a probe could find
  if (node.is_step() && !passed_over && (e.outcome == Outcome::succeeded || e.outcome == Outcome::warned))
    check_success(node);
  if (node.is_step() && e.outcome == Outcome::unchanged && said(node, ProbeMoment::before) != ProbeAnswer::yes)
    fail("`" + node.name + "` is unchanged, but its probe did not say so");
  const bool settled = said(node, ProbeMoment::resume) == ProbeAnswer::yes;
  if (plan_[e.node].manual) {
    // A check before it and a probe after it may still make it fail.
    const bool probed = node.probe(ProbeMoment::after) != no_node;
    if (e.outcome == Outcome::succeeded && seen.approved != true)
      fail("`" + node.name + "` succeeded and nobody said yes");
    if (e.outcome != Outcome::succeeded && seen.approved == true && !probed)
      fail("`" + node.name + "` was approved and did not succeed");
    if (e.outcome == Outcome::failed && seen.asked && seen.approved != false && !probed)
      fail("`" + node.name + "` failed and nobody said no");
    const bool late = seen.deadline && at_ >= *seen.deadline;
    if (e.outcome == Outcome::warned && !(late && plan_[e.node].continue_on_timeout))
      fail("`" + name(e.node) + "` was passed over too early");
    if (e.outcome == Outcome::timed_out && seen.waits && late && plan_[e.node].continue_on_timeout &&
        !scope_is_closed(plan_[e.node]))
      fail("`" + name(e.node) + "` was not passed over");
    seen.waits = false;
  }
  if (e.outcome == Outcome::succeeded && plan_[e.node].kind == NodeKind::step && seen.finishes == 0 && !settled)
    fail("`" + name(e.node) + "` succeeded without an attempt");
  if (e.outcome == Outcome::succeeded && plan_[e.node].is_group())
    for (const auto member : plan_[e.node].members)
      if (!nodes_[member].ended && !nodes_[e.node].ready) fail("a group succeeded before its members");
  if (plan_[e.node].kind == NodeKind::undo) seen.order_of_undo = order_++;
  if (plan_[e.node].kind == NodeKind::precondition && !satisfies(e.outcome) && !cancelled_) failed_ = true;
  if (plan_[e.node].kind == NodeKind::precondition && closed_[root_node]) stopped_before_any_step_ = true;
  if (!plan_[e.node].is_step() || satisfies(e.outcome) || allowed(e.node)) return;
  for (auto g = plan_[e.node].parent; g != no_node; g = plan_[g].parent) {
    closed_[g] = true;
    stopped_[g] = stopped_[g] || plan_[g].fail_fast;
    if (g == root_node) failed_ = failed_ || !cancelled_;
    if (plan_[g].allow_failure) break;
  }
}

void Checker::see(const StopRequested& e) {
  if (!rolling_back_ && !failed_ && !forward_over()) cancelled_ = true;
  left_ = left_ || e.mode == StopMode::leave;
  cancel_asked_ = cancel_asked_ || e.mode != StopMode::leave;
  if (!forward_over() && e.mode != StopMode::finish_current) stopped_[root_node] = true;
  asked_to_cancel_ = asked_to_cancel_ || e.mode != StopMode::leave;
  if (!forward_over()) closed_[root_node] = true;
}

void Checker::see(const RollbackStarted& e) {
  if (!closed_[root_node]) fail("undone, but nothing failed and nobody wants it");
  rolling_back_ = true;
  targets_ = e.nodes;
}

void Checker::see(const BudgetExceeded& e) {
  auto& seen = nodes_[e.node];
  if (!seen.budget || at_ < *seen.budget) fail("`" + name(e.node) + "` is not over its budget");
  if (seen.ended) fail("`" + name(e.node) + "` exceeds its budget after its end");
  if (std::exchange(seen.exceeded, true)) fail("`" + name(e.node) + "` exceeds its budget twice");
}

// A probe is asked when its moment has come, and then only.
void Checker::check_moment(const Node& probe) const {
  const auto& owner = nodes_[probe.owner];
  const auto& plan = plan_[probe.owner];
  bool right = false;
  switch (probe.moment) {
    case ProbeMoment::before: right = owner.ready && !owner.ended && first_start(probe.owner) < 0; break;
    case ProbeMoment::after:
      right = !owner.ended && (plan.is_group() ? owner.ready : owner.last_attempt == Outcome::succeeded);
      break;
    case ProbeMoment::resume: right = !owner.ended && owner.lost; break;
    case ProbeMoment::undo:
      right = rolling_back_;
      for (const auto undo : plan.undo) right = right && nodes_[undo].ended && !bad(undo);
      break;
  }
  if (!right) fail("`" + probe.name + "` was asked at the wrong time");
}

void Checker::check_action(const Node& node) const {
  if (node.probe(ProbeMoment::before) != no_node && said(node, ProbeMoment::before) != ProbeAnswer::no)
    fail("`" + node.name + "` started although its probe did not say no");
  if (nodes_[node.id].lost && node.probe(ProbeMoment::resume) != no_node) {
    const auto answer = said(node, ProbeMoment::resume);
    if (!answer) fail("`" + node.name + "` was lost and started again before its probe was asked");
    if (answer == ProbeAnswer::yes) fail("`" + node.name + "` started again although its probe found the effect");
  }
  if (nodes_[node.id].last_attempt == Outcome::succeeded && said(node, ProbeMoment::after) != ProbeAnswer::no)
    fail("`" + node.name + "` started again although nothing said that it had no effect");
}

void Checker::check_success(const Node& node) const {
  if (node.probe(ProbeMoment::after) == no_node) return;
  const bool settled = nodes_[node.id].lost && said(node, ProbeMoment::resume) == ProbeAnswer::yes;
  if (!settled && said(node, ProbeMoment::after) != ProbeAnswer::yes)
    fail("`" + node.name + "` succeeded although its effect was not observed");
}

void Checker::check_overrun(const Node& node) const {
  if (!nodes_[node.owner].exceeded) fail("`" + node.name + "` began although the budget holds");
  if (cancel_asked_) fail("`" + node.name + "` began although the run was cancelled");
  for (const auto before : plan_[node.owner].overrun) {
    if (before == node.id) break;
    if (!nodes_[before].ended) fail("`" + node.name + "` began out of order");
  }
}

bool Checker::forward_over() const {
  if (rolling_back_ || reopened_) return true;
  for (const auto* list : {&plan_.on_failure, &plan_.on_success, &plan_.finally})
    for (const auto id : *list)
      if (nodes_[id].ready) return true;
  const auto& members = plan_[root_node].members;
  return std::all_of(members.begin(), members.end(), [&](NodeId id) { return nodes_[id].ended; });
}

}  // namespace runbook::simulation
