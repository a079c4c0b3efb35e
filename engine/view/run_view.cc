#include "view/run_view.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace runbook {
namespace {

NodeStatus status_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::succeeded: return NodeStatus::succeeded;
    case Outcome::unchanged: return NodeStatus::unchanged;
    case Outcome::warned: return NodeStatus::warned;
    case Outcome::failed: return NodeStatus::failed;
    case Outcome::timed_out: return NodeStatus::timed_out;
    case Outcome::skipped: return NodeStatus::skipped;
    case Outcome::cancelled: return NodeStatus::cancelled;
    case Outcome::unknown: return NodeStatus::unknown;
  }
  return NodeStatus::unknown;
}

bool is_bad(Outcome outcome) { return outcome == Outcome::failed || outcome == Outcome::timed_out; }

std::optional<std::int64_t> integer_in(const Value& result, std::string_view key) {
  const auto* value = result.find(key);
  return value && value->is_integer() ? std::optional(value->as_integer()) : std::nullopt;
}

// A journal is input: labels that no plan would give must not send us in circles or out of bounds.
std::vector<NodeLabel> sound(std::vector<NodeLabel> labels) {
  const auto size = static_cast<NodeId>(labels.size());
  for (auto& label : labels) {
    if (label.parent >= size) label.parent = no_node;
    if (label.owner >= size) label.owner = no_node;
    const bool serves = label.kind == NodeKind::undo || label.kind == NodeKind::check ||
                        label.kind == NodeKind::probe || label.kind == NodeKind::overrun;
    const bool vague = label.kind == NodeKind::probe && !probe_moment_of(label.name);
    if ((serves && label.owner == no_node) || vague) label.kind = NodeKind::handler;
  }
  for (auto& label : labels) {
    NodeId steps = 0;
    for (auto id = label.parent; id != no_node && steps <= size; id = labels[id].parent) ++steps;
    if (steps > size) label.parent = no_node;
  }
  return labels;
}

}  // namespace

std::string_view status_word(NodeStatus status) {
  static constexpr std::array<std::string_view, 15> words{
      "pending",   "running", "backing off", "waiting", "succeeded", "unchanged", "warned",     "failed",
      "timed out", "skipped", "cancelled",   "unknown", "undoing",   "undone",    "undo failed"};
  return words[static_cast<std::size_t>(status)];
}

Duration NodeView::took(Time now) const {
  if (!ready) return {};
  return std::max(Duration(0), finished.value_or(now) - *ready);
}

NodeView& RunView::node(NodeId id) {
  CHECK(id < nodes_.size());
  return nodes_[id];
}

const Step* RunView::step(NodeId id) const {
  return plan_ && id < plan_->nodes.size() ? plan_->nodes[id].step : nullptr;
}

void RunView::apply(const Event& event, Time at) {
  last_ = std::max(last_, at);
  std::visit([&](const auto& e) { on(e, at); }, event);
}

void RunView::on(const RunStarted& e, Time) {
  if (stage_ == Stage::finished && !e.rollback_of.empty() && e.nodes.size() == nodes_.size()) return reopen(e);
  if (stage_ != Stage::not_started) return;  // a journal that says it twice: the first holds
  stage_ = Stage::steps;
  header_ = e;
  names_ = NodeNames(sound(e.nodes));
  add_nodes(0);
}

// Another run, which undoes this one.
void RunView::reopen(const RunStarted& e) {
  header_ = e;
  stage_ = Stage::undoing;
  result_.reset();
  stop_.reset();
  resumes_ = 0;
  rollback_.clear();
  ended_.clear();
  active_.clear();
  last_ = Time{};
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    auto& view = nodes_[id];
    const auto& label = names_[id];
    const bool undone = label.kind == NodeKind::undo && nodes_[label.owner].status == NodeStatus::undone;
    if (label.kind == NodeKind::handler || (label.kind == NodeKind::undo && !undone)) view = NodeView{};
    const bool half_undone = view.status == NodeStatus::undo_failed || view.status == NodeStatus::undoing;
    if (half_undone) view.status = view.outcome ? status_of(*view.outcome) : NodeStatus::unknown;
  }
}

