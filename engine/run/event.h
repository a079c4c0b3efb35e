// Event: what happened in a run, in the past tense. The list of events is the run: everything else (state, terminal,
// report, resume) is a function of it. Whatever is random or read from a clock is in the event.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "base/value.h"
#include "run/node_names.h"

namespace runbook {

enum class Outcome { succeeded, unchanged, warned, failed, timed_out, skipped, cancelled, unknown };
std::string_view outcome_name(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view name);
// Dependents may start: succeeded, unchanged, warned, skipped.
bool satisfies(Outcome outcome);

// What a probe said, by the outcome of its attempt or node. `none`: it could not be started, timed out, was stopped…
enum class ProbeAnswer { yes, no, none };
ProbeAnswer probe_answer(Outcome outcome);

enum class RunOutcome { succeeded, warned, refused, failed, rolled_back, rollback_incomplete, cancelled, unknown };
std::string_view run_outcome_name(RunOutcome outcome);
std::optional<RunOutcome> parse_run_outcome(std::string_view name);

// Begins a run. One with `rollback_of` undoes what an earlier run did: its events go on where that run's end.
struct RunStarted {
  std::string run_id, runbook, runbook_path, runbook_hash, plan_hash;
  Value params;                      // a map
  std::vector<std::string> secrets;  // names
  std::vector<std::string> locks;    // names of those it took before it began
  std::string user, host, boot_id, engine_version;
  std::vector<std::string> argv;
  std::vector<Skip> skips;       // what a person leaves out
  std::vector<NodeLabel> nodes;  // every node, by id: lets a reader follow without the runbook
  std::string rollback_of;       // the id of a run that has ended; empty: it begins at the beginning
  std::string rollback_of_head;  // that run's journal: the hash of its last record, in hexadecimal
  bool stepwise = false;         // somebody is asked before each step
  bool operator==(const RunStarted&) const = default;
};

// A node begins: a step's `when` held and its needs are met, an undo's or handler's turn has come.
struct NodeReady {
  NodeId node;
  std::optional<Time> deadline;     // of the whole node
  std::optional<Time> budget = {};  // when it will have taken longer than it should
  bool operator==(const NodeReady&) const = default;
};

struct NodeSkipped {
  NodeId node;
  std::string reason;  // `when: params.env == "eu" is false`
  bool operator==(const NodeSkipped&) const = default;
};

// A loop has begun: this is what it goes through. Adds nodes to the plan, for good.
struct LoopExpanded {
  NodeId node;
  Value::List items;
  std::vector<NodeLabel> nodes;  // the new ones, by id after those known
  bool operator==(const LoopExpanded&) const = default;
};

struct AttemptStarted {
  NodeId node;
  int attempt;                   // from 1
  std::optional<Time> deadline;  // of this attempt: min(node's deadline, attempt_timeout)
  std::string command;           // what is done, rendered, secrets as ***; for people
  bool operator==(const AttemptStarted&) const = default;
};

enum class StopReason { timed_out, cancelled, fail_fast };
std::string_view stop_reason_name(StopReason reason);
std::optional<StopReason> parse_stop_reason(std::string_view name);

struct TermSent {
  NodeId node;  // a group: all that runs inside will be stopped
  StopReason reason;
  bool operator==(const TermSent&) const = default;
};

struct KillSent {
  NodeId node;
  bool operator==(const KillSent&) const = default;
};

// A file that a step left, as it was copied into the run's directory.
struct Artifact {
  std::string path;  // below artifacts/: `build.1/out/report.xml`
  std::uint64_t size = 0;
  std::string sha256;
  bool operator==(const Artifact&) const = default;
};

// The attempt is over and judged. `failed`, `timed_out` and `cancelled` may be followed by a retry.
struct AttemptFinished {
  NodeId node;
  int attempt;
  // succeeded, warned, failed, timed_out or cancelled. Of a probe succeeded is yes, failed is no, and unknown is an
  // attempt that tells nothing.
  Outcome outcome;
  std::string message;                  // why it is not succeeded; empty when it is
  bool retryable = false;               // the step's `retry.if`, or true
  std::optional<Duration> retry_after;  // what an HTTP server asked for
  Value result;     // exit_code signal status outputs duration …, and stdout… where later expressions read it
  std::string log;  // file name under logs/; empty when there was no output
  std::string log_sha256;
  std::uint64_t log_size = 0;
  int killed_background = 0;          // processes that outlived the step's main process and were killed
  bool unkillable = false;            // something survived KILL (uninterruptible sleep)
  std::vector<std::string> warnings;  // unmet `expect` of level warn, artifacts that are not there…
  std::vector<Artifact> artifacts;
  bool operator==(const AttemptFinished&) const = default;
};

// The engine died while this attempt was in flight.
struct AttemptLost {
  NodeId node;
  int attempt;
  bool operator==(const AttemptLost&) const = default;
};

struct RetryScheduled {
  NodeId node;
  int next_attempt;
  Time due;
  std::string by = {};  // who said that a lost attempt did nothing; empty: the step's own `retry`
  bool operator==(const RetryScheduled&) const = default;
};

struct NodeFinished {
  NodeId node;
  Outcome outcome;
  std::string message;
  Value outputs = {};  // of a group that has some: a map; else null
  bool operator==(const NodeFinished&) const = default;
};

// It takes longer than it should. The work goes on, and its on_overrun steps run beside it.
struct BudgetExceeded {
  NodeId node;
  bool operator==(const BudgetExceeded&) const = default;
};

// finish_current: nothing new starts, what runs may end, then rollback. stop_now: what runs is stopped, then rollback.
// roll_back: the same, and undone even if the runbook's policy would not.
// leave: what runs is stopped, nothing is undone, the run can be resumed or rolled back.
enum class StopMode { finish_current, stop_now, roll_back, leave };
std::string_view stop_mode_name(StopMode mode);
std::optional<StopMode> parse_stop_mode(std::string_view name);

struct StopRequested {
  StopMode mode;
  std::string by;            // "SIGINT", "runbook cancel by anna"
  std::string request = {};  // the id of the control request that brought it
  bool operator==(const StopRequested&) const = default;
};

struct RollbackStarted {
  std::vector<NodeId> nodes;  // steps and groups, newest start first
  bool operator==(const RollbackStarted&) const = default;
};

struct RunResumed {
  std::string user, host, boot_id, engine_version;
  bool stepwise = false;
  bool operator==(const RunResumed&) const = default;
};

struct RunFinished {
  RunOutcome outcome;
  NodeId failed_node = no_node;         // the first that failed
  std::vector<NodeId> undone;           // in the order of undoing
  std::vector<NodeId> not_undone;       // started, changes something, and still in place
  std::vector<NodeId> failed_handlers;  // and on_overrun steps
  bool operator==(const RunFinished&) const = default;
};

// A manual step waits for a person from now on, across the death of the engine: this survives, nothing is in flight.
struct ApprovalRequested {
  NodeId node;
  std::optional<Time> deadline;        // of the whole node
  std::string instructions;            // Markdown, rendered
  std::vector<std::string> checklist;  // to be ticked off, all of it
  std::string confirm;                 // a word that must be typed; empty: none
  std::string role;                    // who is asked; empty: anybody
  Value inputs;                        // what must be given: a list of maps as `params` are declared; null: nothing
  std::string plan_hash;               // what is approved is what runs: an answer must name the same
  bool operator==(const ApprovalRequested&) const = default;
};

// Answers of people. `by` is who, `via` how: "terminal", "runbook approve", "--approve". `request` is the id of the
// control request that brought it; empty: none did.
struct Approved {
  NodeId node;
  std::string by, via, why;
  Value inputs;  // a map of typed values; null when nothing was asked
  std::string plan_hash;
  std::string request = {};
  bool operator==(const Approved&) const = default;
};

struct Rejected {
  NodeId node;
  std::string by, via, why, plan_hash;
  std::string request = {};
  bool operator==(const Rejected&) const = default;
};

// In a stepwise run: somebody is asked whether the step shall begin. Nothing else goes on, and its time has not begun.
struct StepAsked {
  NodeId node;
  bool operator==(const StepAsked&) const = default;
};

enum class StepChoice { run, skip, run_all };  // run_all: and nobody is asked any longer
std::string_view step_choice_name(StepChoice choice);
std::optional<StepChoice> parse_step_choice(std::string_view name);

struct StepChosen {
  NodeId node;
  StepChoice choice;
  std::string by, via;
  bool operator==(const StepChosen&) const = default;
};

// Something a person wants to be remembered; it changes nothing.
struct NoteAdded {
  std::string text, by, via;
  std::string request = {};
  bool operator==(const NoteAdded&) const = default;
};

// The engine ends, because nothing can go on but by the answers of people, and nobody is there. A resume goes on.
struct RunPaused {
  std::vector<NodeId> nodes;  // that wait
  bool operator==(const RunPaused&) const = default;
};

// A control request that was not followed. It changes nothing.
struct RequestRefused {
  std::string request;  // its id
  std::string what;     // `approve switch`; empty when it could not be read
  std::string by;       // who owns it
  std::string reason;
  bool operator==(const RequestRefused&) const = default;
};

using Event = std::variant<RunStarted, NodeReady, NodeSkipped, AttemptStarted, TermSent, KillSent, AttemptFinished,
                           AttemptLost, RetryScheduled, NodeFinished, StopRequested, RollbackStarted, RunResumed,
                           RunFinished, BudgetExceeded, LoopExpanded, ApprovalRequested, Approved, Rejected, NoteAdded,
                           RequestRefused, RunPaused, StepAsked, StepChosen>;

// The node an event is about, or no_node.
NodeId node_of(const Event& event);
// What a reader knows of the nodes after the event: run_started and loops tell of new ones.
void learn(NodeNames& names, const Event& event);

}  // namespace runbook
