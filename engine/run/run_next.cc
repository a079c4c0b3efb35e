// What the state of a run makes necessary. Everything here is const: next() decides, apply() changes.
#include <algorithm>

#include "base/check.h"
#include "run/run_state.h"

namespace runbook {
namespace {

Question prepare(const Node& node, int attempt) { return {Question::Kind::prepare, node.id, attempt, {}}; }

NodeFinished finish(const Node& node, Outcome outcome, std::string message) {
  return {node.id, outcome, std::move(message)};
}

}  // namespace

std::optional<Todo> RunState::next(Time now) {
  for (;;) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const auto id = deadlines_.begin()->second;
      deadlines_.erase(deadlines_.begin());
      arm(id, now);
      touch(id);
    }
    if (dirty_.empty()) return std::nullopt;
    const auto id = *dirty_.begin();
    if (auto todo = examine(id, now)) return todo;
    dirty_.erase(id);
  }
}

std::optional<Todo> RunState::examine(NodeId id, Time now) const {
  const auto& node = (*plan_)[id];
  const auto& state = nodes_[id];
  if (is_over_budget(node, now)) return BudgetExceeded{id};
  if (state.phase == Phase::running) {
    if (const auto reason = stop_of(node)) return TermSent{id, *reason};
    if (state.wake && now >= *state.wake) return TermSent{id, StopReason::timed_out};
    return std::nullopt;
  }
  if (state.phase == Phase::terminating) {
    if (now >= *state.wake) return KillSent{id};
    return std::nullopt;
  }
  if (stop_ == StopMode::leave && mode_ != Mode::closing) return std::nullopt;
  if (id == root_node) return examine_run(now);
  switch (state.phase) {
    case Phase::pending: return has_turn(node) ? examine_pending(node, now) : std::nullopt;
    case Phase::asked: return examine_asked(node, now);
    case Phase::open: return node.is_group() ? examine_group(node, now) : examine_open(node, now);
    case Phase::judged: return examine_judged(node, now);
    case Phase::backing_off: return examine_backing_off(node, now);
    case Phase::waiting: return examine_waiting(node, now);
    case Phase::lost: return examine_lost(node);
    default:
      return std::nullopt;  // checking, probing: its check or probe has the turn; killing: the host reports; ended
  }
}

std::optional<Todo> RunState::examine_run(Time now) const {
  const auto& root = nodes_[root_node];
  switch (mode_) {
    case Mode::preconditions:
    case Mode::forward:
      if (root.deadline && now >= *root.deadline && !root.stop) return TermSent{root_node, StopReason::timed_out};
      return std::nullopt;
    case Mode::rollback_due:
      if (!unsettled_.empty()) return std::nullopt;
      return RollbackStarted{undo_stack()};
    case Mode::closing: return conclude();
    default: return std::nullopt;
  }
}

std::optional<Todo> RunState::examine_pending(const Node& node, Time now) const {
  if (held(node)) return std::nullopt;
  // A step that waits for this has to learn that it will not come.
  const bool waited_for = node.kind == NodeKind::check || node.kind == NodeKind::probe;
  if (scope_closed(node))
    return waited_for ? std::optional<Todo>(finish(node, Outcome::cancelled, "not checked: the run is stopping"))
                      : std::nullopt;
  const auto due = deadline_around(node);
  if (waited_for && due && now >= *due) return finish(node, Outcome::timed_out, "no time left to check it");
  if (const auto skip = skips_.find(node.id); skip != skips_.end()) return NodeSkipped{node.id, skip->second};
  if (stepwise_ && node.is_step() && !is_quiet()) return std::nullopt;  // one after another
  if (node.has_when) return Question{Question::Kind::when, node.id, 0, {}};
  return begin_or_ask(node, now);
}

std::optional<Todo> RunState::examine_group(const Node& node, Time now) const {
  const auto& state = nodes_[node.id];
  if (state.deadline && now >= *state.deadline && !state.stop) return TermSent{node.id, StopReason::timed_out};
  const bool closed = state.failing || scope_closed(node);
  if (node.is_loop() && !state.expanded && !closed) {
    if (!unsettled_.empty()) return std::nullopt;
    return Question{Question::Kind::items, node.id, 0, {}};
  }
  const bool all_ended = state.ended == node.members.size() && (!node.is_loop() || state.expanded);
  if (state.active > 0 || !(closed || all_ended)) return std::nullopt;
  if (state.stop == StopReason::timed_out)
    return finish(node, Outcome::timed_out, "timed out after " + show_duration(*node.timeout));
  for (const auto member : node.members) {
    const auto& inner = nodes_[member];
    if (!state.failing || inner.phase != Phase::ended || satisfies(inner.outcome) ||
        inner.outcome == Outcome::cancelled)
      continue;
    return finish(
        node, Outcome::failed,
        "`" + (*plan_)[member].name + "` in it " + (inner.outcome == Outcome::timed_out ? "timed out" : "failed"));
  }
  if (!all_ended || state.failing) return finish(node, Outcome::cancelled, "not all of it ran: the run is stopping");
  if (node.is_loop() && node.members.empty()) return finish(node, Outcome::skipped, "`for_each` has no items");
  if (node.has_outputs) return Question{Question::Kind::outputs, node.id, 0, {}};
  return finish(node, state.warned ? Outcome::warned : Outcome::succeeded, "");
}

