// Session: a run that this process drives: begun by `run`, or taken up again from its directory by `resume`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/past_run.h"
#include "cli/prepared.h"
#include "cli/run_locks.h"
#include "drive/expression_evaluator.h"
#include "host/process/supervisor.h"
#include "journal/writer.h"
#include "redact/redactor.h"
#include "run/run_state.h"
#include "store/files/run_directory.h"
#include "view/run_view.h"

namespace runbook {

struct Session {
  const Invocation& invocation;
  std::optional<Prepared> prepared;
  RunContext context;
  std::shared_ptr<const Redactor> redactor;
  std::string state_directory;
  std::optional<RunDirectory> directory;
  RunLocks locks;
  std::optional<ExpressionEvaluator> evaluator;
  std::optional<JournalWriter> journal;
  // What the wall showed when the last record was written: the event stream tells the same.
  std::shared_ptr<WallTime> recorded_at = std::make_shared<WallTime>(wall_now());

  // Reads the secrets and makes the redactor. 0, or an exit code when `diagnostics` or stderr say why not.
  int take_secrets(Diagnostics& diagnostics);
  // Finds a past run and holds its directory: no other engine may drive it meanwhile. 0, or an exit code: why is on
  // stderr.
  int hold(const std::string& run, std::optional<RunDirectory>& held);
  // Takes its runbook from the past run, its values, and its secrets anew. 0, or an exit code: why is on stderr.
  int adopt(PastRun& past);
  // What is the same for every run that this process drives.
  void fill_context();
  // Takes the locks of the runbook with these parameters. `own_runs`: whose kept locks are ours. 0, or an exit code.
  int take_locks(const Supervisor& supervisor, const DriveArguments& arguments, std::vector<std::string> own_runs);
  JournalOptions journal_options() const;
  RenderOptions rendering() const;

  // Gives the locks back, or leaves them to the run when a person must see to it first; says so.
  Result<> end_locks(const RunState& state);

  // Drives the run to its end, or as far as it goes; says how it ended. `before` is what a resumed run's journal holds.
  // Returns the exit code.
  int drive(Supervisor supervisor, const DriveArguments& arguments, RunState& state, std::vector<Event> first, Time now,
            const RunView* before);
};

}  // namespace runbook
