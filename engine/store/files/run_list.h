// The runs there have been, and finding one by what a person remembers of its id.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "base/wall_time.h"
#include "run/event.h"

namespace runbook {

// Read from the first and the last record alone, hashes unchecked: cheap, for lists. verify_run() is for proof.
struct RunSummary {
  enum class Status {
    ended,    // has an outcome
    live,     // an engine drives it now
    stopped,  // neither: it waits to be resumed, or its engine died
  };
  std::string id;
  std::string runbook, user;  // empty when the engine died before the first record
  std::optional<WallTime> started;
  Status status = Status::stopped;
  bool paused = false;  // of a stopped one: it waits for people
  std::optional<RunOutcome> outcome;
  std::string rollback_of;  // the run that it undoes; may be empty
  std::string failed_step;  // the first that failed, of a run that ended; may be empty
  Duration duration{};      // run clock at the last whole record
};

// Newest first, at most `limit`. No state directory: no runs.
Result<std::vector<RunSummary>> list_runs(const std::string& state_directory, std::size_t limit = SIZE_MAX);
RunSummary summarize_run(const std::string& run_directory);

// The last run that was begun to undo this one, if any.
Result<std::optional<RunSummary>> rollback_of_run(const std::string& state_directory, const std::string& run_id);

// The id that `text` means: `last`, an id, the only one with this beginning, or else the only one with this part.
// An error lists candidates.
Result<std::string> find_run(const std::string& state_directory, const std::string& text);

}  // namespace runbook