std::optional<Todo> RunState::examine_open(const Node& node, Time now) const {
  const auto& state = nodes_[node.id];
  if (held(node)) return std::nullopt;
  if (scope_closed(node)) return finish(node, Outcome::cancelled, "not started: the run is stopping");
  if (state.deadline && now >= *state.deadline)
    return finish(node, Outcome::timed_out, "its time ran out before it could start");
  if (!has_slot(node)) return std::nullopt;
  return prepare(node, state.attempts + 1);
}

std::optional<Todo> RunState::examine_judged(const Node& node, Time now) const {
  const auto& state = nodes_[node.id];
  const int attempts = state.attempts - state.earlier;
  const bool probe = node.kind == NodeKind::probe;
  const bool bad = probe ? state.outcome != Outcome::cancelled && !wanted(node, state.outcome)
                         : state.outcome == Outcome::failed || state.outcome == Outcome::timed_out;
  const auto exhausted = [&](const std::string& why) {
    const auto count = attempts > 1 ? "gave up after " + std::to_string(attempts) + " attempts: " : "";
    return finish(node, state.outcome, count + (state.message.empty() ? "still in place" : state.message) + why);
  };
  if (!bad || node.is_group() || state.attempts == 0) return finish(node, state.outcome, state.message);
  const bool more = node.retry.attempts == 0 || attempts < node.retry.attempts;
  if (!more || !state.retryable) return exhausted("");
  if (scope_closed(node)) return exhausted("; not tried again: the run is stopping");
  auto wait = node.retry.wait_before(attempts + 1);
  if (state.retry_after) wait = std::max(wait, *state.retry_after);
  if (state.deadline && now + wait >= *state.deadline)
    return exhausted(now < *state.deadline ? "; no time left to try again" : "");
  return Question{Question::Kind::wait, node.id, state.attempts + 1, wait};
}

std::optional<Todo> RunState::examine_backing_off(const Node& node, Time now) const {
  const auto& state = nodes_[node.id];
  if (held(node)) return std::nullopt;
  if (scope_closed(node)) return finish(node, state.outcome, state.message + "; not tried again: the run is stopping");
  if (state.deadline && now >= *state.deadline) return finish(node, Outcome::timed_out, state.message);
  if (now < *state.wake || !has_slot(node)) return std::nullopt;
  return prepare(node, state.attempts + 1);
}

// What an engine that died left in flight. A probe decides; else what only reads, or says it is idempotent, runs again.
// Of the rest nobody knows: a step stops the run for a person, unless the run is being undone anyway; an undo or a
// handler is over, and said to be unknown, so that what comes after it still gets its turn.
std::optional<Todo> RunState::examine_lost(const Node& node) const {
  const auto& state = nodes_[node.id];
  const char* const lost = "the engine died while it ran; whether it took effect is unknown";
  const bool forward =
      node.kind == NodeKind::step || node.kind == NodeKind::check || node.kind == NodeKind::precondition;
  if (asking(node.id)) return std::nullopt;
  const bool did_nothing = state.probe != no_node && probe_answer(nodes_[state.probe].outcome) == ProbeAnswer::no;
  if (scope_closed(node)) {
    if (node.kind == NodeKind::probe) return finish(node, Outcome::cancelled, "not asked again: the run is stopping");
    if (did_nothing)
      return finish(node, Outcome::cancelled,
                    "the engine died while it ran; its probe found no effect; not tried again");
    if (forward || node.kind == NodeKind::overrun) return finish(node, Outcome::unknown, lost);
  }
  const bool only_asks =
      node.kind == NodeKind::check || node.kind == NodeKind::precondition || node.kind == NodeKind::probe;
  const bool again = only_asks || did_nothing || rerunnable(node);
  if (again)
    return !held(node) && has_slot(node) ? std::optional<Todo>(prepare(node, state.attempts + 1)) : std::nullopt;
  return forward ? std::nullopt : std::optional<Todo>(finish(node, Outcome::unknown, lost));
}