void RunView::on(const NodeReady& e, Time at) {
  auto& view = node(e.node);
  const auto& label = names_[e.node];
  view.status = NodeStatus::running;
  view.ready = at;
  view.deadline = e.deadline;
  budgets_[e.node] = e.budget;
  if (label.kind == NodeKind::probe) {  // it may be asked again
    view.outcome.reset();
    view.finished.reset();
    view.attempt_began.reset();
  }
  if (label.kind != NodeKind::group) active_.push_back(e.node);
  if (label.kind == NodeKind::undo) node(label.owner).status = NodeStatus::undoing;
  if (label.kind == NodeKind::handler) stage_ = Stage::handlers;
}

void RunView::on(const NodeSkipped& e, Time at) { end(e.node, Outcome::skipped, e.reason, at); }

void RunView::on(const LoopExpanded& e, Time) {
  const auto before = names_.size();
  auto labels = names_.labels();
  labels.insert(labels.end(), e.nodes.begin(), e.nodes.end());
  names_ = NodeNames(sound(std::move(labels)));
  add_nodes(before);
  if (!plan_ || e.node >= plan_->nodes.size() || !plan_->nodes[e.node].is_loop()) return;
  auto grown = std::make_shared<Plan>(*plan_);
  grown->expand(e.node, e.items);
  if (grown->nodes.size() == names_.size()) plan_ = (own_plan_ = std::move(grown)).get();
}

void RunView::add_nodes(std::size_t first) {
  nodes_.resize(names_.size());
  undo_.resize(names_.size());
  undo_probes_.resize(names_.size(), no_node);
  budgets_.resize(names_.size());
  for (auto id = static_cast<NodeId>(first); id < names_.size(); ++id) {
    if (names_[id].kind == NodeKind::step) ++steps_;
    if (names_[id].kind == NodeKind::undo) undo_[names_[id].owner].push_back(id);
    if (names_[id].kind == NodeKind::probe && probe_moment_of(names_[id].name) == ProbeMoment::undo)
      undo_probes_[names_[id].owner] = id;
  }
}

void RunView::on(const AttemptStarted& e, Time at) {
  auto& view = node(e.node);
  view.status = NodeStatus::running;
  view.attempts = e.attempt;
  view.attempt_began = at;
  if (!view.ready) view.ready = at;
  if (!view.deadline) view.deadline = e.deadline;
  view.command = e.command;
  view.retry_due.reset();
  view.stopping.reset();
  view.killed = view.lost = false;
  view.blamed = no_node;
  mark_started(e.node);
}

void RunView::mark_started(NodeId id) {
  const auto kind = names_[id].kind;
  if (kind != NodeKind::step && kind != NodeKind::group) {
    node(id).started = true;
    return;
  }
  // A group is older than its first member: it is undone after all of them.
  std::vector<NodeId> begun;
  for (; id != no_node; id = names_[id].parent)
    if (!std::exchange(node(id).started, true)) begun.push_back(id);
  started_.insert(started_.end(), begun.rbegin(), begun.rend());
}

void RunView::on(const TermSent& e, Time) { node(e.node).stopping = e.reason; }

void RunView::on(const KillSent& e, Time) { node(e.node).killed = true; }

void RunView::keep_outputs(NodeView& view, const Value& outputs) {
  for (const auto& [name, value] : outputs.as_map()) view.outputs.emplace_back(name, to_text(value));
}

void RunView::on(const AttemptFinished& e, Time) {
  auto& view = node(e.node);
  view.message = e.message;
  view.log = e.log;
  view.warnings = e.warnings;
  view.artifacts.insert(view.artifacts.end(), e.artifacts.begin(), e.artifacts.end());
  view.killed_background += e.killed_background;
  view.unkillable = view.unkillable || e.unkillable;
  view.exit_code = integer_in(e.result, "exit_code");
  view.http_status = integer_in(e.result, "status");
  view.outputs.clear();
  if (const auto* outputs = e.result.find("outputs"); outputs && outputs->is_map()) keep_outputs(view, *outputs);
}

