#include "simulation/world.h"

#include <csignal>
#include <set>


namespace runbook::simulation {

using namespace std::chrono_literals;

void World::live() {
  for (int lives = 0; lives < 16; ++lives) {
    plan_ = scenario_.plan;
    for (const auto& [event, at] : durable_) grow(event);
    RunState state(scenario_.plan, scenario_.jobs);
    for (const auto& [event, at] : durable_) state.apply(event, at);
    RunState folded(scenario_.plan, scenario_.jobs);
    for (const auto& [event, at] : durable_) folded.apply(event, at);
    state_ = &state;
    step_asked_ = no_node;
    asked_.clear();  // by this engine nobody was asked yet; that somebody waits is in the journal
    attended_ = true;
    folded_ = &folded;
    std::vector<Event> first;
    if (durable_.empty()) {
      first.push_back(RunStarted{});
      std::get<RunStarted>(first.back()).stepwise = scenario_.stepwise;
    } else if (state.status() == RunState::Status::finished) {
      status_ = state.status();  // ended now, or before it died
      if (!asks_to_undo(state)) return;
      RunStarted rollback;
      rollback.rollback_of = "the run before";
      first.push_back(std::move(rollback));
      now_ = Time{};
    } else {
      first = state.losses();
      RunResumed resumed;
      resumed.stepwise = scenario_.stepwise && choices_.pick(2) == 0;
      first.insert(first.begin(), resumed);
    }
    Driver driver(state, *this, *this, *this, *this, scenario_.policy);
    try {
      if (!driver.run(std::move(first))) throw Violation("the driver failed without a journal error");
      status_ = state.status();
      if (!pending_.empty()) throw Violation("the driver returned before its last records were durable");
      // Asked twice to leave, it goes at once; what runs goes with it.
      const bool fled =
          status_ == RunState::Status::going && interrupts_ + leaves_ >= 2 && state.stop_mode() == StopMode::leave;
      if (fled) {
        status_ = RunState::Status::interrupted;
        flights_.clear();
      }
      if (!flights_.empty()) throw Violation("the driver returned while attempts run");
      if (status_ == RunState::Status::finished && scenario_.rollbacks > 0) continue;
      if (status_ == RunState::Status::waiting) {
        if (attended_) throw Violation("paused although somebody was there");
        ++pauses_;
        if (choices_.pick(2) == 0) return;
        continue;  // resumed, and this time they are there
      }
      if (status_ != RunState::Status::interrupted) return;
      // Left by a signal: once more, as `resume` would.
      if (choices_.pick(2) == 0) return;
    } catch (const Crash&) {
      flights_.clear();  // nothing outlives the engine
      pending_.clear();
    }
  }
  throw Violation("the run does not end");
}

// Somebody thinks better of it. What is left to undo is counted here from the events alone.
bool World::asks_to_undo(const RunState& ended) {
  if (scenario_.rollbacks == 0) return false;
  int asked = 0;
  std::set<NodeId> left;
  const auto& plan = plan_;
  for (const auto& [event, at] : durable_) {
    const auto* started = std::get_if<RunStarted>(&event);
    asked += started && !started->rollback_of.empty();
    const bool begins =
        std::holds_alternative<AttemptStarted>(event) || std::holds_alternative<ApprovalRequested>(event);
    if (begins && plan[node_of(event)].is_step())
      for (auto id = node_of(event); id != no_node; id = plan[id].parent)
        if (!plan[id].undo.empty()) left.insert(id);
    if (const auto* end = std::get_if<NodeFinished>(&event); end && end->outcome == Outcome::unchanged)
      left.erase(end->node);
    if (const auto* end = std::get_if<RunFinished>(&event))
      for (const auto id : end->undone) left.erase(id);
  }
  if (left.empty() != ended.left_to_undo().empty())
    throw Violation("what is left to undo is not every started step with an undo that is not done");
  return asked < scenario_.rollbacks && !left.empty() && choices_.pick(2) == 1;
}

void World::grow(const Event& event) {
  if (const auto* loop = std::get_if<LoopExpanded>(&event)) plan_.expand(loop->node, loop->items);
}

void World::start(Work work) {
  if (flights_.count(work.node)) throw Violation("a node was started while it runs");
  const auto* last = static_cast<const AttemptStarted*>(nullptr);
  for (const auto& recorded : durable_)
    if (const auto* started = std::get_if<AttemptStarted>(&recorded.event); started && started->node == work.node)
      last = started;
  if (!last || last->attempt != work.attempt) throw Violation("an attempt started that the journal does not have");
  flights_[work.node] = {work.attempt, last->deadline, std::nullopt, false};
}

void World::signal(NodeId node, Signal signal) {
  bool recorded = false;
  for (const auto& [event, at] : durable_) {
    if (signal == Signal::term && std::holds_alternative<TermSent>(event) && node_of(event) == node) recorded = true;
    if (signal == Signal::kill && std::holds_alternative<KillSent>(event) && node_of(event) == node) recorded = true;
  }
  if (!recorded) throw Violation("a signal was sent that the journal does not have");
  const auto flight = flights_.find(node);
  if (flight == flights_.end()) throw Violation("a signal to an attempt that has ended");
  if (signal == Signal::term) flight->second.term = now_;
  if (signal == Signal::kill) {
    if (!flight->second.term || now_ < *flight->second.term + plan_[node].kill_after)
      throw Violation("killed before its grace was over");
    flight->second.killed = true;
  }
}

std::vector<Observation> World::wait(std::optional<Time> until) {
  check_at_wait();
  if (until && *until <= now_ && ++spins_ > 3) throw Violation("waits for a time that has passed, again and again");
  if (!until || *until > now_) spins_ = 0;
  const auto end = [&](NodeId node, int code) {
    AttemptEnded ended;
    ended.node = node;
    ended.attempt = flights_[node].attempt;
    ended.how.code = code;
    flights_.erase(node);
    now_ += 1ms;
    return std::vector<Observation>{std::move(ended)};
  };
  for (const auto& [node, flight] : flights_)
    if (flight.killed) return end(node, 137);  // nothing survives KILL
  struct Option {
    NodeId node;
    int code;
  };
  std::vector<Option> options;
  for (const auto& [node, flight] : flights_) {
    options.push_back({node, 0});  // told to stop, it may still end as if nothing had been
    if (!flight.term) options.push_back({node, 1});
    // A probe may also tell nothing.
    if (!flight.term && plan_[node].kind == NodeKind::probe) options.push_back({node, 2});
  }
  const auto answers = static_cast<int>(options.size());
  for (const auto& [node, hash] : asked_) {
    options.push_back({node, 2});
    options.push_back({node, 3});
    if (strangers_ < scenario_.strangers) options.push_back({node, 4});
  }
  const auto choices = static_cast<int>(options.size());
  if (step_asked_ != no_node)
    for (int choice = 0; choice < (leaves_ == 0 ? 5 : 4); ++choice) options.push_back({step_asked_, choice});
  const int interrupt = interrupts_ < scenario_.interrupts ? static_cast<int>(options.size()) : -1;
  if (interrupt >= 0) options.push_back({no_node, 0});
  if (until) options.push_back({no_node, 1});
  if (options.empty()) throw Violation("waits for nothing");
  const int picked = choices_.pick(static_cast<int>(options.size()));
  if (picked >= choices && options[picked].node != no_node) return {choose(options[picked].node, options[picked].code)};
  if (picked >= answers && options[picked].node != no_node) {
    const auto [node, what] = options[picked];
    ControlRequest request;
    request.id = "r" + std::to_string(now_.time_since_epoch().count());
    request.kind = what == 3 ? ControlRequest::Kind::reject : ControlRequest::Kind::approve;
    request.by = request.via = "anna";
    request.step = scenario_.plan[node].name;
    request.plan_hash = what == 4 ? "another" : asked_[node];
    if (what == 4) ++strangers_;
    now_ += 1ms;
    return {std::move(request)};
  }
  if (options[picked].node != no_node) return end(options[picked].node, options[picked].code);
  if (picked == interrupt) {
    ++interrupts_;
    return {Interrupted{SIGINT}};
  }
  now_ = std::max(now_, *until);
  return {WaitEnd{}};
}

// What a person says who is asked about a step: run, skip, run all, or one of two ways to stop.
ControlRequest World::choose(NodeId node, int what) {
  step_asked_ = no_node;
  now_ += 1ms;
  ControlRequest request;
  request.by = request.via = "anna";
  request.kind = what < 3 ? ControlRequest::Kind::choose : ControlRequest::Kind::cancel;
  request.step = plan_[node].name;
  if (what < 3) request.choice = static_cast<StepChoice>(what);
  leaves_ += what == 4;
  request.mode = what == 3 ? StopMode::finish_current : StopMode::leave;
  return request;
}

Result<> World::append(const Event& event, Time at) {
  grow(event);
  pending_.push_back({event, at});
  if (crashes_ >= scenario_.crashes) return {};
  const int fate = choices_.pick(3);
  if (fate == 0) return {};
  ++crashes_;
  // 1: it dies with what was not synced; 2: all of it had reached the disk, but nothing was done about it.
  if (fate == 2) durable_.insert(durable_.end(), pending_.begin(), pending_.end());
  throw Crash{};
}

Result<> World::sync() {
  for (const auto& [event, at] : pending_) folded_->apply(event, at);
  durable_.insert(durable_.end(), pending_.begin(), pending_.end());
  pending_.clear();
  return {};
}

void World::ask(const StepAsked& asked) {
  bool recorded = false;
  for (const auto& [event, at] : durable_) {
    const auto* before = std::get_if<StepAsked>(&event);
    recorded = recorded || (before && before->node == asked.node);
  }
  if (!recorded) throw Violation("somebody was asked before the journal had it");
  if (step_asked_ != no_node) throw Violation("two questions at once");
  step_asked_ = asked.node;
}

void World::ask(const ApprovalRequested& asked) {
  bool recorded = false;
  for (const auto& [event, at] : durable_) {
    const auto* before = std::get_if<ApprovalRequested>(&event);
    recorded = recorded || (before && before->node == asked.node);
  }
  if (!recorded) throw Violation("somebody was asked before the journal had it");
  if (!asked_.emplace(asked.node, asked.plan_hash).second) throw Violation("somebody was asked twice");
  if (scenario_.deserted && pauses_ == 0) attended_ = choices_.pick(2) == 0;
}

void World::settled(const ControlRequest& request, const Event& verdict) {
  const bool refused = std::holds_alternative<RequestRefused>(verdict);
  if (refused != (request.plan_hash == "another")) throw Violation("an answer was not believed as it should have been");
  for (const auto& [event, at] : durable_)
    if (event == verdict) return;
  throw Violation("the sender was told before the answer was durable");
}

Answer World::answer(const Question& question, const RunState&) {
  if (question.kind == Question::Kind::wait) return {Answer::Kind::yes, "", question.base};
  if (question.kind == Question::Kind::when)
    return {choices_.pick(2) == 0 ? Answer::Kind::yes : Answer::Kind::no, "when", {}};
  if (question.kind == Question::Kind::items) {
    Answer items;
    items.value = Value(Value::List(static_cast<std::size_t>(choices_.pick(3)), Value("item")));
    return items;
  }
  if (question.kind == Question::Kind::outputs) {
    if (choices_.pick(2) == 0) return {Answer::Kind::failed, "an output has no value", {}};
    Answer outputs;
    outputs.value = Value::map();
    return outputs;
  }
  return {Answer::Kind::yes, "do " + plan_[question.node].name, {}};
}

Work World::take_work(const AttemptStarted& attempt) {
  Work work;
  work.node = attempt.node;
  work.attempt = attempt.attempt;
  check_at_start(attempt);
  return work;
}

AttemptFinished World::judge(AttemptEnded ended, const RunState&, Time) {
  AttemptFinished finished;
  finished.node = ended.node;
  finished.attempt = ended.attempt;
  finished.outcome = ended.how.code == 0   ? Outcome::succeeded
                     : ended.how.code == 2 ? Outcome::unknown
                                           : Outcome::failed;
  finished.message = ended.how.code == 0 ? "" : "exit " + std::to_string(ended.how.code);
  finished.retryable = true;
  return finished;
}

void World::on_event(const Event& event, Time, const RunState&) {
  // Both the evaluator's and the observer's: a believed event must have been appended.
  const auto& last = pending_.empty() ? durable_ : pending_;
  if (last.empty() || last.back().event.index() != event.index() || node_of(last.back().event) != node_of(event))
    throw Violation("an event was believed before it was appended");
}

void World::check_at_start(const AttemptStarted& attempt) {
  const auto& node = plan_[attempt.node];
  const auto durably_satisfied = [&](NodeId need) {
    for (const auto& [event, at] : durable_) {
      if (const auto* skipped = std::get_if<NodeSkipped>(&event); skipped && skipped->node == need) return true;
      const auto* finished = std::get_if<NodeFinished>(&event);
      if (!finished || finished->node != need) continue;
      const bool own_failure = finished->outcome == Outcome::failed || finished->outcome == Outcome::timed_out;
      return satisfies(finished->outcome) || (plan_[need].allow_failure && own_failure);
    }
    return false;
  };
  for (const auto need : node.needs)
    if (!durably_satisfied(need)) throw Violation("`" + node.name + "` started before what it needs was durable");
  if (node.kind == NodeKind::step) {
    if (const auto probe = node.probe(ProbeMoment::before); probe != no_node) {
      bool said_no = false;
      for (const auto& [event, at] : durable_)
        if (const auto* finished = std::get_if<NodeFinished>(&event); finished && finished->node == probe)
          said_no = finished->outcome == Outcome::failed;
      if (!said_no) throw Violation("`" + node.name + "` started before its probe's no was durable");
    }
    for (const auto check : node.checks)
      if (!durably_satisfied(check)) throw Violation("`" + node.name + "` started before its precondition held");
    for (const auto precondition : plan_.preconditions)
      if (!durably_satisfied(precondition))
        throw Violation("`" + node.name + "` started before the run's preconditions held");
    for (auto g = node.parent; g != root_node; g = plan_[g].parent)
      for (const auto need : plan_[g].needs)
        if (!durably_satisfied(need)) throw Violation("`" + node.name + "` started before what its group needs");
  }
  const auto counts = [&](NodeId id) {
    const auto& n = plan_[id];
    return n.kind == NodeKind::step || n.kind == NodeKind::check ||
           (n.kind == NodeKind::probe && n.moment != ProbeMoment::undo);
  };
  int flying = 0;
  for (const auto& [id, flight] : flights_) flying += counts(id);
  if (scenario_.jobs > 0 && counts(node.id) && flying >= scenario_.jobs)
    throw Violation("more attempts at once than jobs");
}

void World::check_at_wait() {
  if (!pending_.empty()) throw Violation("waits while records are not durable");
  std::set<NodeId> waiting;
  for (const auto& [event, at] : durable_) {
    if (std::holds_alternative<ApprovalRequested>(event)) waiting.insert(node_of(event));
    const bool over = std::holds_alternative<Approved>(event) || std::holds_alternative<Rejected>(event) ||
                      std::holds_alternative<NodeFinished>(event);
    if (over) waiting.erase(node_of(event));
  }
  for (const auto node : waiting)
    if (asked_.count(node) == 0) throw Violation("a manual step waits and nobody was asked");
  if (asked_.size() != waiting.size()) throw Violation("somebody is asked about a step that does not wait");
  if (!folded_->same_as(*state_)) throw Violation("the journal folds to another state than the live one");
  bool stopping = false, unwinding = false;
  std::map<NodeId, bool> stopped;  // groups that were told to stop
  for (const auto& [event, at] : durable_) {
    if (const auto* stop = std::get_if<StopRequested>(&event))
      stopping = stopping || stop->mode != StopMode::finish_current;
    if (std::holds_alternative<RunResumed>(event)) stopping = false;
    if (std::holds_alternative<RollbackStarted>(event)) unwinding = true;
    if (const auto* term = std::get_if<TermSent>(&event); term && plan_[term->node].is_group())
      stopped[term->node] = true;
  }
  for (const auto& [id, flight] : flights_) {
    const auto& node = plan_[id];
    if (flight.term) continue;
    if (flight.deadline && now_ >= *flight.deadline) throw Violation("`" + node.name + "` runs beyond its deadline");
    const bool serves =
        node.kind == NodeKind::check || (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);
    const bool forward = node.kind == NodeKind::step || serves || node.kind == NodeKind::precondition;
    const bool beside = node.kind == NodeKind::overrun;
    if (stopping && (beside || (forward && !unwinding))) throw Violation("`" + node.name + "` was not told to stop");
    const auto from = serves ? plan_[node.owner].parent : node.parent;
    for (auto g = from; g != no_node; g = plan_[g].parent)
      if (stopped[g]) throw Violation("`" + node.name + "` was not told to stop with its group");
  }
}

}  // namespace runbook::simulation
