// A run that has been, read back: for show, logs and what resumes later.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/prepared.h"
#include "journal/reader.h"
#include "report/failure.h"
#include "report/run_view.h"
#include "report/wall.h"

namespace runbook {

// The run's directory, or nothing: why is on stderr then.
std::optional<std::string> find_past_run(const std::string& text, const Invocation& invocation);

struct PastRun {
  std::string directory;
  std::optional<Prepared> prepared;  // of the snapshot; nothing when this engine cannot read it
  std::optional<RunView> view;
  WallTime started{};
  std::string started_at;            // the same as the journal has it
  std::vector<std::pair<Event, Time>> events;  // run_started first
  std::vector<WallTime> walls;                 // of each event: when its record was written
};

// An exit code when it cannot be read: why is on stderr then.
std::variant<PastRun, int> read_past_run(const std::string& text, const Invocation& invocation);

// The logs of a run's directory, the end of each.
LogSource log_source(const std::string& directory);

}  // namespace runbook
