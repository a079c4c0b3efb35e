// The closing block of a run: why it failed, how it ended, what is undone, what is not, and what to do next. It stands
// last, because that is where people look first.
#pragma once

#include <string>

#include "report/style.h"
#include "report/words/exit_code.h"
#include "report/words/failure.h"
#include "view/run_view.h"

namespace runbook {

struct SummaryOptions {
  Style style;
  std::size_t width = 80;  // of the terminal, for the excerpt of the runbook
  LogSource logs;
  RunEnd end;                 // what the exit code depends on; `outcome` and the like are filled from the view
  std::string journal_error;  // the journal could not be written: why; empty: it could
  bool next = true;           // say which commands come next
  bool recorded = false;      // looking back: a run without an end has no exit code, and its engine is gone
};

// The exit code of the run in the view.
int exit_code_of(const RunView& view, RunEnd end);

// How its outcome line begins: `ROLLED BACK`; of a run without an end `NO END`, `STOPPED` or `UNKNOWN`.
std::string ending_word(const RunView& view, const SummaryOptions& options);
// What that means for the world: `as before the run, except: backup`, `A HUMAN IS NEEDED`.
std::string ending_text(const RunView& view, const SummaryOptions& options);

// Ended by "\n". The same text for terminal and plain output.
std::string summary_text(const RunView& view, const SummaryOptions& options);

}  // namespace runbook
