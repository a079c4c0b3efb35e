#include "run/run_state.h"

#include <algorithm>

#include "base/check.h"

namespace runbook {

RunState::RunState(const Plan& plan, int jobs)
    : plan_(&plan), jobs_(jobs), nodes_(plan.nodes.size()), armed_(plan.nodes.size()) {
  for (const auto& node : plan.nodes) nodes_[node.id].unmet = node.needs.size();
}

void RunState::apply(const Event& event, Time at) {
  std::visit([&](const auto& e) { on(e, at); }, event);
  advance();
}

void RunState::on(const RunStarted& e, Time) {
  if (!e.rollback_of.empty()) return reopen();
  CHECK(mode_ == Mode::not_started);
  for (const auto& skip : e.skips) {
    CHECK(skip.node != root_node && skip.node < nodes_.size() && (*plan_)[skip.node].is_step());
    skips_.emplace(skip.node, skip.reason);
  }
  stepwise_ = e.stepwise;
  mode_ = Mode::preconditions;
  nodes_[root_node].phase = Phase::open;
  nodes_[root_node].deadline = deadline_for((*plan_)[root_node], Time{});
  arm(root_node);
  if (!plan_->preconditions.empty()) touch(plan_->preconditions[0]);
}

// A run that has ended is undone by another: as if it had failed after its last step, and nobody had undone it yet.
// What an undo did already stays done; one that failed gets another turn, as do the handlers.
void RunState::reopen() {
  CHECK(mode_ == Mode::finished && lively_.empty() && in_flight_.empty());
  mode_ = Mode::rollback_due;
  reopened_ = undo_asked_ = true;
  stepwise_ = false;
  nodes_[root_node].failing = true;
  cancelled_ = false;
  failed_node_ = no_node;
  stop_.reset();
  before_leave_.reset();
  result_.reset();
  targets_.clear();
  handlers_.clear();
  target_ = handler_ = 0;
  for (const auto& node : plan_->nodes) {
    auto& state = nodes_[node.id];
    if (node.is_step() && state.undo != NodeState::Undo::undone) state.undo = NodeState::Undo::none;
    state.overran = false;
    const bool undoes =
        node.kind == NodeKind::undo || (node.kind == NodeKind::probe && node.moment == ProbeMoment::undo);
    const bool undo_is_done = undoes && nodes_[node.owner].undo == NodeState::Undo::undone;
    const bool beside = node.kind == NodeKind::handler || node.kind == NodeKind::overrun;
    if (beside || (undoes && !undo_is_done)) state = NodeState{};
  }
}

void RunState::on(const NodeReady& e, Time) {
  auto& state = nodes_[e.node];
  const auto& node = (*plan_)[e.node];
  CHECK(state.phase == Phase::pending || (state.phase == Phase::asked && state.chosen));
  state.deadline = e.deadline;
  state.budget = e.budget;
  if (const auto group = node.parent; group != no_node) {
    auto& parent = nodes_[group];
    parent.candidates.erase(e.node);
    if (state.phase == Phase::pending) ++parent.active;
    if (!parent.candidates.empty()) touch(*parent.candidates.begin());
  }
  if (node.checks.empty()) return begin(e.node);
  enter(e.node, Phase::checking);
  touch(node.checks[0]);
}

void RunState::on(const NodeSkipped& e, Time) {
  CHECK(nodes_[e.node].phase == Phase::pending || nodes_[e.node].phase == Phase::asked);
  end(e.node, Outcome::skipped, e.reason);
}

void RunState::on(const LoopExpanded& e, Time) {
  auto* loop = &nodes_[e.node];
  CHECK(loop->phase == Phase::open && (*plan_)[e.node].is_loop() && !loop->expanded);
  if (!own_plan_ || own_plan_.use_count() > 1) own_plan_ = std::make_shared<Plan>(*plan_);
  own_plan_->expand(e.node, e.items);
  plan_ = own_plan_.get();
  for (auto id = static_cast<NodeId>(nodes_.size()); id < plan_->nodes.size(); ++id)
    nodes_.emplace_back().unmet = (*plan_)[id].needs.size();
  armed_.resize(nodes_.size());
  loop = &nodes_[e.node];
  loop->expanded = true;
  for (const auto instance : (*plan_)[e.node].members) {
    loop->candidates.insert(instance);
    touch(instance);
  }
  touch(e.node);
}

void RunState::on(const AttemptStarted& e, Time) {
  auto& state = nodes_[e.node];
  CHECK(state.phase == Phase::open || state.phase == Phase::backing_off || state.phase == Phase::lost);
  CHECK(e.attempt == state.attempts + 1);
  state.attempts = e.attempt;
  state.wake = state.attempt_deadline = e.deadline;
  state.stop.reset();
  mark_started(e.node);
  enter(e.node, Phase::running);
}

// A group is as old as its first member, and older than it: it is undone after all of them.
void RunState::mark_started(NodeId id) {
  if (nodes_[id].started()) return;
  std::vector<NodeId> groups;
  for (auto g = (*plan_)[id].parent; g != no_node; g = (*plan_)[g].parent) groups.push_back(g);
  for (auto g = groups.rbegin(); g != groups.rend(); ++g)
    if (!nodes_[*g].started()) nodes_[*g].start_rank = starts_++;
  nodes_[id].start_rank = starts_++;
}

void RunState::on(const TermSent& e, Time at) {
  auto& state = nodes_[e.node];
  const auto& node = (*plan_)[e.node];
  state.stop = e.reason;
  if (node.is_group()) {
    CHECK(state.phase == Phase::open || state.phase == Phase::checking || state.phase == Phase::probing);
    state.failing = true;
    touch_inside(e.node);
    return;
  }
  CHECK(state.phase == Phase::running);
  state.wake = at + node.kill_after;
  enter(e.node, Phase::terminating);
}

void RunState::on(const KillSent& e, Time) {
  CHECK(nodes_[e.node].phase == Phase::terminating);
  nodes_[e.node].wake.reset();
  enter(e.node, Phase::killing);
}

void RunState::on(const AttemptFinished& e, Time) {
  auto& state = nodes_[e.node];
  CHECK(in_flight_.count(e.node) == 1 && e.attempt == state.attempts);
  state.wake.reset();
  state.outcome = e.outcome;
  state.message = e.message;
  state.retryable = e.retryable;
  state.retry_after = e.retry_after;
  if (satisfies(e.outcome) && ask(e.node, ProbeMoment::after)) return;
  enter(e.node, Phase::judged);
}

void RunState::on(const AttemptLost& e, Time) {
  auto& state = nodes_[e.node];
  CHECK(in_flight_.count(e.node) == 1 && e.attempt == state.attempts);
  state.wake.reset();
  lose(e.node);
}

void RunState::on(const RetryScheduled& e, Time) {
  auto& state = nodes_[e.node];
  CHECK((state.phase == Phase::judged || state.phase == Phase::lost) && e.next_attempt == state.attempts + 1);
  state.wake = e.due;
  enter(e.node, Phase::backing_off);
}

void RunState::on(const NodeFinished& e, Time) {
  CHECK(nodes_[e.node].phase != Phase::ended && in_flight_.count(e.node) == 0);
  end(e.node, e.outcome, e.message);
}

void RunState::on(const StopRequested& e, Time) {
  CHECK(mode_ != Mode::finished);
  if (e.mode == StopMode::leave) before_leave_ = stop_;
  undo_asked_ = undo_asked_ || e.mode == StopMode::roll_back;
  if (!stop_ || *stop_ < e.mode) stop_ = e.mode;
  auto& root = nodes_[root_node];
  if (mode_ == Mode::preconditions || mode_ == Mode::forward) {
    cancelled_ = cancelled_ || (failed_node_ == no_node && root.stop != StopReason::timed_out);
    root.failing = true;
    if (*stop_ != StopMode::finish_current && !root.stop) root.stop = StopReason::cancelled;
  }
  touch_inside(root_node);
  for (const auto id : lively_) touch(id);
  touch(root_node);
}

void RunState::on(const RollbackStarted& e, Time) {
  CHECK(mode_ == Mode::rollback_due);
  mode_ = Mode::rolling_back;
  targets_ = e.nodes;
  target_ = 0;
  nodes_[targets_[0]].undo = NodeState::Undo::undoing;
  touch((*plan_)[targets_[0]].undo[0]);
}

void RunState::on(const RunResumed& e, Time) {
  CHECK(mode_ != Mode::finished && mode_ != Mode::not_started);
  stepwise_ = e.stepwise;
  for (const auto id : std::set<NodeId>(lively_))
    if (nodes_[id].phase == Phase::asked) withdraw(id);
  // What a departing engine stopped is as uncertain as what it lost.
  if (stop_ == StopMode::leave) {
    for (const auto id : std::set<NodeId>(lively_))
      if (nodes_[id].phase == Phase::judged && nodes_[id].outcome == Outcome::cancelled) lose(id);
    // Left in the middle of a cancellation it goes on being cancelled; left while it went forward it goes on forward.
    stop_ = before_leave_;
    auto& root = nodes_[root_node];
    if (!stop_ && (mode_ == Mode::preconditions || mode_ == Mode::forward)) {
      cancelled_ = false;
      if (root.stop == StopReason::cancelled) root.stop.reset();
      root.failing = failed_node_ != no_node || root.stop;
    }
  }
  ask_again();
  for (NodeId id = 0; id < nodes_.size(); ++id)
    if (nodes_[id].phase != Phase::ended) touch(id);
}

void RunState::on(const RunFinished& e, Time) {
  CHECK(mode_ == Mode::closing);
  mode_ = Mode::finished;
  result_ = e;
  dirty_.clear();
  deadlines_.clear();
}

void RunState::on(const BudgetExceeded& e, Time) {
  auto& state = nodes_[e.node];
  CHECK(state.budget && state.phase != Phase::pending && state.phase != Phase::ended);
  state.budget.reset();
  state.overran = true;
  arm(e.node);
  if (const auto& steps = (*plan_)[e.node].overrun; !steps.empty()) touch(steps[0]);
}

void RunState::enter(NodeId id, Phase phase) {
  auto& state = nodes_[id];
  state.phase = phase;
  const bool flying = phase == Phase::running || phase == Phase::terminating || phase == Phase::killing;
  const bool freed = !flying && in_flight_.erase(id) > 0;
  const bool took = flying && in_flight_.insert(id).second;
  if (limited((*plan_)[id])) jobs_taken_ += took, jobs_taken_ -= freed;
  if ((*plan_)[id].is_group() && phase == Phase::open) {
    lively_.erase(id);
  } else if (phase == Phase::ended || phase == Phase::pending) {
    lively_.erase(id);
  } else {
    lively_.insert(id);
  }
  if (stepwise_ && is_quiet()) touch_pending();  // the next to be asked about
  queue(id, freed);
  if (phase != Phase::waiting) waiting_.erase(id);
  if (phase == Phase::lost && (*plan_)[id].kind == NodeKind::step && !rerunnable((*plan_)[id])) {
    unsettled_.insert(id);
  } else {
    settled(id);
  }
  arm(id);
  touch(id);
}

// What waited for a person or a probe may go on.
void RunState::settled(NodeId id) {
  if (unsettled_.erase(id) == 0 || !unsettled_.empty()) return;
  for (NodeId other = 0; other < nodes_.size(); ++other)
    if (nodes_[other].phase != Phase::ended) touch(other);
}

// With a limit of jobs, a freed slot goes to the first that waits; who leaves the queue passes the word on.
void RunState::queue(NodeId id, bool freed) {
  if (jobs_ == 0) return;
  const auto phase = nodes_[id].phase;
  const bool left = queued_.erase(id) > 0 && phase != Phase::open && phase != Phase::lost;
  if (limited((*plan_)[id]) && (phase == Phase::open || phase == Phase::lost)) queued_.insert(id);
  if (phase == Phase::backing_off) {
    backing_off_.insert(id);
  } else {
    backing_off_.erase(id);
  }
  if (!freed && !left) return;
  if (!queued_.empty()) touch(*queued_.begin());
  for (const auto waiting : backing_off_) touch(waiting);
}

void RunState::end(NodeId id, Outcome outcome, std::string message) {
  auto& state = nodes_[id];
  const auto& node = (*plan_)[id];
  const bool began = state.phase != Phase::pending;
  state.outcome = outcome;
  state.message = std::move(message);
  state.deadline.reset();
  state.budget.reset();
  state.wake.reset();
  enter(id, Phase::ended);
  switch (node.kind) {
    case NodeKind::group:
      state.candidates.clear();
      if (outcome == Outcome::skipped || outcome == Outcome::unchanged) skip_inside(id);
      [[fallthrough]];
    case NodeKind::step:
      nodes_[node.parent].candidates.erase(id);
      if (began) --nodes_[node.parent].active;
      member_ended(id);
      break;
    case NodeKind::check: check_ended(id); break;
    case NodeKind::undo: undo_step_ended(id); break;
    case NodeKind::probe: probe_ended(id); break;
    case NodeKind::precondition:
      if (!satisfies(outcome) && failed_node_ == no_node && !cancelled_) failed_node_ = id;
      for (const auto next : plan_->preconditions)
        if (nodes_[next].phase == Phase::pending) {
          touch(next);
          break;
        }
      break;
    case NodeKind::handler:
      ++handler_;
      if (handler_ < handlers_.size()) touch(handlers_[handler_]);
      break;
    case NodeKind::overrun:
      for (const auto next : (*plan_)[node.owner].overrun)
        if (nodes_[next].phase == Phase::pending) {
          touch(next);
          break;
        }
      break;
  }
}

// Its next time to be looked at: the first of those that are due, or of those `after`.
void RunState::arm(NodeId id, std::optional<Time> after) {
  const auto& state = nodes_[id];
  if (armed_[id]) deadlines_.erase({*armed_[id], id});
  armed_[id].reset();
  if (state.phase == Phase::ended) return;
  std::optional<Time> due;
  const auto consider = [&](const std::optional<Time>& time) {
    if (time && (!after || *time > *after)) due = due ? std::min(*due, *time) : *time;
  };
  consider(state.wake);
  consider(state.budget);
  // A node that waits for its turn, or a group, is bound by its own deadline; an attempt has it in `wake`.
  const bool waits = state.phase == Phase::open || state.phase == Phase::backing_off || state.phase == Phase::waiting;
  if (waits && !state.stop) consider(state.deadline);
  if (!due) return;
  armed_[id] = due;
  deadlines_.insert({*due, id});
}

std::optional<Time> RunState::deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

bool RunState::same_as(const RunState& other) const {
  return mode_ == other.mode_ && nodes_ == other.nodes_ && in_flight_ == other.in_flight_ &&
         jobs_taken_ == other.jobs_taken_ && lively_ == other.lively_ && queued_ == other.queued_ &&
         backing_off_ == other.backing_off_ && unsettled_ == other.unsettled_ && stepwise_ == other.stepwise_ &&
         undo_asked_ == other.undo_asked_ && reopened_ == other.reopened_ && starts_ == other.starts_ &&
         stop_ == other.stop_ && cancelled_ == other.cancelled_ && failed_node_ == other.failed_node_ &&
         targets_ == other.targets_ && skips_ == other.skips_ && target_ == other.target_ &&
         handlers_ == other.handlers_ && handler_ == other.handler_;
}

}  // namespace runbook
