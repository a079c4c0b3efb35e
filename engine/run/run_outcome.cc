// How a run ends: what is undone, what is not, and the one outcome.
#include <algorithm>

#include "run/run_state.h"

namespace runbook {

std::vector<NodeId> RunState::undo_stack() const {
  std::vector<NodeId> stack;
  for (const auto& node : plan_->nodes)
    if (node.is_step() && !node.undo.empty() && nodes_[node.id].started() &&
        nodes_[node.id].undo == NodeState::Undo::none && nodes_[node.id].outcome != Outcome::unchanged)
      stack.push_back(node.id);
  std::sort(stack.begin(), stack.end(),
            [&](NodeId a, NodeId b) { return *nodes_[a].start_rank > *nodes_[b].start_rank; });
  return stack;
}

std::vector<NodeId> RunState::left_to_undo() const {
  if (mode_ != Mode::finished) return undo_stack();
  RunState ahead = *this;
  ahead.reopen();
  return ahead.undo_stack();
}

bool RunState::leaves_changes() const {
  return std::any_of(plan_->nodes.begin(), plan_->nodes.end(), [&](const Node& node) {
    const auto& state = nodes_[node.id];
    return node.kind == NodeKind::step && node.effect != NodeEffect::read && state.started() &&
           state.outcome != Outcome::unchanged && state.undo != NodeState::Undo::undone && !covered(node.id);
  });
}

bool RunState::wants_rollback() const {
  const bool wanted = plan_->rollback == Plan::Rollback::automatic || undo_asked_;
  return nodes_[root_node].failing && wanted && !undo_stack().empty();
}

// A step without an undo of its own, inside a group whose undo has been done.
bool RunState::covered(NodeId id) const {
  for (auto g = (*plan_)[id].parent; g != no_node; g = (*plan_)[g].parent)
    if (nodes_[g].undo == NodeState::Undo::undone) return true;
  return false;
}

RunOutcome RunState::outcome_so_far() const {
  const auto& root = nodes_[root_node];
  const bool refused = std::any_of(plan_->preconditions.begin(), plan_->preconditions.end(), [&](NodeId id) {
    return nodes_[id].phase == Phase::ended && !satisfies(nodes_[id].outcome);
  });
  if (refused && !cancelled_) return RunOutcome::refused;
  if (!root.failing) return root.warned ? RunOutcome::warned : RunOutcome::succeeded;
  bool irreversible = false, undo_failed = false, rolled_back = !targets_.empty();
  for (const auto& node : plan_->nodes) {
    const auto& state = nodes_[node.id];
    irreversible = irreversible || (state.started() && node.effect == NodeEffect::irreversible &&
                                    node.kind == NodeKind::step && state.undo != NodeState::Undo::undone);
    undo_failed = undo_failed || state.undo == NodeState::Undo::failed;
  }
  if (undo_failed || (rolled_back && irreversible)) return RunOutcome::rollback_incomplete;
  if (cancelled_) return RunOutcome::cancelled;
  return rolled_back ? RunOutcome::rolled_back : RunOutcome::failed;
}

// Beside the work, and after it: who was called is not called off by the end of the work.
bool RunState::overrun_goes_on() const {
  for (const auto& node : plan_->nodes)
    for (const auto id : node.overrun)
      if (nodes_[node.id].overran && nodes_[id].phase != Phase::ended &&
          !(nodes_[id].phase == Phase::pending && stop_ && stop_ != StopMode::leave))
        return true;
  return false;
}

RunFinished RunState::conclude() const {
  RunFinished result;
  result.outcome = outcome_so_far();
  result.failed_node = failed_node_;
  for (const auto id : targets_)
    if (nodes_[id].undo == NodeState::Undo::undone) result.undone.push_back(id);
  if (nodes_[root_node].failing) {
    for (const auto& node : plan_->nodes) {
      const auto& state = nodes_[node.id];
      const bool own_undo = !node.undo.empty();
      if (!node.is_step() || !state.started() || state.undo == NodeState::Undo::undone) continue;
      if (!own_undo && (node.is_group() || node.effect == NodeEffect::read)) continue;
      if (!own_undo && covered(node.id)) continue;
      result.not_undone.push_back(node.id);
    }
    std::sort(result.not_undone.begin(), result.not_undone.end(),
              [&](NodeId a, NodeId b) { return *nodes_[a].start_rank > *nodes_[b].start_rank; });
  }
  const auto tell_failed = [&](NodeId id) {
    if (nodes_[id].phase != Phase::ended || satisfies(nodes_[id].outcome)) return;
    if (!failure_allowed(id))
      result.failed_handlers.push_back(id);
    else if (result.outcome == RunOutcome::succeeded)
      result.outcome = RunOutcome::warned;
  };
  for (const auto& node : plan_->nodes)
    for (const auto id : node.overrun) tell_failed(id);
  for (const auto id : handlers_) tell_failed(id);
  return result;
}

}  // namespace runbook
