// Checker: follows the events of a history and fails when one breaks a promise. It shares no code with the machine.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/world.h"

namespace runbook::simulation {

class Checker {
 public:
  explicit Checker(const World& world)
      : world_(world),
        plan_(world.scenario().plan),
        nodes_(plan_.nodes.size()),
        closed_(plan_.nodes.size()),
        stopped_(plan_.nodes.size()) {}
  void check();

 private:
  struct Seen {
    int starts = 0, finishes = 0, losses = 0;
    bool asked = false, waits = false;
    std::optional<bool> approved;
    bool running = false, ready = false, ended = false;
    int first_start = -1;
    std::optional<Time> term, deadline, attempt_end, due, budget;
    Outcome outcome = Outcome::succeeded;
    bool lost_for_good = false, stopped_by_leaving = false;
    bool lost = false, exceeded = false;
    bool chosen = false, to_skip = false;       // by a person who was asked whether it shall begin
    Outcome last_attempt = Outcome::cancelled;  // cancelled: none has ended since the last one started
    int answers = 0;                            // of a probe, since the engine that lives now began
    int order_of_undo = -1;
  };

  [[noreturn]] void fail(const std::string& what) const { throw Violation(what); }
  const std::string& name(NodeId id) const { return plan_[id].name; }
  bool rerunnable(const Node& node) const { return node.idempotent || node.effect == NodeEffect::read; }
  NodeId scope(const Node& node) const {
    if (node.kind == NodeKind::precondition) return root_node;
    const bool serves =
        node.kind == NodeKind::check || (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);
    return serves ? plan_[node.owner].parent : node.parent;
  }
  bool bad(NodeId id) const { return !satisfies(nodes_[id].outcome); }
  bool allowed(NodeId id) const {
    const auto outcome = nodes_[id].outcome;
    return plan_[id].allow_failure && (outcome == Outcome::failed || outcome == Outcome::timed_out);
  }
  bool scope_is_closed(const Node& node) const {
    for (auto g = scope(node); g != no_node; g = plan_[g].parent)
      if (closed_[g]) return true;
    return false;
  }
  bool is_stopped(const Node& node) const {
    for (auto g = scope(node); g != no_node; g = plan_[g].parent)
      if (stopped_[g]) return true;
    return false;
  }
  static bool goes_forward(const Node& node) {
    return node.kind == NodeKind::step || node.kind == NodeKind::check || node.kind == NodeKind::precondition ||
           (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);
  }
  // Asks about something that has begun, so that it may still come to its end.
  static bool finishes_something(const Node& node) {
    return node.kind == NodeKind::probe && (node.moment == ProbeMoment::after || node.moment == ProbeMoment::resume);
  }
  // What the probe of this moment said last; nullopt: it was not asked, or has not ended.
  std::optional<ProbeAnswer> said(const Node& owner, ProbeMoment moment) const {
    const auto probe = owner.probe(moment);
    if (probe == no_node || !nodes_[probe].ended) return std::nullopt;
    return probe_answer(nodes_[probe].outcome);
  }
  void see(const RunFinished& e) { result_ = e; }
  void see(const Approved& e) { answer(e.node, true, e.plan_hash); }
  void see(const Rejected& e) { answer(e.node, false, e.plan_hash); }
  void see(const NoteAdded&) {}
  void see(const RequestRefused&) {}

  // check_events.cc: what happens, in the order in which it does
  void lose(const Node& node);
  void see(const RunStarted& e);
  void see(const RunResumed& e);
  void see(const NodeReady& e);
  void see(const NodeSkipped& e);
  void see(const LoopExpanded& e);
  void see(const AttemptStarted& e);
  void see(const TermSent& e);
  void see(const KillSent& e);
  void see(const AttemptFinished& e);
  void see(const AttemptLost& e);
  void see(const RetryScheduled& e);
  void see(const NodeFinished& e);
  void see(const StopRequested& e);
  void see(const RollbackStarted& e);
  void see(const BudgetExceeded& e);
  void check_moment(const Node& probe) const;
  void check_action(const Node& node) const;
  void check_success(const Node& node) const;
  void check_overrun(const Node& node) const;
  bool forward_over() const;

  // check_people.cc: what people are asked and say
  void check_stepwise(const Node& node) const;
  void check_alone(const Node& node) const;
  void see(const StepAsked& e);
  void see(const StepChosen& e);
  void check_waiting() const;
  void see(const ApprovalRequested& e);
  void answer(NodeId id, bool approved, const std::string& plan_hash);
  void see(const RunPaused& e);

  // check_end.cc: how it ends
  void check_finished() const;
  void check_unfinished() const;
  int first_start(NodeId id) const;
  int depth(NodeId id) const;
  void check_rollback() const;
  void check_probes() const;
  void check_handlers() const;
  void check_outcome() const;

  const World& world_;
  Plan plan_;  // grows with the loops
  std::vector<Seen> nodes_;
  std::vector<bool> closed_, stopped_;  // nothing new starts inside; what runs inside is stopped
  std::vector<NodeId> targets_;
  std::optional<RunFinished> result_;
  Time at_{};
  int order_ = 0;
  bool stepwise_ = false;
  NodeId step_asked_ = no_node;
  std::set<NodeId> undone_;  // by earlier runs
  bool reopened_ = false;
  bool cancel_asked_ = false;
  bool cancelled_ = false, failed_ = false, left_ = false, asked_to_cancel_ = false, rolling_back_ = false,
       stopped_before_any_step_ = false;
};

}  // namespace runbook::simulation
