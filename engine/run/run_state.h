// RunState: the state of one run as a pure function of its events. It decides what happens next; it never does it.
//
//   while (auto todo = state.next(now)) …   an event to record, or a question only expressions or chance can answer
//   state.apply(event, at)                  believe a recorded event
//
// No clock, no descriptor, no thread: a real run, a resume, a rehearsal and a simulation all drive this one type.
// The rules are those of design/semantics.md, "Failure" and "Stopping".
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "run/event.h"

namespace runbook {

// Where a node is. Groups use pending, open and ended only.
enum class Phase {
  pending,      // has not begun, and may never
  asked,        // a person is asked whether it shall begin, or has just said so
  checking,     // its own preconditions run
  probing,      // its probe is asked, before its first attempt or after its success
  open,         // an attempt may start; of a group: its members run
  running,      // an attempt runs
  terminating,  // TERM was sent, KILL follows after kill_after
  killing,      // KILL was sent
  judged,       // the attempt is over: retry or end
  backing_off,  // waits for the next attempt
  waiting,      // for a person's answer
  lost,         // was in flight when the engine died: nobody knows yet
  ended,
};

struct NodeState {
  Phase phase = Phase::pending;
  int attempts = 0;               // started
  int earlier = 0;                // of a probe: those of the times it was asked before
  std::optional<int> start_rank;  // order of the first attempt_started (a group: of its first member's); set = started
  std::optional<Time> deadline;   // of the whole node
  std::optional<Time> attempt_deadline;
  std::optional<Time> budget;            // when it will have taken longer than it should, until it has
  std::optional<Time> wake;              // attempt deadline, kill time or end of backing off, by phase
  std::optional<StopReason> stop;        // why TERM was sent; of a group: all inside is being stopped
  Outcome outcome = Outcome::succeeded;  // judged: of the last attempt; ended: of the node
  std::string message;
  bool retryable = false;
  std::optional<Duration> retry_after;

  std::size_t unmet = 0;   // needs that do not hold yet
  std::size_t cursor = 0;  // the check, or the undo step, whose turn it is
  bool chosen = false;     // asked: and it shall
  NodeId probe = no_node;  // the probe whose turn it is, or was last
  bool overran = false;    // its budget is exceeded: its on_overrun steps have their turns
  // Of a group:
  bool failing = false;    // nothing new starts inside
  std::size_t active = 0;  // members that have begun and not ended
  std::size_t ended = 0;
  bool expanded = false;        // a loop: its instances are there
  bool warned = false;          // a member ended warned, or failed and was allowed to
  std::set<NodeId> candidates;  // pending members whose needs hold

  // Of a step or group after a failure:
  enum class Undo { none, undoing, undone, failed } undo = Undo::none;

  bool started() const { return start_rank.has_value(); }
  bool operator==(const NodeState&) const = default;
};

// What the machine cannot know by itself.
struct Question {
  enum class Kind {
    when,     // does the node's `when` hold?
    prepare,  // render the node's action for attempt `attempt`
    wait,     // how long before the next attempt: `base` with jitter
    items,    // what does the loop go through?
    outputs,  // what does the group, which has succeeded, give to later steps?
  };
  Kind kind;
  NodeId node;
  int attempt = 0;
  Duration base{};
};
struct Answer {
  enum class Kind { yes, no, failed } kind = Kind::yes;  // failed: the expression has no value; the node fails
  std::string text;  // when/no: the reason; prepare/yes: the command for people; failed: why
  Duration wait{};
  Value value = {};           // items/yes: a list; outputs/yes: a map
  ApprovalRequested asked{};  // prepare/yes of a manual step: what a person is told
};
using Todo = std::variant<Event, Question>;

class RunState {
 public:
  // `jobs` limits attempts of steps at once; 0: no limit. The plan must outlive the state, which makes one of its own
  // when a loop adds to it.
  explicit RunState(const Plan& plan, int jobs = 0);

  // REQUIRES: the event is legal now (CHECKed): each names the phases it may come from.
  void apply(const Event& event, Time at);

