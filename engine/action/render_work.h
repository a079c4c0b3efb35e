// Renders a step's action for one attempt: templates filled, environment built.
#pragma once

#include "action/work.h"
#include "expr/sandbox.h"
#include "plan/plan.h"
#include "values/run_context.h"

namespace runbook {

struct RenderedWork {
  Work work;
  std::string command;  // for people: values in place, secrets as ***
};

// An error is an expression that has no value, or a value that cannot be given to a process or a request.
Evaluated<RenderedWork> render_work(const Plan& plan, const Node& node, int attempt, const RunContext& context,
                                    Sandbox& sandbox);

// The name of an attempt's log file, and of the node in file names: `migrate.undo.1.log`.
std::string log_file_name(const Node& node, int attempt);

}  // namespace runbook
