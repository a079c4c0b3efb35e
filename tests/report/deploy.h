// The runbook that most report tests run, and the ways to look at a run of it.
#pragma once

#include <string>

#include "report/live/plain_report.h"
#include "report/live/tty_report.h"
#include "report/story.h"
#include "report/words/summary.h"

namespace runbook::test {

// backup, migrate (undo), switch_release (undo), healthy, on_failure[1], finally[1].
Story deploy();

// The record of the attempt at `healthy` that gives up after twelve answers of 503.
Story& healthy_gives_up(Story& story);

RunView view_of(const Story& story);

inline constexpr Style plain_style{false, true};
inline constexpr Style ascii_style{false, false};

SummaryOptions summary_options(Style style = plain_style);
// What a terminal of 100 columns shows when it is over, the closing block included.
std::string on_terminal(Story& story, Style style = plain_style);
// The same as lines for a log.
std::string as_plain(Story& story);

}  // namespace runbook::test
