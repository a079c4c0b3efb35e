// A run as one HTML page that a person attaches to an incident: one file, no scripts, nothing fetched from anywhere
// (its Content-Security-Policy says so, too), readable on a phone, in the dark and on paper. Every foreign text is
// escaped.
#pragma once

#include <string>

#include "view/recorded_run.h"

namespace runbook {

std::string html_report(const RecordedRun& run);

}  // namespace runbook