void RunView::on(const AttemptLost& e, Time) {
  auto& view = node(e.node);
  view.lost = true;
  view.status = NodeStatus::unknown;
  view.message = "the engine died while it was running";
}

void RunView::on(const RetryScheduled& e, Time) {
  auto& view = node(e.node);
  view.status = NodeStatus::backing_off;
  view.retry_due = e.due;
}

void RunView::on(const NodeFinished& e, Time at) {
  if (e.outputs.is_map()) keep_outputs(node(e.node), e.outputs);
  end(e.node, e.outcome, e.message, at);
}

void RunView::end(NodeId id, Outcome outcome, const std::string& message, Time at) {
  auto& view = node(id);
  const auto& label = names_[id];
  view.outcome = outcome;
  view.status = status_of(outcome);
  view.finished = at;
  view.retry_due.reset();
  if (!message.empty()) view.message = message;
  ended_.push_back(id);
  active_.erase(std::remove(active_.begin(), active_.end(), id), active_.end());
  if (label.kind == NodeKind::step) ++steps_ended_;
  if (label.kind == NodeKind::undo) undo_ended(label.owner);
  if (label.kind == NodeKind::probe) probe_ended(id);
  if (label.kind != NodeKind::group || (outcome != Outcome::skipped && outcome != Outcome::unchanged)) return;
  // The members of a group that was spared have no events of their own.
  for (NodeId member = 0; member < nodes_.size(); ++member) {
    auto& inside = nodes_[member];
    if (inside.finished || !is_inside(member, id)) continue;
    inside.outcome = Outcome::skipped;
    inside.status = NodeStatus::skipped;
    inside.finished = at;
    if (names_[member].kind == NodeKind::step) ++steps_ended_;
  }
}

bool RunView::fails_by_itself(NodeId group) const {
  if (names_[group].kind != NodeKind::group || nodes_[group].outcome != Outcome::failed) return false;
  for (NodeId id = 0; id < names_.size(); ++id)
    if ((names_[id].parent == group || names_[id].owner == group) && nodes_[id].outcome &&
        !satisfies(*nodes_[id].outcome))
      return false;
  return true;
}

std::vector<NodeId> RunView::in_order() const {
  std::vector<std::vector<NodeId>> inside(nodes_.size());
  std::vector<NodeId> open, order;
  for (NodeId id = 0; id < names_.size(); ++id) {
    const auto around = names_[id].parent != no_node ? names_[id].parent : names_[id].owner;
    if (around != no_node && around != id)
      inside[around].push_back(id);
    else
      open.push_back(id);
  }
  std::reverse(open.begin(), open.end());
  while (!open.empty()) {
    const auto id = open.back();
    open.pop_back();
    order.push_back(id);
    open.insert(open.end(), inside[id].rbegin(), inside[id].rend());
    inside[id].clear();
  }
  return order;
}

bool RunView::is_inside(NodeId id, NodeId group) const {
  while (id != no_node && id != group) id = names_[id].parent;
  return id == group;
}

void RunView::on(const BudgetExceeded& e, Time at) {
  auto& view = node(e.node);
  view.over_budget = budgets_[e.node].value_or(at) - view.ready.value_or(at);
}

bool RunView::disappoints(NodeId probe) const {
  const auto& outcome = nodes_[probe].outcome;
  const auto moment = probe_moment_of(names_[probe].name);
  if (names_[probe].kind != NodeKind::probe || !outcome || *outcome == Outcome::cancelled || !moment) return false;
  const auto answer = probe_answer(*outcome);
  switch (*moment) {
    case ProbeMoment::before:
    case ProbeMoment::resume: return answer == ProbeAnswer::none;
    case ProbeMoment::after: return answer != ProbeAnswer::yes;
    case ProbeMoment::undo: return answer != ProbeAnswer::no;
  }
  return false;
}

void RunView::probe_ended(NodeId probe) {
  const auto owner = names_[probe].owner;
  if (undo_probes_[owner] == probe) return undo_ended(owner);
  if (disappoints(probe)) node(owner).blamed = probe;
}

