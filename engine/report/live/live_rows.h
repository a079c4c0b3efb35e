// The rows of a live region: what runs now, its last output, what comes next, and what happens if it fails now.
#pragma once

#include <string>
#include <vector>

#include "report/live/node_output.h"
#include "report/style.h"
#include "report/terminal.h"
#include "report/words/step_text.h"
#include "view/run_view.h"

namespace runbook {

struct LiveOptions {
  Style style;
  std::string interrupt_hint = "Ctrl-C: stop, undo";  // what the first Ctrl-C does; empty: nothing is said
  bool reduced_motion = false;                        // RUNBOOK_REDUCED_MOTION: nothing turns, one redraw a second
};

// At most 12 rows, fewer than the terminal has, each narrower than it. `frame` turns the spinner.
std::vector<std::string> live_rows(const RunView& view, const NodeOutput& output, const StepColumns& columns,
                                   const LiveOptions& options, TerminalSize size, std::size_t frame, Time now);

// ` 5/8 done  1m37s  if it fails now: undo traffic, migrate  Ctrl-C: stop, undo`
std::string live_footer(const RunView& view, const LiveOptions& options, std::size_t columns, Time now);

}  // namespace runbook
