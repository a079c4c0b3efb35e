#include "report/words/outcome_text.h"

namespace runbook {

std::string_view headline(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::succeeded: return "SUCCEEDED";
    case RunOutcome::warned: return "WARNED";
    case RunOutcome::refused: return "REFUSED";
    case RunOutcome::failed: return "FAILED";
    case RunOutcome::rolled_back: return "ROLLED BACK";
    case RunOutcome::rollback_incomplete: return "ROLLBACK INCOMPLETE";
    case RunOutcome::cancelled: return "CANCELLED";
    case RunOutcome::unknown: return "UNKNOWN";
  }
  return "UNKNOWN";
}

Color color_of(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::succeeded: return Color::green;
    case RunOutcome::warned:
    case RunOutcome::refused:
    case RunOutcome::cancelled: return Color::yellow;
    case RunOutcome::rolled_back: return Color::magenta;
    case RunOutcome::failed:
    case RunOutcome::rollback_incomplete:
    case RunOutcome::unknown: return Color::red;
  }
  return Color::red;
}

std::string_view stop_reason_text(StopReason reason) {
  switch (reason) {
    case StopReason::timed_out: return "its time ran out";
    case StopReason::cancelled: return "the run was cancelled";
    case StopReason::fail_fast: return "another member of its group failed";
  }
  return "";
}

std::string_view step_choice_text(StepChoice choice) {
  switch (choice) {
    case StepChoice::run: return "run";
    case StepChoice::skip: return "skip";
    case StepChoice::run_all: return "run, and all that follows";
  }
  return "";
}

std::string_view stop_mode_text(StopMode mode) {
  switch (mode) {
    case StopMode::finish_current: return "what runs may finish, nothing new starts";
    case StopMode::stop_now:
    case StopMode::roll_back: return "what runs is stopped, nothing new starts";
    case StopMode::leave: return "what runs is stopped, everything else is left as it is";
  }
  return "";
}

}  // namespace runbook