void RunView::undo_ended(NodeId owner) {
  const auto& steps = undo_[owner];
  const auto probe = undo_probes_[owner];
  const bool probed = probe == no_node || nodes_[probe].outcome.has_value();
  const auto failed = [&](NodeId id) { return nodes_[id].outcome && !satisfies(*nodes_[id].outcome); };
  const auto done = [&](NodeId id) { return nodes_[id].outcome && satisfies(*nodes_[id].outcome); };
  if (std::any_of(steps.begin(), steps.end(), failed) || (probe != no_node && disappoints(probe))) {
    node(owner).status = NodeStatus::undo_failed;
  } else if (std::all_of(steps.begin(), steps.end(), done) && probed) {
    node(owner).status = NodeStatus::undone;
  }
}

void RunView::on(const StopRequested& e, Time) { stop_ = e; }

void RunView::on(const RollbackStarted& e, Time) {
  stage_ = Stage::undoing;
  rollback_ = e.nodes;
}

void RunView::on(const RunResumed&, Time) {
  ++resumes_;
  stop_.reset();
}

void RunView::on(const RunFinished& e, Time) {
  stage_ = Stage::finished;
  result_ = e;
}

std::vector<NodeId> RunView::undo_stack() const {
  std::vector<NodeId> stack;
  for (auto id = started_.rbegin(); id != started_.rend(); ++id) {
    const auto& view = nodes_[*id];
    const bool nothing_done = view.outcome == Outcome::skipped || view.outcome == Outcome::unchanged;
    if (has_undo(*id) && !nothing_done && view.status != NodeStatus::undone) stack.push_back(*id);
  }
  return stack;
}

bool RunView::failure_allowed(NodeId id) const {
  const auto serves = names_[id].kind;
  if (serves == NodeKind::check || serves == NodeKind::probe) id = names_[id].owner;
  const auto kind = names_[id].kind;
  const bool handles = kind == NodeKind::handler || kind == NodeKind::overrun;
  if (handles) return plan_ && plan_->nodes[id].allow_failure;
  if (kind != NodeKind::step && kind != NodeKind::group) return false;
  // Without a plan the end tells: a run that went well had no other failures.
  if (!plan_) return result_ && (result_->outcome == RunOutcome::succeeded || result_->outcome == RunOutcome::warned);
  for (; id != no_node; id = names_[id].parent)
    if (plan_->nodes[id].allow_failure) return true;
  return false;
}

std::vector<NodeId> RunView::failures() const {
  std::vector<char> explained(nodes_.size(), 0);  // by a failed check or member
  std::vector<NodeId> found;
  for (const auto id : ended_) {
    const auto& label = names_[id];
    // What a probe says ends its step; only after an undo it has the last word itself.
    if (label.kind == NodeKind::probe) {
      if (undo_probes_[label.owner] == id && disappoints(id)) found.push_back(id);
      continue;
    }
    // Of an undo it does not matter why it is not done.
    if (!is_bad(*nodes_[id].outcome) && (label.kind != NodeKind::undo || satisfies(*nodes_[id].outcome))) continue;
    const auto stands_for = label.kind == NodeKind::check ? label.owner : label.parent;
    if (stands_for != no_node && label.kind != NodeKind::undo) explained[stands_for] = 1;
    if (!explained[id] && !failure_allowed(id)) found.push_back(nodes_[id].blamed == no_node ? id : nodes_[id].blamed);
  }
  return found;
}

std::vector<NodeId> RunView::all_with(NodeStatus status) const {
  std::vector<NodeId> found;
  for (NodeId id = 1; id < nodes_.size(); ++id) {
    const auto& label = names_[id];
    if ((label.kind != NodeKind::step && label.kind != NodeKind::group) || nodes_[id].status != status) continue;
    // The root has no events of its own.
    const bool said_by_group =
        label.parent != no_node && label.parent != root_node && nodes_[label.parent].status == status;
    if (!said_by_group) found.push_back(id);
  }
  return found;
}

}  // namespace runbook
