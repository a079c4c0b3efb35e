// RunView: what a report must know of a run, folded from its events. A recorded journal gives the same view as the live
// run did, so every renderer is a function of this and nothing else.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run/event.h"

namespace runbook {

enum class NodeStatus {
  pending,
  running,
  backing_off,
  waiting,  // for a person
  succeeded,
  unchanged,
  warned,
  failed,
  timed_out,
  skipped,
  cancelled,
  unknown,
  undoing,
  undone,
  undo_failed,  // of a step or group, after its own end
};
// The word for people and for grep: `succeeded`, `timed out`, `undo failed`.
std::string_view status_word(NodeStatus status);

// What a person said to a manual step.
struct AnswerView {
  bool approved = false;
  std::string by, via, why;
};

struct NodeView {
  NodeStatus status = NodeStatus::pending;
  std::optional<Outcome> outcome;  // of its own work; an undo does not change it
  int attempts = 0;                // started
  bool started = false;            // it, or a member of it, began an attempt: it may have changed something
  std::optional<Time> ready, attempt_began, finished;
  std::optional<Time> deadline;        // of the node, else of the attempt
  std::optional<Time> retry_due;       // while backing off
  std::optional<StopReason> stopping;  // TERM was sent to the attempt
  bool killed = false;
  bool lost = false;    // the engine died while an attempt was in flight
  std::string message;  // why it is not succeeded, or was skipped
  std::string command;  // of the last attempt, rendered
  std::vector<std::string> warnings;
  std::vector<Artifact> artifacts;  // of all its attempts
  std::vector<std::pair<std::string, std::string>> outputs;
  std::optional<std::int64_t> exit_code, http_status;
  std::string log;  // file name under logs/; empty: no output
  int killed_background = 0;
  bool unkillable = false;
  std::optional<Duration> over_budget;     // it took longer than this, which it should not
  NodeId blamed = no_node;                 // the probe whose answer ended it, since its last attempt
  std::optional<ApprovalRequested> asked;  // a manual step whose turn came
  std::optional<AnswerView> answer;

  // From ready to the end, or to `now` while it lasts.
  Duration took(Time now) const;
};

struct NoteView {
  std::string text, by, via;
  Time at{};
};

class RunView {
 public:
  // With a plan, titles, undo commands and allowed failures are known before they are used; it must outlive the view.
  explicit RunView(const Plan* plan = nullptr) : plan_(plan) {}

  void apply(const Event& event, Time at);

  enum class Stage { not_started, steps, undoing, handlers, finished };
  Stage stage() const { return stage_; }
  // Empty before RunStarted was applied, as is all that follows. Of a run that rolls back another, whose events were
  // applied before: its own; what that run did is still known, but for its failures and its time.
  const RunStarted& header() const { return header_; }
  bool is_rollback() const { return !header_.rollback_of.empty(); }
  const NodeNames& names() const { return names_; }
  std::size_t size() const { return nodes_.size(); }
  // A group that failed although nothing in it did: an input or an output without a value, say.
  bool fails_by_itself(NodeId group) const;
  // Every node as a person reads a plan: what is in a group under it. Instances of loops have the last ids, but stand
  // where their loop does.
  std::vector<NodeId> in_order() const;
  const NodeView& operator[](NodeId id) const { return nodes_[id]; }
  const Plan* plan() const { return plan_; }
  const Step* step(NodeId id) const;  // what the author wrote, when there is a plan

  Time last() const { return last_; }  // of the last event
  const std::optional<RunFinished>& result() const { return result_; }
  const std::optional<StopRequested>& stop() const { return stop_; }
  int resumes() const { return resumes_; }
  const std::vector<NoteView>& notes() const { return notes_; }
  // Manual steps that wait for an answer; and whether nothing but such goes on in a run without an end.
  std::vector<NodeId> waiting() const;
  bool paused() const;
  // A person said no, and that is why the run did not succeed.
  bool rejected() const;

