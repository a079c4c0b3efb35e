// Words for the ends of runs and steps, said the same way by every report.
#pragma once

#include <string>
#include <string_view>

#include "report/style.h"
#include "run/event.h"

namespace runbook {

// `ROLLED BACK`, `ROLLBACK INCOMPLETE`.
std::string_view headline(RunOutcome outcome);
Color color_of(RunOutcome outcome);
// `its time ran out`
std::string_view stop_reason_text(StopReason reason);
// `what runs may finish, then undo`
std::string_view stop_mode_text(StopMode mode);
// What a person lets happen: `run`, `run, and all that follows`.
std::string_view step_choice_text(StepChoice choice);

}  // namespace runbook
