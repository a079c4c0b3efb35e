// The timeline of a run: what happened when, and who had it done, as a person would tell it. One entry a fact: a step
// that ended, an attempt that failed, a stop that somebody asked for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "report/style.h"
#include "view/recorded_run.h"

namespace runbook {

struct TimelineEntry {
  WallTime at{};                  // when its record was written; of several alike, the first
  std::optional<WallTime> until;  // of several alike, the last
  Duration since_start{};         // by the wall
  NodeId node = no_node;          // no_node: it is about the run
  std::optional<Symbol> symbol;   // nothing began or ended well or badly
  std::string who;                // a person or a signal; empty: the engine, as the runbook says
  std::string what;               // `started`, `undone`, `11 attempts failed`, `rollback started`
  std::optional<Duration> took;
  std::string detail;  // one line, safe to show; may be empty
};

// In the order of the journal. A quick step has one entry, its end; one that took a while has its start as well, so
// that it can be seen what was going on at a time. Failed attempts with the same message are one entry.
std::vector<TimelineEntry> timeline_of(const RecordedRun& run);

// `0:40`, `12:07`, `1:02:03`
std::string show_since(Duration since_start);
// The name it is told under: a step's, of an undo what it undoes; empty: the run itself.
std::string told_name(const RunView& view, const TimelineEntry& entry);
// The engine does what the runbook says; a person or a signal is named: `by anna`, empty for the engine.
std::string told_who(const TimelineEntry& entry);
// `12.0s`; empty when it would be no more than `0.0s`.
std::string told_took(const TimelineEntry& entry);

}  // namespace runbook