  // Leaves (steps, not groups) and how many of them have ended.
  std::size_t steps() const { return steps_; }
  std::size_t steps_ended() const { return steps_ended_; }
  // Begun and not ended, groups excepted, in the order of their beginning. A step whose check runs is there, too.
  const std::vector<NodeId>& active() const { return active_; }

  bool has_undo(NodeId id) const { return !undo_[id].empty(); }
  const std::vector<NodeId>& undo_nodes(NodeId id) const { return undo_[id]; }
  NodeId undo_probe(NodeId id) const { return undo_probes_[id]; }  // no_node: nothing asks whether it is undone
  // What the run would undo if it failed now: started steps and groups with an undo that is not done, newest first.
  std::vector<NodeId> undo_stack() const;
  // Steps and groups, as the rollback has them; empty before it began.
  const std::vector<NodeId>& rollback() const { return rollback_; }
  Plan::Rollback policy() const { return plan_ ? plan_->rollback : Plan::Rollback::automatic; }

  // What failed or timed out and is itself the reason: a failed check stands for its step, a failed member for its
  // group. In the order of time; failures that the plan allows are not in it.
  std::vector<NodeId> failures() const;
  bool failure_allowed(NodeId id) const;
  // Of a probe: its last answer is not the one that lets its step go on, or be undone.
  bool disappoints(NodeId probe) const;
  // Steps and groups with this status, in the order of the file; of a group that is as a whole so, the group.
  std::vector<NodeId> all_with(NodeStatus status) const;

 private:
  void on(const RunStarted&, Time);
  void on(const NodeReady&, Time);
  void on(const NodeSkipped&, Time);
  void on(const LoopExpanded&, Time);
  void on(const AttemptStarted&, Time);
  void on(const TermSent&, Time);
  void on(const KillSent&, Time);
  void on(const AttemptFinished&, Time);
  void on(const AttemptLost&, Time);
  void on(const RetryScheduled&, Time);
  void on(const NodeFinished&, Time);
  void on(const StopRequested&, Time);
  void on(const RollbackStarted&, Time);
  void on(const RunResumed&, Time);
  void on(const RunFinished&, Time);
  void on(const BudgetExceeded&, Time);
  void on(const ApprovalRequested&, Time);
  void on(const Approved&, Time);
  void on(const Rejected&, Time);
  void on(const NoteAdded&, Time);
  void on(const RequestRefused&, Time) {}
  void on(const RunPaused&, Time) {}
  void on(const StepAsked&, Time) {}
  void on(const StepChosen&, Time) {}
  void mark_started(NodeId id);
  NodeView& node(NodeId id);
  void reopen(const RunStarted& e);
  void end(NodeId id, Outcome outcome, const std::string& message, Time at);
  void undo_ended(NodeId owner);
  void probe_ended(NodeId probe);
  bool is_inside(NodeId id, NodeId group) const;

  const Plan* plan_;
  Stage stage_ = Stage::not_started;
  RunStarted header_;
  void add_nodes(std::size_t first);
  static void keep_outputs(NodeView& view, const Value& outputs);

  std::shared_ptr<const Plan> own_plan_;  // with what loops have added; plan_ points to it
  NodeNames names_;
  std::vector<NodeView> nodes_;
  std::vector<std::vector<NodeId>> undo_;  // by owner
  std::vector<NodeId> undo_probes_;        // by owner
  std::vector<std::optional<Time>> budgets_;
  std::vector<NodeId> active_;
  std::vector<NodeId> started_;  // steps and groups, by first attempt
  std::vector<NodeId> ended_;    // all kinds, by their end
  std::vector<NodeId> rollback_;
  std::optional<StopRequested> stop_;
  std::optional<RunFinished> result_;
  std::size_t steps_ = 0, steps_ended_ = 0;
  int resumes_ = 0;
  std::vector<NoteView> notes_;
  Time last_{};
};

}  // namespace runbook
