// A run as Markdown, for a post-mortem or a ticket: what is not undone, why it failed, the timeline, the steps, the
// record. Foreign text stays text: pipes, backticks and HTML in it are escaped.
#pragma once

#include <string>

#include "view/recorded_run.h"

namespace runbook {

std::string markdown_report(const RecordedRun& run);

}  // namespace runbook
