// RecordedRun: what every report about a past run is a function of. The same run gives the same report, byte for byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/wall_time.h"
#include "view/log_source.h"
#include "view/run_view.h"

namespace runbook {

// One record of a journal: what happened, on the run's own clock, and what the wall showed.
struct RecordedEvent {
  Event event;
  Time at{};
  WallTime wall{};
};

// What verifying the run's journal established.
struct Proof {
  bool intact = false;  // nothing contradicts it; of a run that was left, without a seal
  std::string summary;  // `intact, sealed, 41 records`
  std::vector<std::string> problems, checked, not_checked;
  std::string head;  // the hash of the last good record, in hexadecimal digits
  std::uint64_t records = 0;
};

// Owns nothing: what it refers to must outlive it. `view` is the fold of `events`; the first of them is RunStarted.
struct RecordedRun {
  const RunView& view;
  const std::vector<RecordedEvent>& events;
  const LogSource& logs;
  Proof proof;
  bool running = false;                 // an engine drives it right now
  std::string rolled_back = {};         // `later by run …`; empty: no other run undid it
  std::vector<std::string> locks = {};  // a line each: which, and what became of those it kept
};

}  // namespace runbook
