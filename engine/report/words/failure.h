// The block that says why something failed: what, where in the runbook, the cause, the command, the end of its output.
#pragma once

#include <string>

#include "report/style.h"
#include "source/diagnostic.h"
#include "view/log_source.h"
#include "view/run_view.h"

namespace runbook {

// RB200 failed, RB201 did not reach its expected result, RB202 timed out, RB203 precondition, RB204 undo.
Diagnostic failure_diagnostic(const RunView& view, NodeId id, const LogSource& logs, const Style& style);

// The same as text, ended by "\n"; `width` is for the line of source only: commands and output are never cut to it.
std::string failure_text(const RunView& view, NodeId id, const LogSource& logs, const Style& style, std::size_t width);

}  // namespace runbook
