// What people are asked, what they say, and what it makes necessary: manual steps, and the questions of a stepwise run.
#include <algorithm>

#include "base/check.h"
#include "run/run_state.h"

namespace runbook {

// From now on a person may act: should it come to that, it is undone like anything else that started.
void RunState::on(const ApprovalRequested& e, Time) {
  CHECK((*plan_)[e.node].manual && nodes_[e.node].phase == Phase::open);
  mark_started(e.node);
  waiting_[e.node] = e;
  enter(e.node, Phase::waiting);
}

void RunState::on(const Approved& e, Time) {
  answered(e.node, Outcome::succeeded, "approved by " + e.by + (e.why.empty() ? "" : ": " + e.why));
}

void RunState::on(const Rejected& e, Time) {
  answered(e.node, Outcome::failed, "rejected by " + e.by + (e.why.empty() ? "" : ": " + e.why));
}

void RunState::answered(NodeId id, Outcome outcome, std::string message) {
  auto& state = nodes_[id];
  CHECK(state.phase == Phase::waiting);
  state.outcome = outcome;
  state.message = std::move(message);
  state.retryable = false;
  if (satisfies(outcome) && ask(id, ProbeMoment::after)) return;
  enter(id, Phase::judged);
}

// A step that runs may finish when another fails; a person is not waited for any longer: it may take a day.
std::optional<Todo> RunState::examine_waiting(const Node& node, Time now) const {
  const auto& state = nodes_[node.id];
  for (auto g = scope(node); g != no_node; g = (*plan_)[g].parent) {
    if (nodes_[g].stop != StopReason::timed_out) continue;
    const auto what = g == root_node ? "the run" : "`" + (*plan_)[g].name + "`";
    return NodeFinished{node.id, Outcome::timed_out, "nobody had answered when " + what + " timed out"};
  }
  if (scope_closed(node)) return NodeFinished{node.id, Outcome::cancelled, "no longer waited for: the run is stopping"};
  if (!state.deadline || now < *state.deadline) return std::nullopt;
  const auto limit = node.timeout ? " within " + show_duration(*node.timeout) : "";
  return NodeFinished{node.id, node.continue_on_timeout ? Outcome::warned : Outcome::timed_out,
                      "nobody answered" + limit};
}

bool RunState::is_quiet() const {
  return std::all_of(lively_.begin(), lively_.end(), [&](NodeId id) { return (*plan_)[id].kind == NodeKind::overrun; });
}

bool RunState::asks_before(const Node& node) const {
  return stepwise_ && node.kind == NodeKind::step && !node.manual;  // a manual step asks by itself
}

// Its turn has come: it begins, or a person is asked first.
Event RunState::begin_or_ask(const Node& node, Time now) const {
  if (asks_before(node)) return StepAsked{node.id};
  return ready(node, now);
}

std::optional<Todo> RunState::examine_asked(const Node& node, Time now) const {
  if (scope_closed(node)) return NodeFinished{node.id, Outcome::cancelled, "not started: the run is stopping"};
  if (const auto skip = skips_.find(node.id); skip != skips_.end()) return NodeSkipped{node.id, skip->second};
  return nodes_[node.id].chosen ? std::optional<Todo>(ready(node, now)) : std::nullopt;
}

void RunState::on(const StepAsked& e, Time) {
  CHECK(asks_before((*plan_)[e.node]) && nodes_[e.node].phase == Phase::pending && is_quiet());
  ++nodes_[(*plan_)[e.node].parent].active;  // its group may not end without the answer
  enter(e.node, Phase::asked);
}

void RunState::on(const StepChosen& e, Time) {
  CHECK(nodes_[e.node].phase == Phase::asked && !nodes_[e.node].chosen);
  if (e.choice == StepChoice::skip) {
    skips_.emplace(e.node, "skipped by " + e.by);
  } else {
    nodes_[e.node].chosen = true;
  }
  touch(e.node);
  if (e.choice != StepChoice::run_all) return;
  stepwise_ = false;
  touch_pending();
}

// Whoever was asked is gone; another may be asked.
void RunState::withdraw(NodeId id) {
  --nodes_[(*plan_)[id].parent].active;
  nodes_[id].chosen = false;
  enter(id, Phase::pending);
}

}  // namespace runbook
