// Event: what happened in a run, in the past tense. The list of events is the run: everything else (state, terminal,
// report, resume) is a function of it. Whatever is random or read from a clock is in the event.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "base/value.h"
#include "run/node_names.h"

namespace runbook {

enum class Outcome { succeeded, unchanged, warned, failed, timed_out, skipped, cancelled, unknown };
std::string_view outcome_name(Outcome outcome);
// Dependents may start: succeeded, unchanged, warned, skipped.
bool satisfies(Outcome outcome);

enum class RunOutcome { succeeded, warned, refused, failed, rolled_back, rollback_incomplete, cancelled, unknown };
std::string_view run_outcome_name(RunOutcome outcome);

struct RunStarted {
  std::string run_id, runbook, runbook_path, runbook_hash, plan_hash;
  Value params;                          // a map
  std::vector<std::string> secrets;      // names
  std::string user, host, boot_id, engine_version;
  std::vector<std::string> argv;
  std::vector<NodeLabel> nodes;          // every node, by id: lets a reader follow without the runbook
};

// A node begins: a step's `when` held and its needs are met, an undo's or handler's turn has come.
struct NodeReady {
  NodeId node;
  std::optional<Time> deadline;  // of the whole node
};

struct NodeSkipped {
  NodeId node;
  std::string reason;  // `when: params.env == "eu" is false`
};

struct AttemptStarted {
  NodeId node;
  int attempt;                   // from 1
  std::optional<Time> deadline;  // of this attempt: min(node's deadline, attempt_timeout)
  std::string command;           // what is done, rendered, secrets as ***; for people
};

enum class StopReason { timed_out, cancelled, fail_fast };
std::string_view stop_reason_name(StopReason reason);

struct TermSent {
  NodeId node;  // a group: all that runs inside will be stopped
  StopReason reason;
};

struct KillSent {
  NodeId node;
};

// The attempt is over and judged. `failed`, `timed_out` and `cancelled` may be followed by a retry.
struct AttemptFinished {
  NodeId node;
  int attempt;
  Outcome outcome;          // succeeded, warned, failed, timed_out or cancelled
  std::string message;      // why it is not succeeded; empty when it is
  bool retryable = false;   // the step's `retry.if`, or true
  std::optional<Duration> retry_after;  // what an HTTP server asked for
  Value result;             // exit_code signal status outputs duration …, and stdout… where later expressions read it
  std::string log;          // file name under logs/; empty when there was no output
  std::string log_sha256;
  std::uint64_t log_size = 0;
  int killed_background = 0;  // processes that outlived the step's main process and were killed
  bool unkillable = false;    // something survived KILL (uninterruptible sleep)
  std::vector<std::string> warnings;  // unmet `expect` of level warn
};

// The engine died while this attempt was in flight.
struct AttemptLost {
  NodeId node;
  int attempt;
};

struct RetryScheduled {
  NodeId node;
  int next_attempt;
  Time due;
};

struct NodeFinished {
  NodeId node;
  Outcome outcome;
  std::string message;
};

// finish_current: nothing new starts, what runs may end, then rollback. stop_now: what runs is stopped, then rollback.
// leave: what runs is stopped, nothing is undone, the run can be resumed or rolled back.
enum class StopMode { finish_current, stop_now, leave };
std::string_view stop_mode_name(StopMode mode);

struct StopRequested {
  StopMode mode;
  std::string by;  // "SIGINT", "runbook cancel by anna"
};

struct RollbackStarted {
  std::vector<NodeId> nodes;  // steps and groups, newest start first
};

struct RunResumed {
  std::string user, host, boot_id, engine_version;
};

struct RunFinished {
  RunOutcome outcome;
  NodeId failed_node = no_node;     // the first that failed
  std::vector<NodeId> undone;       // in the order of undoing
  std::vector<NodeId> not_undone;   // started, changes something, and still in place
  std::vector<NodeId> failed_handlers;
};

using Event = std::variant<RunStarted, NodeReady, NodeSkipped, AttemptStarted, TermSent, KillSent, AttemptFinished,
                           AttemptLost, RetryScheduled, NodeFinished, StopRequested, RollbackStarted, RunResumed,
                           RunFinished>;

// The node an event is about, or no_node.
NodeId node_of(const Event& event);

}  // namespace runbook
