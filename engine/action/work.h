// What an action is once it is rendered: the work a host is given, and how it tells that it ended.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "action/http_work.h"
#include "base/duration.h"
#include "base/result.h"
#include "plan/plan.h"
#include "run/event.h"
#include "script/script_run.h"

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

}  // namespace runbook