bool RunState::has_slot(const Node& node) const {
  return jobs_ == 0 || !limited(node) || jobs_taken_ < static_cast<std::size_t>(jobs_);
}

bool RunState::limited(const Node& node) {
  if (node.manual) return false;  // a person is no load
  return node.kind == NodeKind::step || node.kind == NodeKind::check ||
         (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);
}

// The probe that may settle the lost step is itself what everything waits for.
bool RunState::held(const Node& node) const {
  return !unsettled_.empty() && !(node.kind == NodeKind::probe && node.moment == ProbeMoment::resume);
}

bool RunState::is_over_budget(const Node& node, Time now) const {
  const auto& state = nodes_[node.id];
  if (!state.budget || now < *state.budget || stop_ == StopMode::leave) return false;
  return !stop_of(node) && !(node.is_group() && state.stop);
}

bool RunState::has_turn(const Node& node) const {
  const auto ended = [&](NodeId id) { return nodes_[id].phase == Phase::ended; };
  switch (node.kind) {
    case NodeKind::group:
    case NodeKind::step: {
      const auto& parent = nodes_[node.parent];
      const auto limit = (*plan_)[node.parent].max_parallel;
      return mode_ == Mode::forward && parent.phase == Phase::open && parent.candidates.count(node.id) > 0 &&
             (limit == 0 || parent.active < static_cast<std::size_t>(limit));
    }
    case NodeKind::precondition: {
      const auto& all = plan_->preconditions;
      return mode_ == Mode::preconditions && !nodes_[root_node].failing &&
             std::all_of(all.begin(), std::find(all.begin(), all.end(), node.id), ended);
    }
    case NodeKind::check: {
      const auto& owner = nodes_[node.owner];
      return owner.phase == Phase::checking && (*plan_)[node.owner].checks[owner.cursor] == node.id;
    }
    case NodeKind::undo: {
      const auto& all = (*plan_)[node.owner].undo;
      return mode_ == Mode::rolling_back && target_ < targets_.size() && targets_[target_] == node.owner &&
             std::all_of(all.begin(), std::find(all.begin(), all.end(), node.id), ended);
    }
    case NodeKind::handler:
      return mode_ == Mode::handling && handler_ < handlers_.size() && handlers_[handler_] == node.id;
    case NodeKind::probe: return probe_has_turn(node);
    case NodeKind::overrun: {
      const auto& all = (*plan_)[node.owner].overrun;
      return nodes_[node.owner].overran && std::all_of(all.begin(), std::find(all.begin(), all.end(), node.id), ended);
    }
  }
  return false;
}

NodeId RunState::scope(const Node& node) const {
  if (node.kind == NodeKind::precondition) return root_node;
  const bool serves =
      node.kind == NodeKind::check || (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);
  return serves ? (*plan_)[node.owner].parent : node.parent;
}

bool RunState::inside(NodeId id, NodeId group) const {
  for (auto g = scope((*plan_)[id]); g != no_node; g = (*plan_)[g].parent)
    if (g == group) return true;
  return false;
}

bool RunState::scope_closed(const Node& node) const {
  // On a rollback nothing closes; what runs beside the work ends with any stop of the run.
  if (node.kind == NodeKind::overrun) return stop_.has_value();
  const bool probe = node.kind == NodeKind::probe;
  if (probe && node.moment == ProbeMoment::undo) return false;
  // The checks of a group are inside nothing but what the group is inside of; its own deadline still ends them.
  if ((node.kind == NodeKind::check || probe) && nodes_[node.owner].stop) return true;
  // What has begun may finish: asking whether it took effect is a part of that.
  const bool finishing = probe && node.moment != ProbeMoment::before;
  for (auto g = scope(node); g != no_node; g = (*plan_)[g].parent)
    if ((nodes_[g].failing && !finishing) || nodes_[g].stop) return true;
  return false;
}

std::optional<StopReason> RunState::stop_of(const Node& node) const {
  if (stop_ == StopMode::leave) return StopReason::cancelled;
  if (node.kind == NodeKind::overrun && stop_ && stop_ != StopMode::finish_current) return StopReason::cancelled;
  for (auto g = scope(node); g != no_node; g = (*plan_)[g].parent)
    if (nodes_[g].stop) return nodes_[g].stop;
  return std::nullopt;
}

std::optional<Time> RunState::deadline_for(const Node& node, Time now) const {
  auto due = node.timeout ? std::optional(now + *node.timeout) : std::nullopt;
  const auto around = deadline_around(node);
  if (around) due = due ? std::min(*due, *around) : around;
  return due;
}

