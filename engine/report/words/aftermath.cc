#include "report/words/aftermath.h"

#include <unordered_set>

#include "report/words/step_text.h"
#include "runbook/runbook.h"

namespace runbook {
namespace {

// Why a step with an undo is not undone.
std::string why_not(const RunView& view, NodeId id, const Style& style) {
  for (const auto undo : view.undo_nodes(id)) {
    const auto& node = view[undo];
    if (!node.outcome || satisfies(*node.outcome)) continue;
    return detail_text(view, undo, style);
  }
  if (const auto probe = view.undo_probe(id); probe != no_node && view.disappoints(probe))
    return "its probe: " + detail_text(view, probe, style);
  if (view[id].status == NodeStatus::undoing) return "its undo was not finished";
  if (!view.result()) return "the run was left before it was undone";
  switch (view.policy()) {
    case Plan::Rollback::manual: return "`rollback: manual`";
    case Plan::Rollback::never: return "`rollback: never`";
    case Plan::Rollback::automatic: return "the run ended before it was undone";
  }
  return {};
}

// The undo that failed is the one to do by hand; else all of them.
std::string command_by_hand(const RunView& view, NodeId id, const Style& style) {
  for (const auto undo : view.undo_nodes(id)) {
    const auto& node = view[undo];
    if (node.outcome && !satisfies(*node.outcome) && !node.command.empty()) return one_line(node.command, style);
  }
  return undo_text(view, id, style);
}

}  // namespace

Aftermath aftermath_of(const RunView& view, const Style& style) {
  Aftermath after;
  if (view.stage() == RunView::Stage::not_started) return after;
  if (!view.is_rollback()) after.did_not_run = view.all_with(NodeStatus::pending);

  std::unordered_set<NodeId> told;
  for (const auto id : view.all_with(NodeStatus::unknown)) {
    const auto& node = view[id];
    told.insert(id);
    after.unknown.push_back(
        {id, one_line(node.message, style), one_line(node.command, style), undo_text(view, id, style)});
  }
  std::vector<NodeId> left;
  if (view.result()) {
    after.undone = view.result()->undone;
    left = view.result()->not_undone;
  } else {
    for (const auto id : view.active()) {
      if (view[id].status == NodeStatus::waiting) continue;  // nothing is in flight
      if (view.names()[id].kind != NodeKind::step || !view[id].started || !told.insert(id).second) continue;
      after.interrupted.push_back(
          {id, "was in flight when the engine ended", one_line(view[id].command, style), undo_text(view, id, style)});
    }
    left = view.undo_stack();
    for (const auto id : view.rollback())
      if (view[id].status == NodeStatus::undone) after.undone.push_back(id);
  }
  for (const auto id : left) {
    if (told.count(id) > 0) continue;
    if (view.has_undo(id)) {
      after.not_undone.push_back({id, why_not(view, id, style), "", command_by_hand(view, id, style)});
    } else if (view.plan() && view.plan()->nodes[id].effect == NodeEffect::irreversible) {
      const auto* step = view.step(id);
      const auto why = step && !step->why.empty() ? ": " + one_line(step->why, style) : "";
      after.not_undone.push_back({id, "irreversible" + why, "", ""});
    } else {
      const auto& outcome = view[id].outcome;
      const bool half = outcome && !satisfies(*outcome);
      after.in_place.push_back({id, half ? "what it did before it ended; it has no undo" : "it has no undo", "", ""});
    }
  }
  return after;
}

}  // namespace runbook
