// A run that has been, read back: for show, logs and what resumes later.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/prepared.h"
#include "journal/reader.h"
#include "report/wall.h"
#include "report/words/failure.h"
#include "view/run_view.h"

namespace runbook {

// The run's directory, or nothing: why is on stderr then.
std::optional<std::string> find_past_run(const std::string& text, const Invocation& invocation);

struct PastRun {
  std::string directory;
  std::optional<Prepared> prepared;  // of the snapshot; nothing when this engine cannot read it
  std::optional<RunView> view;
  WallTime started{};
  std::string started_at;  // the same as the journal has it
  // Of a run that rolls back another: that one's events and those of what it rolled back itself, oldest first, or why
  // they cannot be believed; and the run that began it all, whose values its undo steps see. Else its own.
  std::vector<std::pair<Event, Time>> before;
  std::string broken_link;
  RunStarted origin;
  std::string origin_started_at;
  std::vector<std::string> lineage;            // its id, then those of the runs it rolls back, newest first
  std::vector<std::pair<Event, Time>> events;  // run_started first
  bool sealed = false;
  Digest head{};                // of the journal, after its last good record
  std::string notes_problem;    // what is wrong with the notes beside it; empty: nothing
  std::vector<WallTime> walls;  // of each event: when its record was written
};

// An exit code when it cannot be read: why is on stderr then.
std::variant<PastRun, int> read_past_run(const std::string& text, const Invocation& invocation);

// It has ended, and says so for good. What cannot be found or read has not.
bool has_ended(const std::string& text, const Invocation& invocation);

// The logs of a run's directory, the end of each.
LogSource log_source(const std::string& directory);

}  // namespace runbook
