// Looking back at one run: its header, every step, its undo and handlers, and the closing block it ended with.
#pragma once

#include <string>

#include "report/wall.h"
#include "report/words/summary.h"

namespace runbook {

struct ShowOptions {
  SummaryOptions summary;
  WallTime started{};
  std::string verification;        // what `verify` said of the journal: `intact, sealed`
  bool running = false;            // an engine drives it right now
  std::string rolled_back;         // `later by run …`; empty: no other run undid it
  std::vector<std::string> locks;  // a line each: which, and what became of those it kept
};

std::string show_text(const RunView& view, const ShowOptions& options);

}  // namespace runbook
