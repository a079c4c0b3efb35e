// Talking to a run from another process: a request is left in its directory for the engine that drives it, and its
// journal tells what became of it. Without an engine the journal is written here.
#pragma once

#include "cli/past_run.h"
#include "drive/control_request.h"

namespace runbook {

struct ControlTarget {
  std::string state_directory;
  PastRun past;
  bool sealed = false;
  Digest head{};  // of the journal

  const RunView& view() const { return *past.view; }
  const std::string& run() const { return past.view->header().run_id; }
};

// An exit code when it cannot be read: why is on stderr then.
std::variant<ControlTarget, int> find_target(const std::string& run, const Invocation& invocation);

// Brings the request to the run and says what became of it. `done` is what is said when it was recorded: "approved
// `switch`". Returns the exit code: 77 when the run refused it.
int deliver(ControlRequest request, ControlTarget target, const Invocation& invocation, const std::string& done);

}  // namespace runbook
