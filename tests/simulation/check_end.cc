// How a history ends: whatever was promised has been kept.
#include <algorithm>
#include <utility>

#include "simulation/checker.h"

namespace runbook::simulation {

void Checker::check_finished() const {
  if (!result_) fail("finished without run_finished");
  for (const auto& node : plan_.nodes)
    if (nodes_[node.id].running) fail("`" + node.name + "` still runs at the end");
  check_rollback();
  check_probes();
  check_handlers();
  check_outcome();
}

void Checker::check_unfinished() const {
  if (result_) fail("run_finished, but the driver says it is not");
  if (world_.status() == RunState::Status::waiting) {
    bool waits = false;
    for (const auto& seen : nodes_) {
      if (seen.running) fail("waits for people while something runs");
      waits = waits || seen.waits;
    }
    if (!waits) fail("waits for people, but nobody was asked");
    if (!world_.history().empty() && !std::holds_alternative<RunPaused>(world_.history().back().event))
      fail("left waiting without saying so");
    return;
  }
  if (world_.status() == RunState::Status::unknown) {
    bool any = false;
    for (const auto& node : plan_.nodes) {
      if (!nodes_[node.id].lost_for_good || nodes_[node.id].ended) continue;
      any = true;
      const auto probe = node.probe(ProbeMoment::resume);
      if (said(node, ProbeMoment::resume) == ProbeAnswer::yes)
        fail("`" + node.name + "` is unknown, but its probe settled it");
      if (probe != no_node && nodes_[probe].answers == 0)
        fail("`" + node.name + "` is unknown, but its probe was not asked");
    }
    if (!any) fail("unknown, but no attempt was lost for good");
  }
  if (world_.status() == RunState::Status::interrupted && !left_) fail("interrupted, but nobody asked to leave");
}

int Checker::first_start(NodeId id) const {
  if (!plan_[id].is_group()) return nodes_[id].first_start;
  int first = -1;
  for (const auto member : plan_[id].members) {
    const int start = first_start(member);
    if (start >= 0 && (first < 0 || start < first)) first = start;
  }
  return first;
}

int Checker::depth(NodeId id) const {
  int depth = 0;
  for (auto g = plan_[id].parent; g != no_node; g = plan_[g].parent) ++depth;
  return depth;
}

void Checker::check_rollback() const {
  std::vector<NodeId> expected;
  if (closed_[root_node] && (plan_.rollback == Plan::Rollback::automatic || reopened_))
    for (const auto& node : plan_.nodes)
      if (node.is_step() && !node.undo.empty() && first_start(node.id) >= 0 && undone_.count(node.id) == 0)
        expected.push_back(node.id);
  // Newest first; a group is as old as its first member and is undone after it.
  std::sort(expected.begin(), expected.end(), [&](NodeId a, NodeId b) {
    return first_start(a) != first_start(b) ? first_start(a) > first_start(b) : depth(a) > depth(b);
  });
  if (expected != targets_) fail("the rollback is not every started step with an undo, newest first");
  int order = -1;
  for (const auto target : targets_) {
    bool failed = false;
    for (const auto undo : plan_[target].undo) {
      const auto& seen = nodes_[undo];
      if (failed ? seen.first_start >= 0 : !seen.ended) fail("`" + name(undo) + "` had its turn at the wrong time");
      if (failed) continue;
      if (seen.order_of_undo <= order) fail("`" + name(undo) + "` was undone out of order");
      if (seen.outcome == Outcome::succeeded && seen.finishes == 0)
        fail("`" + name(undo) + "` is done without an attempt");
      order = seen.order_of_undo;
      failed = bad(undo);
    }
    if (plan_[target].probe(ProbeMoment::undo) != no_node) {
      const auto answer = said(plan_[target], ProbeMoment::undo);
      if (answer.has_value() == failed)
        fail("`" + name(target) + "`: its probe was not asked after the undo, or without one");
      failed = failed || answer != ProbeAnswer::no;
    }
    const bool told = std::count(result_->undone.begin(), result_->undone.end(), target) == 1;
    if (told == failed) fail("`" + name(target) + "` is not told as it was undone");
    const bool told_left = std::count(result_->not_undone.begin(), result_->not_undone.end(), target) == 1;
    if (told_left != failed) fail("`" + name(target) + "` is not told as it was left");
  }
  for (const auto& node : plan_.nodes)
    if (node.kind == NodeKind::undo && nodes_[node.id].first_start >= 0 &&
        std::count(targets_.begin(), targets_.end(), node.owner) == 0)
      fail("`" + node.name + "` ran although nothing had to be undone");
}

void Checker::check_probes() const {
  for (const auto& node : plan_.nodes)
    if (said(node, ProbeMoment::before) == ProbeAnswer::yes && nodes_[node.id].outcome != Outcome::unchanged)
      fail("`" + node.name + "` is in place, but did not end unchanged");
  for (const auto& node : plan_.nodes)
    for (const auto id : node.overrun) {
      if (nodes_[node.id].exceeded && !cancel_asked_ && !nodes_[id].ended)
        fail("`" + name(id) + "` never had its turn");
      const bool told = std::count(result_->failed_handlers.begin(), result_->failed_handlers.end(), id) == 1;
      if (told != (nodes_[id].ended && bad(id) && !allowed(id))) fail("`" + name(id) + "` is not told as it ended");
    }
}

void Checker::check_handlers() const {
  bool refused = stopped_before_any_step_;  // such a run ran nothing, so there is nothing to handle
  for (const auto id : plan_.preconditions) refused = refused || !nodes_[id].ended || bad(id);
  std::vector<NodeId> expected;
  if (!refused) {
    // Undone because somebody asked for it, it has neither failed nor succeeded.
    if (!reopened_) expected = closed_[root_node] ? plan_.on_failure : plan_.on_success;
    expected.insert(expected.end(), plan_.finally.begin(), plan_.finally.end());
  }
  for (const auto& node : plan_.nodes) {
    if (node.kind != NodeKind::handler) continue;
    const bool due = std::count(expected.begin(), expected.end(), node.id) == 1;
    if (due != nodes_[node.id].ended) fail("a handler " + std::string(due ? "did not run" : "ran without cause"));
    const bool told = std::count(result_->failed_handlers.begin(), result_->failed_handlers.end(), node.id) == 1;
    if (due && told != (bad(node.id) && !allowed(node.id))) fail("a failed handler is not told, or an allowed one is");
  }
}

void Checker::check_outcome() const {
  const auto outcome = result_->outcome;
  bool refused = false, warned = false, undo_failed = false, irreversible = false;
  for (const auto id : plan_.preconditions) refused = refused || (nodes_[id].ended && bad(id));
  for (const auto& node : plan_.nodes) {
    const auto& seen = nodes_[node.id];
    undo_failed = undo_failed || (node.kind == NodeKind::undo && seen.ended && bad(node.id)) ||
                  said(node, ProbeMoment::undo).value_or(ProbeAnswer::no) != ProbeAnswer::no;
    const bool was_undone =
        undone_.count(node.id) > 0 || std::count(result_->undone.begin(), result_->undone.end(), node.id) == 1;
    const bool handles = node.kind == NodeKind::handler || node.kind == NodeKind::overrun;
    warned = warned || (node.is_step() && seen.ended && (allowed(node.id) || seen.outcome == Outcome::warned)) ||
             (handles && seen.ended && allowed(node.id));
    irreversible = irreversible || (node.effect == NodeEffect::irreversible && node.kind == NodeKind::step &&
                                    seen.first_start >= 0 && !was_undone);
    if (refused && node.kind == NodeKind::step && seen.first_start >= 0) fail("a refused run ran `" + node.name + "`");
  }
  RunOutcome expected = warned ? RunOutcome::warned : RunOutcome::succeeded;
  if (refused && !cancelled_) {
    expected = RunOutcome::refused;
  } else if (closed_[root_node]) {
    expected = undo_failed || (irreversible && !targets_.empty()) ? RunOutcome::rollback_incomplete
               : cancelled_                                       ? RunOutcome::cancelled
               : targets_.empty()                                 ? RunOutcome::failed
                                                                  : RunOutcome::rolled_back;
  } else {
    for (const auto member : plan_[root_node].members)
      if (!nodes_[member].ended) fail("succeeded, but `" + name(member) + "` has not ended");
  }
  if (outcome != expected)
    fail("the outcome is " + std::string(run_outcome_name(outcome)) + ", but the events say " +
         std::string(run_outcome_name(expected)));
}

}  // namespace runbook::simulation
