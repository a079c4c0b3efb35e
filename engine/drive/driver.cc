#include "drive/driver.h"

#include <algorithm>
#include <csignal>
#include <map>

namespace runbook {
namespace {

const char* signal_name(int signal) {
  switch (signal) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    default: return "a signal";
  }
}

StopMode asked_for(InterruptPolicy policy, std::optional<StopMode> before) {
  if (policy == InterruptPolicy::leave) return StopMode::leave;
  if (!before) return policy == InterruptPolicy::ladder ? StopMode::finish_current : StopMode::stop_now;
  return *before == StopMode::finish_current ? StopMode::stop_now : StopMode::leave;
}

}  // namespace

Driver::Driver(RunState& state, Evaluator& evaluator, Host& host, JournalSink& journal, Observer& observer,
               InterruptPolicy interrupts)
    : state_(state),
      evaluator_(evaluator),
      host_(host),
      journal_(journal),
      observer_(observer),
      interrupts_(interrupts) {}

Result<> Driver::run(std::vector<Event> first) {
  const auto drive = [&]() -> Result<> {
    for (const auto& event : first) RUNBOOK_TRY(record(event));
    // What waited when the last engine left.
    for (const auto& [node, asked] : state_.waiting()) ask(asked);
    for (;;) {
      RUNBOOK_TRY(settle());
      for (const auto& [request, verdict] : std::exchange(heard_, {})) host_.settled(request, verdict);
      if (!goes_on()) return paused();
      for (auto& observation : host_.wait(next_wake())) RUNBOOK_TRY(observe(std::move(observation)));
      const auto now = host_.now();
      if (const auto tick = observer_.next_tick(now); tick && *tick <= now) observer_.on_tick(now, state_);
    }
  };
  auto result = drive();
  if (!result) abandon();
  return result;
}

Result<> Driver::paused() {
  if (impatient_ || state_.status() != RunState::Status::waiting) return {};
  RunPaused pause;
  for (const auto& [node, asked] : state_.waiting()) pause.nodes.push_back(node);
  RUNBOOK_TRY(record(pause));
  return settle();
}

bool Driver::goes_on() const {
  if (impatient_) return false;
  const auto status = state_.status();
  return status == RunState::Status::going || (status == RunState::Status::waiting && host_.expects_answers());
}

// Appends, believes, tells. Durable only after the next sync: whoever acts on it must wait for that.
Result<> Driver::record(const Event& event) {
  const auto now = host_.now();
  RUNBOOK_TRY(journal_.append(event, now));
  unsynced_ = true;
  state_.apply(event, now);
  evaluator_.on_event(event, now, state_);
  observer_.on_event(event, now, state_);
  // Whoever was asked need not think about it any longer.
  const auto asked = asked_.find(node_of(event));
  if (asked != asked_.end() && state_[*asked].phase != Phase::waiting && !state_.asks_about(*asked)) {
    host_.withdraw(*asked);
    asked_.erase(asked);
  }
  return {};
}

// Everything the state asks for, in one group commit; then its effects.
Result<> Driver::settle() {
  for (;;) {
    std::vector<Event> effects;
    while (auto todo = state_.next(host_.now())) {
      Event event = std::holds_alternative<Event>(*todo)
                        ? std::get<Event>(std::move(*todo))
                        : state_.resolve(std::get<Question>(*todo),
                                         evaluator_.answer(std::get<Question>(*todo), state_), host_.now());
      RUNBOOK_TRY(record(event));
      effects.push_back(std::move(event));
    }
    if (unsynced_) RUNBOOK_TRY(journal_.sync());
    unsynced_ = false;
    if (effects.empty()) return {};
    for (const auto& event : effects) perform(event);
  }
}

void Driver::perform(const Event& event) {
  if (const auto* attempt = std::get_if<AttemptStarted>(&event)) {
    started_.insert(attempt->node);
    host_.start(evaluator_.take_work(*attempt));
  } else if (const auto* term = std::get_if<TermSent>(&event)) {
    if (!state_.plan()[term->node].is_group()) host_.signal(term->node, Signal::term);
  } else if (const auto* kill = std::get_if<KillSent>(&event)) {
    host_.signal(kill->node, Signal::kill);
  } else if (const auto* asked = std::get_if<ApprovalRequested>(&event)) {
    if (state_[asked->node].phase == Phase::waiting) ask(*asked);
  } else if (const auto* step = std::get_if<StepAsked>(&event)) {
    if (state_.asks_about(step->node)) ask(*step);
  }
}

template <class Asked>
void Driver::ask(const Asked& asked) {
  asked_.insert(asked.node);
  host_.ask(asked);
}

Result<> Driver::observe(Observation observation) {
  if (auto* ended = std::get_if<AttemptEnded>(&observation)) {
    started_.erase(ended->node);
    return record(state_.finished(evaluator_.judge(std::move(*ended), state_, host_.now())));
  }
  if (const auto* interrupted = std::get_if<Interrupted>(&observation)) return interrupt(interrupted->signal);
  if (auto* request = std::get_if<ControlRequest>(&observation)) return hear(std::move(*request));
  return {};
}

// The request is durable as an event of the run, or as one that was refused, before its sender is told.
Result<> Driver::hear(ControlRequest request) {
  auto verdict = verdict_on(request, state_, [this](std::string_view text) { return evaluator_.redact(text); });
  RUNBOOK_TRY(record(verdict));
  heard_.emplace_back(std::move(request), std::move(verdict));
  return {};
}

Result<> Driver::interrupt(int signal) {
  signal_ = signal;
  const auto mode = asked_for(interrupts_, state_.stop_mode());
  // Asked again while what runs has its grace: go at once. The host takes everything along, and a resume finds it lost.
  if (state_.stop_mode() == StopMode::leave) impatient_ = true;
  if (impatient_) return {};
  return record(StopRequested{mode, signal_name(signal)});
}

std::optional<Time> Driver::next_wake() {
  auto wake = state_.deadline();
  if (const auto tick = observer_.next_tick(host_.now())) wake = wake ? std::min(*wake, *tick) : *tick;
  return wake;
}

// The journal is gone, so nothing more may be done that it could not tell: what runs is stopped, with its grace.
void Driver::abandon() {
  std::map<NodeId, Time> kill_at;
  for (const auto node : started_) {
    host_.signal(node, Signal::term);
    kill_at[node] = host_.now() + state_.plan()[node].kill_after;
  }
  std::vector<Event> ends;
  while (!kill_at.empty()) {
    auto first = std::min_element(kill_at.begin(), kill_at.end(),
                                  [](const auto& a, const auto& b) { return a.second < b.second; });
    for (auto& observation : host_.wait(first->second)) {
      if (auto* ended = std::get_if<AttemptEnded>(&observation)) {
        kill_at.erase(ended->node);
        auto end = evaluator_.judge(std::move(*ended), state_, host_.now());
        end.outcome = Outcome::cancelled;
        end.retryable = false;
        end.message = "stopped: the journal could not be written";
        ends.push_back(std::move(end));
      }
      if (std::holds_alternative<Interrupted>(observation))
        for (const auto& [node, due] : kill_at) host_.signal(node, Signal::kill);
    }
    for (auto& [node, due] : kill_at) {
      if (due > host_.now()) continue;
      host_.signal(node, Signal::kill);
      due = Time::max();  // its end follows within 2 s
    }
  }
  // A full disk may still have room for this, and then a resume need not ask. Without room the first error says it all.
  if (!ends.empty()) (void)journal_.append_end(ends, host_.now());
}

}  // namespace runbook
