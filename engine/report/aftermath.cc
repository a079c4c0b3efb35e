#include "report/aftermath.h"

#include <algorithm>

#include "report/step_text.h"
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
  after.unknown = view.all_with(NodeStatus::unknown);
  after.did_not_run = view.all_with(NodeStatus::pending);
  std::vector<NodeId> left;
  if (view.result()) {
    after.undone = view.result()->undone;
    left = view.result()->not_undone;
  } else {
    left = view.undo_stack();
    for (const auto id : view.rollback())
      if (view[id].status == NodeStatus::undone) after.undone.push_back(id);
  }
  for (const auto id : left) {
    const auto& unknown = after.unknown;
    if (std::find(unknown.begin(), unknown.end(), id) != unknown.end() && !view.has_undo(id)) continue;
    if (view.has_undo(id)) {
      after.not_undone.push_back({id, command_by_hand(view, id, style), why_not(view, id, style)});
    } else if (view.plan() && view.plan()->nodes[id].effect == NodeEffect::irreversible) {
      const auto* step = view.step(id);
      const auto why = step && !step->why.empty() ? ": " + one_line(step->why, style) : "";
      after.not_undone.push_back({id, "", "irreversible" + why});
    } else {
      after.in_place.push_back({id, "", "it has no undo"});
    }
  }
  return after;
}

}  // namespace runbook
