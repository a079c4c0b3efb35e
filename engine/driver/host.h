// Host: everything of a run that is not deterministic, behind one wait point. Abstract so that the same driver and
// state machine run against the real world, a simulation, a rehearsal and a test.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "base/value.h"
#include "driver/control_request.h"
#include "driver/http_work.h"
#include "lua/script_run.h"
#include "plan/plan.h"
#include "run/event.h"

namespace runbook {

// A process to start. With a script the shell is argv[0] and reads the script from descriptor 10; else argv is run as
// it is. stdin is /dev/null. `env` is the whole environment of the child.
struct ProcessWork {
  std::vector<std::string> argv;
  std::optional<std::string> script;
  std::vector<std::pair<std::string, std::string>> env;
  std::string cwd;  // empty: the engine's own
};

// A Lua script, run in a process of its own that ends as any other.
struct ScriptWork {
  ScriptJob job;
};

struct WaitWork {
  Duration duration{};
};

struct Work {
  NodeId node = 0;
  int attempt = 1;
  std::string log_name;          // `migrate.1.log`
  std::optional<Time> deadline;  // for information: the driver sends the signals
  std::variant<ProcessWork, HttpWork, WaitWork, ScriptWork> action;
  std::vector<std::string> artifacts = {};  // of a process: patterns of the files to keep when it has ended
};

// How an attempt ended.
struct Termination {
  enum class Kind {
    exited,       // code
    signaled,     // code is the signal
    not_started,  // the program, its directory or its interpreter: reason says which and why
    http,         // an answer arrived: code is the status
    transport,    // no answer, or not whole: reason
    waited,       // a wait is over
    stopped,      // an HTTP request or a wait was ended by signal()
  };
  Kind kind = Kind::exited;
  int code = 0;
  std::string reason;
};

// What a server sent, complete and on disk beside the place it is meant for. Dropped, it leaves nothing there.
class Download {
 public:
  virtual ~Download() = default;
  virtual std::uint64_t size() const = 0;
  virtual const std::string& sha256() const = 0;
  // Puts it in its place, in one step. Once.
  virtual Result<> keep() = 0;
};

// One request of a chain that a redirect answered.
struct Redirect {
  int status = 0;
  std::string from, to;  // `GET http://a/b?…`: without credentials and query, which may hold some
};

// All output has been redacted.
struct AttemptEnded {
  NodeId node = 0;
  int attempt = 1;
  Termination how;
  std::string out, err;  // the last 1 MiB of each, raw bytes; of HTTP the body is in `out`
  bool out_cut = false, err_cut = false;
  std::vector<std::pair<std::string, std::string>> headers;  // HTTP, names in lower case
  std::vector<Redirect> redirects;                           // HTTP, in their order
  std::shared_ptr<Download> download;  // HTTP with save_to, when there was something to save; else nullptr
  std::int64_t answered_at = 0;        // HTTP: seconds since 1970 UTC on the wall, when the answer had arrived
  std::vector<std::pair<std::string, std::string>> outputs;  // what it wrote to $RUNBOOK_OUTPUT
  std::string outputs_error;                                 // $RUNBOOK_OUTPUT could not be read: why, with its line
  std::optional<ScriptEnd> script;                           // of a script that came to its end
  std::string log, log_sha256;
  std::uint64_t log_size = 0;
  std::string log_error;  // the log is not whole (a full disk): why; the attempt itself went on
  int killed_background = 0;
  bool unkillable = false;
  std::vector<Artifact> artifacts;             // kept, and on disk
  std::vector<std::string> artifact_problems;  // what could not be kept, and why
  std::vector<std::string> artifacts_missing;  // patterns that match nothing, in words
};

struct Interrupted {
  int signal = 0;  // SIGINT, SIGTERM or SIGHUP
};

struct WaitEnd {};  // `until` has come, or there is something new to show

using Observation = std::variant<AttemptEnded, Interrupted, WaitEnd, ControlRequest>;

enum class Signal { term, kill };

class Host {
 public:
  virtual ~Host() = default;

  virtual Time now() = 0;
  // Begins the work and returns; that it could not begin is an AttemptEnded with not_started, too. Exactly one
  // AttemptEnded follows for each start.
  virtual void start(Work work) = 0;
  // To everything the attempt started. After kill an AttemptEnded follows within 2 s, whatever the processes do, and
  // the time it takes to keep its artifacts. Nothing happens when the attempt has ended meanwhile.
  virtual void signal(NodeId node, Signal signal) = 0;
  // Sleeps until something happened or `until` has come. Never empty.
  virtual std::vector<Observation> wait(std::optional<Time> until) = 0;

  // People. A host without any never answers.
  //
  // A manual step waits: whoever is there is told. The answer, from them or from elsewhere, is a ControlRequest.
  virtual void ask(const ApprovalRequested&) {}
  // A stepwise run waits: whoever is there is asked. It must be somebody: a host without people cannot step.
  virtual void ask(const StepAsked&) {}
  // The step waits no longer. Nothing happens when nobody was asked about it.
  virtual void withdraw(NodeId) {}
  // What became of a control request is durable: `verdict` is the event it led to, or a RequestRefused.
  virtual void settled(const ControlRequest&, const Event&) {}
  // wait() may bring answers. Without, a run that can only wait for people is left.
  virtual bool expects_answers() const { return false; }
};

}  // namespace runbook