// What is asked and checked for a step happens in the step's time; what settles it after that, in its own.
std::optional<Time> RunState::deadline_around(const Node& node) const {
  if (node.kind == NodeKind::precondition) return nodes_[root_node].deadline;
  const bool within =
      node.kind == NodeKind::check ||
      (node.kind == NodeKind::probe && (node.moment == ProbeMoment::before || node.moment == ProbeMoment::after));
  return within ? nodes_[node.owner].deadline : std::nullopt;
}

NodeReady RunState::ready(const Node& node, Time now) const {
  return {node.id, deadline_for(node, now), node.budget ? std::optional(now + *node.budget) : std::nullopt};
}

Event RunState::resolve(const Question& question, Answer answer, Time now) const {
  const auto& node = (*plan_)[question.node];
  const auto& state = nodes_[question.node];
  // A probe that cannot even be asked has said nothing.
  if (answer.kind == Answer::Kind::failed)
    return finish(node, node.kind == NodeKind::probe ? Outcome::unknown : Outcome::failed, std::move(answer.text));
  switch (question.kind) {
    case Question::Kind::when:
      if (answer.kind == Answer::Kind::no) return NodeSkipped{node.id, std::move(answer.text)};
      return begin_or_ask(node, now);
    case Question::Kind::prepare: {
      if (node.manual) {
        auto asked = std::move(answer.asked);
        asked.node = node.id;
        asked.deadline = state.deadline;
        asked.plan_hash = hex(plan_->hash);
        return asked;
      }
      auto deadline = state.deadline;
      if (node.attempt_timeout)
        deadline = deadline ? std::min(*deadline, now + *node.attempt_timeout) : now + *node.attempt_timeout;
      return AttemptStarted{node.id, question.attempt, deadline, std::move(answer.text)};
    }
    case Question::Kind::wait: return RetryScheduled{node.id, question.attempt, now + answer.wait};
    case Question::Kind::items: {
      auto items = std::move(answer.value).as_list();
      Plan ahead = *plan_;
      ahead.expand(node.id, items);
      LoopExpanded expanded{node.id, std::move(items), {}};
      for (auto id = plan_->nodes.size(); id < ahead.nodes.size(); ++id)
        expanded.nodes.push_back(label_of(ahead.nodes[id]));
      return expanded;
    }
    case Question::Kind::outputs:
      return NodeFinished{node.id, state.warned ? Outcome::warned : Outcome::succeeded, "", std::move(answer.value)};
  }
  CHECK(false);
}

AttemptFinished RunState::finished(AttemptFinished judged) const {
  const auto& node = (*plan_)[judged.node];
  const auto& state = nodes_[judged.node];
  if (!state.stop) return judged;
  if (*state.stop != StopReason::timed_out) {
    judged.outcome = Outcome::cancelled;
    judged.retryable = false;
    judged.message = *state.stop == StopReason::fail_fast ? "stopped: another member of its group failed"
                                                          : "stopped: the run was cancelled";
    return judged;
  }
  judged.outcome = Outcome::timed_out;
  for (auto g = scope(node); g != no_node; g = (*plan_)[g].parent) {
    if (nodes_[g].stop != StopReason::timed_out) continue;
    judged.retryable = false;
    judged.message = (g == root_node ? "stopped: the run timed out after "
                                     : "stopped: `" + (*plan_)[g].name + "` timed out after ") +
                     show_duration(*(*plan_)[g].timeout);
    return judged;
  }
  const bool attempt_only = node.attempt_timeout && (!state.deadline || *state.attempt_deadline < *state.deadline);
  const auto limit = attempt_only ? node.attempt_timeout : node.timeout;
  judged.message = "timed out" + (limit ? " after " + show_duration(*limit) : "");
  return judged;
}

std::vector<Event> RunState::losses() const {
  std::vector<Event> events;
  for (const auto id : in_flight_) events.push_back(AttemptLost{id, nodes_[id].attempts});
  return events;
}

RunState::Status RunState::status() const {
  if (mode_ == Mode::finished) return Status::finished;
  if (stop_ == StopMode::leave && mode_ != Mode::closing && in_flight_.empty()) return Status::interrupted;
  const bool stuck = !unsettled_.empty() && in_flight_.empty();
  if (stuck && std::none_of(unsettled_.begin(), unsettled_.end(), [&](NodeId id) { return asking(id); }))
    return Status::unknown;
  const bool only_people =
      in_flight_.empty() && !waiting_.empty() && lively_.size() == waiting_.size() && dirty_.empty();
  return only_people ? Status::waiting : Status::going;
}

}  // namespace runbook
