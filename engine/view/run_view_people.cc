// What people were asked and said, and whom a run waits for.
#include "view/run_view.h"

namespace runbook {

void RunView::on(const ApprovalRequested& e, Time at) {
  auto& view = node(e.node);
  view.status = NodeStatus::waiting;
  if (!view.ready) view.ready = at;
  view.deadline = e.deadline;
  view.command = e.instructions;
  view.asked = e;
  mark_started(e.node);
}

void RunView::on(const Approved& e, Time) {
  auto& view = node(e.node);
  view.status = NodeStatus::running;
  view.answer = {true, e.by, e.via, e.why};
  view.outputs.clear();
  if (e.inputs.is_map())
    for (const auto& [name, value] : e.inputs.as_map()) view.outputs.emplace_back(name, to_text(value));
}

void RunView::on(const Rejected& e, Time) {
  auto& view = node(e.node);
  view.status = NodeStatus::running;
  view.answer = {false, e.by, e.via, e.why};
}

void RunView::on(const NoteAdded& e, Time at) { notes_.push_back({e.text, e.by, e.via, at}); }

std::vector<NodeId> RunView::waiting() const {
  std::vector<NodeId> found;
  for (const auto id : active_)
    if (nodes_[id].status == NodeStatus::waiting) found.push_back(id);
  return found;
}

bool RunView::paused() const {
  // A step whose check waits is active beside it; a check is never a manual step.
  return !result_ && !active_.empty() && waiting().size() == active_.size();
}

bool RunView::rejected() const {
  if (!result_ || result_->failed_node == no_node || result_->failed_node >= nodes_.size()) return false;
  const auto& answer = nodes_[result_->failed_node].answer;
  return answer && !answer->approved;
}

}  // namespace runbook