  // The next thing to do at `now`, or nothing until deadline() or an observation. Deterministic; cheap: it looks at
  // nodes that changed and at due deadlines, never at all.
  std::optional<Todo> next(Time now);
  // What the answer makes of the question.
  Event resolve(const Question& question, Answer answer, Time now) const;
  // When next() has something to do even if nothing is observed.
  std::optional<Time> deadline() const;

  // For attempts that are in flight when a journal has been folded: what a resume must record first.
  std::vector<Event> losses() const;
  // Lost steps that nothing but a person can settle: by NodeFinished (it took effect) or RetryScheduled (it did not).
  const std::set<NodeId>& unsettled() const { return unsettled_; }
  // Manual steps that wait for an answer, and what they ask.
  const std::map<NodeId, ApprovalRequested>& waiting() const { return waiting_; }
  // Somebody is asked whether the step shall begin, and has not answered.
  bool asks_about(NodeId id) const {
    return nodes_[id].phase == Phase::asked && !nodes_[id].chosen && !skips_.count(id);
  }
  // The Event for an attempt that ended: `judged` is what its result says; a stop overrides it.
  AttemptFinished finished(AttemptFinished judged) const;

  enum class Status {
    going,
    finished,     // RunFinished was applied
    interrupted,  // left by StopMode::leave; can be resumed
    waiting,      // nothing can go on but by the answers of people
    unknown,      // a lost attempt that nothing can settle; a person must
  };
  Status status() const;

  const Plan& plan() const { return *plan_; }  // as the events so far have made it
  const NodeState& operator[](NodeId id) const { return nodes_[id]; }
  const std::optional<RunFinished>& result() const { return result_; }
  std::optional<StopMode> stop_mode() const { return stop_; }
  NodeId failed_node() const { return failed_node_; }  // the first that failed the run; no_node
  // What the run would end as, were its handlers done: what `run.outcome` reads in them.
  RunOutcome outcome_so_far() const;
  // Started steps and groups that have an undo, newest start first: what a failure now would undo.
  std::vector<NodeId> undo_stack() const;
  // Something that started may have changed the world, and is not undone.
  bool leaves_changes() const;
  // What a rollback that a person asks for would undo: also what an undo that failed left. Newest start first.
  std::vector<NodeId> left_to_undo() const;
  bool rolling_back() const { return mode_ == Mode::rolling_back; }

  // Equal as far as events decide: what next() has already looked at does not count.
  bool same_as(const RunState& other) const;

 private:
  enum class Mode { not_started, preconditions, forward, rollback_due, rolling_back, handling, closing, finished };

  // run_state.cc: what events change
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
  void reopen();
  void on(const BudgetExceeded&, Time);
  void on(const NoteAdded&, Time) {}
  void on(const RequestRefused&, Time) {}
  void on(const RunPaused&, Time) {}
  void mark_started(NodeId id);
  void enter(NodeId id, Phase phase);  // the one place where a phase changes
  void settled(NodeId id);
  void queue(NodeId id, bool freed);
  void end(NodeId id, Outcome outcome, std::string message);
  void touch(NodeId id) { dirty_.insert(id); }
  void arm(NodeId id, std::optional<Time> after = {});

  // run_follow.cc: what follows from the end of a node
  void release_dependents(NodeId id);
  void fail_scope(NodeId id);
  void member_ended(NodeId id);
  bool failure_allowed(NodeId id) const;  // it has ended badly, and may
  void check_ended(NodeId check);
  void begin(NodeId id);  // its checks hold
  void open(NodeId id);   // it may act
  void undo_step_ended(NodeId undo);
  void undo_ended(NodeId target, NodeState::Undo how);
  void skip_inside(NodeId group);
  void advance();  // mode transitions that follow from what has been applied
  void touch_inside(NodeId group);
  void touch_pending();

  // run_people.cc: what people are asked and say
  void on(const ApprovalRequested&, Time);
  void on(const Approved&, Time);
  void on(const Rejected&, Time);
  void answered(NodeId id, Outcome outcome, std::string message);
  std::optional<Todo> examine_waiting(const Node& node, Time now) const;
  bool is_quiet() const;                                 // nothing goes on but escalations, which run beside the work
  bool asks_before(const Node& node) const;              // stepwise, and it is one that people are asked about
  Event begin_or_ask(const Node& node, Time now) const;  // its turn has come
  void on(const StepAsked&, Time);
  void on(const StepChosen&, Time);
  std::optional<Todo> examine_asked(const Node& node, Time now) const;
  void withdraw(NodeId id);

