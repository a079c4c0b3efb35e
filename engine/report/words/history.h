// The table of past runs, and which of them still need someone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"
#include "report/style.h"
#include "report/wall.h"
#include "run/event.h"

namespace runbook {

struct HistoryRow {
  std::string run_id, runbook, user;
  WallTime started{};
  std::optional<RunOutcome> outcome;  // nullopt: it has no end
  bool running = false;               // an engine holds its lock
  Duration took{};
  std::string note;      // `verify: 503`: what failed and why
  bool settled = false;  // another run, or a person, has dealt with what it left
  bool paused = false;   // it waits for people
};

// A run that a person must look at: rollback incomplete, unknown, or left without an end.
bool needs_attention(const HistoryRow& run);

// In the order given; `total` runs exist, of which these are shown.
std::string history_text(const std::vector<HistoryRow>& runs, std::size_t total, WallTime now, const Style& style);

}  // namespace runbook
