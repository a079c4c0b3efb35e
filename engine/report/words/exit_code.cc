#include "report/words/exit_code.h"

namespace runbook {
namespace {

int of_outcome(RunOutcome outcome, const RunEnd& end) {
  switch (outcome) {
    case RunOutcome::succeeded: return end.handler_failed ? exit_codes::failed : exit_codes::ok;
    case RunOutcome::warned: return end.handler_failed || end.strict ? exit_codes::failed : exit_codes::ok;
    case RunOutcome::refused: return exit_codes::refused;
    case RunOutcome::failed: return end.rejected ? exit_codes::cancelled : exit_codes::failed;
    case RunOutcome::rolled_back:
      if (end.asked_to_undo) return end.handler_failed ? exit_codes::failed : exit_codes::ok;
      return end.rejected ? exit_codes::cancelled : exit_codes::rolled_back;
    case RunOutcome::rollback_incomplete: return exit_codes::rollback_incomplete;
    case RunOutcome::cancelled: return end.interrupted_by > 0 ? 128 + end.interrupted_by : exit_codes::cancelled;
    case RunOutcome::unknown: return exit_codes::unknown;
  }
  return exit_codes::our_bug;
}

}  // namespace

int exit_code(const RunEnd& end) {
  if (end.journal_failed) return exit_codes::journal;
  if (end.outcome) return of_outcome(*end.outcome, end);
  if (end.interrupted_by > 0) return 128 + end.interrupted_by;
  if (end.lost) return exit_codes::unknown;
  if (end.cancelled) return exit_codes::cancelled;
  return end.paused ? exit_codes::paused : exit_codes::our_bug;
}

}  // namespace runbook
