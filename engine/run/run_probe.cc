// Probes: the questions whether the effect of a step or group is in place. Each moment of asking has a node of its own,
// and comes again when the action does: before the first attempt, after a success, about a lost attempt, after the
// undo.
#include "base/check.h"
#include "run/run_state.h"

namespace runbook {

bool RunState::ask(NodeId owner, ProbeMoment moment) {
  const auto probe = (*plan_)[owner].probe(moment);
  if (probe == no_node) return false;
  auto& asked = nodes_[probe];
  CHECK(asked.phase == Phase::pending || asked.phase == Phase::ended);
  asked.phase = Phase::pending;
  asked.earlier = asked.attempts;
  asked.outcome = Outcome::succeeded;
  asked.message.clear();
  nodes_[owner].probe = probe;
  if (moment == ProbeMoment::before || moment == ProbeMoment::after) enter(owner, Phase::probing);
  touch(probe);
  return true;
}

void RunState::lose(NodeId id) {
  nodes_[id].stop.reset();
  nodes_[id].probe = no_node;
  enter(id, Phase::lost);
  ask(id, ProbeMoment::resume);
}

// What a probe could not tell the last engine, it may tell this one.
void RunState::ask_again() {
  for (const auto id : std::set<NodeId>(lively_)) {
    const auto& state = nodes_[id];
    if (state.phase != Phase::lost || state.probe == no_node || nodes_[state.probe].phase != Phase::ended) continue;
    if (probe_answer(nodes_[state.probe].outcome) == ProbeAnswer::none) ask(id, ProbeMoment::resume);
  }
}

bool RunState::asking(NodeId lost) const {
  const auto probe = nodes_[lost].probe;
  return probe != no_node && nodes_[probe].phase != Phase::ended;
}

bool RunState::probe_has_turn(const Node& probe) const {
  const auto& owner = nodes_[probe.owner];
  if (owner.probe != probe.id) return false;
  switch (probe.moment) {
    case ProbeMoment::before:
    case ProbeMoment::after: return owner.phase == Phase::probing;
    case ProbeMoment::resume: return owner.phase == Phase::lost;
    case ProbeMoment::undo: return mode_ == Mode::rolling_back && owner.undo == NodeState::Undo::undoing;
  }
  return false;
}

// An answer that need not be asked for again: before the action either will do, after it an effect may take its time.
bool RunState::wanted(const Node& probe, Outcome outcome) const {
  const auto answer = probe_answer(outcome);
  switch (probe.moment) {
    case ProbeMoment::before: return answer != ProbeAnswer::none;
    case ProbeMoment::after:
    case ProbeMoment::resume: return answer == ProbeAnswer::yes;
    case ProbeMoment::undo: return answer == ProbeAnswer::no;
  }
  return true;
}

void RunState::probe_ended(NodeId id) {
  const auto& probe = (*plan_)[id];
  const auto& asked = nodes_[id];
  const auto answer = probe_answer(asked.outcome);
  if (probe.moment == ProbeMoment::undo)
    return undo_ended(probe.owner, answer == ProbeAnswer::no ? NodeState::Undo::undone : NodeState::Undo::failed);
  if (probe.moment != ProbeMoment::resume) return judge_by(asked, probe.owner);
  auto& owner = nodes_[probe.owner];
  CHECK(owner.phase == Phase::lost);
  if (answer == ProbeAnswer::yes) {
    owner.outcome = Outcome::succeeded;
    owner.message = "the engine died while it ran; its probe found the effect in place";
    enter(probe.owner, Phase::judged);
  } else {
    if (answer == ProbeAnswer::no) settled(probe.owner);
    touch(probe.owner);
  }
}

// Before the first attempt, and after the action succeeded.
void RunState::judge_by(const NodeState& probe, NodeId id) {
  auto& owner = nodes_[id];
  CHECK(owner.phase == Phase::probing);
  const bool before = owner.probe == (*plan_)[id].probe(ProbeMoment::before);
  const auto fail = [&](std::string message) {
    owner.outcome = probe.outcome == Outcome::cancelled ? Outcome::cancelled : Outcome::failed;
    owner.message = std::move(message);
  };
  switch (probe_answer(probe.outcome)) {
    case ProbeAnswer::yes:
      if (before) {
        owner.outcome = Outcome::unchanged;
        owner.message = "its probe found the effect in place";
      }
      break;
    case ProbeAnswer::no:
      if (before) return open(id);
      fail("effect not observed: " + probe.message);
      break;
    case ProbeAnswer::none:
      // The action may well have worked: a probe that sees nothing is no reason to do it twice.
      owner.retryable = false;
      fail(std::string(before ? "not started: " : "effect not observed: ") +
           (probe.outcome == Outcome::cancelled ? "" : "its probe gave no answer: ") + probe.message);
      break;
  }
  enter(id, Phase::judged);
}

}  // namespace runbook