  // run_probe.cc: the questions whether an effect is in place
  bool ask(NodeId owner, ProbeMoment moment);  // false: it has no such probe
  void lose(NodeId id);
  void ask_again();
  void probe_ended(NodeId probe);
  void judge_by(const NodeState& probe, NodeId owner);
  bool probe_has_turn(const Node& probe) const;
  bool wanted(const Node& probe, Outcome outcome) const;
  bool asking(NodeId lost) const;

  // run_next.cc: what they make necessary
  std::optional<Todo> examine(NodeId id, Time now) const;
  std::optional<Todo> examine_pending(const Node& node, Time now) const;
  std::optional<Todo> examine_group(const Node& node, Time now) const;
  std::optional<Todo> examine_open(const Node& node, Time now) const;
  std::optional<Todo> examine_judged(const Node& node, Time now) const;
  std::optional<Todo> examine_run(Time now) const;
  std::optional<Todo> examine_backing_off(const Node& node, Time now) const;
  std::optional<Todo> examine_lost(const Node& node) const;
  bool is_over_budget(const Node& node, Time now) const;
  bool has_turn(const Node& node) const;      // pending: everything before it is done
  bool scope_closed(const Node& node) const;  // a failure or stop around it: nothing new starts there
  bool held(const Node& node) const;          // a lost step is to be settled first
  static bool limited(const Node& node);      // counts against the limit of jobs
  bool has_slot(const Node& node) const;
  static bool rerunnable(const Node& node) { return node.idempotent || node.effect == NodeEffect::read; }
  std::optional<StopReason> stop_of(const Node& node) const;  // of itself or a group around it
  std::optional<Time> deadline_for(const Node& node, Time now) const;
  std::optional<Time> deadline_around(const Node& node) const;
  NodeReady ready(const Node& node, Time now) const;
  NodeId scope(
      const Node& node) const;  // the group it stands in, checks and probes through their owner; no_node outside
  bool inside(NodeId id, NodeId group) const;

  // run_outcome.cc: how it ends
  RunFinished conclude() const;
  bool wants_rollback() const;
  bool covered(NodeId id) const;
  bool overrun_goes_on() const;

  const Plan* plan_;
  std::shared_ptr<Plan> own_plan_;  // copies of a state share it until one of them changes it
  int jobs_;
  Mode mode_ = Mode::not_started;
  std::vector<NodeState> nodes_;
  std::set<NodeId> in_flight_;    // running, terminating, killing
  std::size_t jobs_taken_ = 0;    // of them: those that count against the limit
  std::set<NodeId> lively_;       // begun and not ended, groups excepted
  std::set<NodeId> queued_;       // with a limit of jobs: open or lost, may be waiting for a slot
  std::set<NodeId> backing_off_;  // likewise
  std::map<NodeId, ApprovalRequested> waiting_;
  std::set<NodeId> unsettled_;  // lost steps that may not simply run again
  int starts_ = 0;
  bool stepwise_ = false;
  std::optional<StopMode> stop_, before_leave_;
  bool cancelled_ = false;   // the stop came before any failure
  bool undo_asked_ = false;  // by a person: the runbook's policy does not count
  bool reopened_ = false;    // it had ended; all that is left to do is to undo it
  NodeId failed_node_ = no_node;
  std::map<NodeId, std::string> skips_;  // by a person, and why
  std::vector<NodeId> targets_;          // of the rollback: steps and groups, newest first
  std::size_t target_ = 0;
  std::vector<NodeId> handlers_;  // of this ending, in order
  std::size_t handler_ = 0;
  std::optional<RunFinished> result_;

  // What next() still has to look at: not part of the state proper.
  std::set<NodeId> dirty_;
  std::set<std::pair<Time, NodeId>> deadlines_;
  std::vector<std::optional<Time>> armed_;
};

}  // namespace runbook
