// What follows from the end of a node: who may start now, what has failed with it, whose turn it is. Probes are in
// run_probe.cc.
#include <algorithm>

#include "base/check.h"
#include "run/run_state.h"

namespace runbook {

void RunState::member_ended(NodeId id) {
  const auto& node = (*plan_)[id];
  const auto& state = nodes_[id];
  auto& parent = nodes_[node.parent];
  ++parent.ended;
  const bool failed = !satisfies(state.outcome);
  const bool allowed = failure_allowed(id);
  if (state.outcome == Outcome::warned || (failed && allowed)) parent.warned = true;
  if (!failed || allowed) {
    release_dependents(id);
  } else {
    fail_scope(id);
  }
  if (!parent.candidates.empty()) touch(*parent.candidates.begin());
  touch(node.parent);
  const bool done = parent.ended == (*plan_)[node.parent].members.size() && !parent.failing && !parent.stop;
  if (!done || parent.phase != Phase::open) return;
  parent.outcome = parent.warned ? Outcome::warned : Outcome::succeeded;
  ask(node.parent, ProbeMoment::after);
}

// A stop is a cancellation of everything; `allow_failure` speaks of the step's own failures only.
bool RunState::failure_allowed(NodeId id) const {
  const auto outcome = nodes_[id].outcome;
  return (*plan_)[id].allow_failure && (outcome == Outcome::failed || outcome == Outcome::timed_out);
}

void RunState::release_dependents(NodeId id) {
  const auto& node = (*plan_)[id];
  for (const auto dependent : node.dependents) {
    CHECK(nodes_[dependent].unmet > 0);
    if (--nodes_[dependent].unmet > 0 || nodes_[dependent].phase != Phase::pending) continue;
    nodes_[node.parent].candidates.insert(dependent);
    touch(dependent);
  }
}

// Nothing new starts, outwards to the group whose failure is allowed, or to the root.
void RunState::fail_scope(NodeId id) {
  for (auto g = (*plan_)[id].parent; g != no_node; g = (*plan_)[g].parent) {
    auto& group = nodes_[g];
    group.failing = true;
    if ((*plan_)[g].fail_fast && !group.stop) group.stop = StopReason::fail_fast;
    touch_inside(g);
    touch(g);
    if (g == root_node && failed_node_ == no_node && !cancelled_) failed_node_ = id;
    if ((*plan_)[g].allow_failure) break;
  }
}

void RunState::check_ended(NodeId check) {
  const auto owner = (*plan_)[check].owner;
  auto& state = nodes_[owner];
  const auto& node = (*plan_)[owner];
  CHECK(state.phase == Phase::checking);
  const auto& result = nodes_[check];
  if (!satisfies(result.outcome)) {
    state.outcome = result.outcome == Outcome::cancelled ? Outcome::cancelled : Outcome::failed;
    state.message = "precondition not met: " + result.message;
    state.retryable = false;
    enter(owner, Phase::judged);
  } else if (++state.cursor < node.checks.size()) {
    touch(node.checks[state.cursor]);
  } else {
    begin(owner);
  }
}

void RunState::begin(NodeId id) {
  if (!ask(id, ProbeMoment::before)) open(id);
}

void RunState::open(NodeId id) {
  enter(id, Phase::open);
  for (const auto member : (*plan_)[id].members) {
    if (nodes_[member].unmet > 0) continue;
    nodes_[id].candidates.insert(member);
    touch(member);
  }
}

void RunState::undo_step_ended(NodeId undo) {
  const auto target = (*plan_)[undo].owner;
  auto& state = nodes_[target];
  const auto& steps = (*plan_)[target].undo;
  CHECK(mode_ == Mode::rolling_back && state.undo == NodeState::Undo::undoing);
  // A list is a small procedure: what follows a failed part of it was written for a world that is not there.
  const bool failed = !satisfies(nodes_[undo].outcome);
  if (!failed && undo != steps.back()) {
    touch(*(std::find(steps.begin(), steps.end(), undo) + 1));
    return;
  }
  if (!failed && ask(target, ProbeMoment::undo)) return;
  undo_ended(target, failed ? NodeState::Undo::failed : NodeState::Undo::undone);
}

void RunState::undo_ended(NodeId target, NodeState::Undo how) {
  nodes_[target].undo = how;
  if (++target_ == targets_.size()) return;
  nodes_[targets_[target_]].undo = NodeState::Undo::undoing;
  touch((*plan_)[targets_[target_]].undo[0]);
}

void RunState::skip_inside(NodeId group) {
  for (const auto member : (*plan_)[group].members) {
    nodes_[member].phase = Phase::ended;
    nodes_[member].outcome = Outcome::skipped;
    if ((*plan_)[member].is_group()) skip_inside(member);
  }
}

void RunState::touch_inside(NodeId group) {
  for (const auto id : lively_)
    if (inside(id, group)) touch(id);
  for (const auto member : (*plan_)[group].members)
    if ((*plan_)[member].is_group() && nodes_[member].phase == Phase::open) touch_inside(member), touch(member);
}

void RunState::touch_pending() {
  for (NodeId id = 0; id < nodes_.size(); ++id)
    if (nodes_[id].phase == Phase::pending) touch(id);
}

void RunState::advance() {
  auto& root = nodes_[root_node];
  if (mode_ == Mode::preconditions) {
    bool open = false, held = true;
    for (const auto id : plan_->preconditions) {
      open = open || nodes_[id].phase != Phase::ended;
      held = held && (nodes_[id].phase != Phase::ended || satisfies(nodes_[id].outcome));
    }
    if (root.failing ? lively_.empty() : !open) {
      if (root.failing || !held) {
        mode_ = Mode::closing;
      } else {
        mode_ = Mode::forward;
        for (const auto member : (*plan_)[root_node].members) {
          if (nodes_[member].unmet > 0) continue;
          root.candidates.insert(member);
          touch(member);
        }
      }
    }
  }
  if (mode_ == Mode::forward && root.active == 0 &&
      (root.failing || root.ended == (*plan_)[root_node].members.size())) {
    root.deadline.reset();  // the run's deadline does not bind undo and handlers
    arm(root_node);
    mode_ = wants_rollback() ? Mode::rollback_due : Mode::handling;
    if (mode_ == Mode::handling) handler_ = 0;
  }
  if (mode_ == Mode::rollback_due && unsettled_.empty() && undo_stack().empty()) mode_ = Mode::handling;
  if (mode_ == Mode::rolling_back && target_ == targets_.size()) mode_ = Mode::handling;
  if (mode_ == Mode::handling && handlers_.empty() && handler_ == 0) {
    // A run that is undone because somebody asked for it has neither failed nor succeeded.
    if (!reopened_) handlers_ = root.failing ? plan_->on_failure : plan_->on_success;
    handlers_.insert(handlers_.end(), plan_->finally.begin(), plan_->finally.end());
    if (!handlers_.empty()) touch(handlers_[0]);
  }
  if (mode_ == Mode::handling && handler_ == handlers_.size() && !overrun_goes_on()) mode_ = Mode::closing;
  if (mode_ != Mode::finished) touch(root_node);
}

}  // namespace runbook
