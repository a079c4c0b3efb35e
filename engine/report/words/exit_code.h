// The exit codes of a command that drove a run: what happened to the run, never a child's own code.
#pragma once

#include <optional>

#include "run/event.h"

namespace runbook {

namespace exit_codes {
inline constexpr int ok = 0;
inline constexpr int failed = 1;  // failed, left as it is
inline constexpr int rolled_back = 3;
inline constexpr int rollback_incomplete = 4;  // a human is needed
inline constexpr int paused = 5;
inline constexpr int unknown = 6;
inline constexpr int cancelled = 7;
inline constexpr int usage = 64;
inline constexpr int invalid = 65;  // runbook or parameters
inline constexpr int not_found = 66;
inline constexpr int unreachable = 69;
inline constexpr int our_bug = 70;
inline constexpr int journal = 74;  // the journal cannot be written
inline constexpr int locked = 75;
inline constexpr int refused = 77;  // a precondition said no
inline constexpr int bad_config = 78;
}  // namespace exit_codes

// How a run ended, as far as its exit code can tell.
struct RunEnd {
  std::optional<RunOutcome> outcome;  // nullopt: it is not finished, only left
  bool handler_failed = false;
  bool lost = false;           // a step's outcome is unknown
  bool asked_to_undo = false;  // a run of its own for that: undone completely, it did what it was asked to do
  bool rejected = false;       // a person said no, and that is why it failed
  bool paused = false;         // it only waits for people
  bool cancelled = false;      // left as `runbook cancel` asked
  bool journal_failed = false;
  bool strict = false;     // `warned` is not good enough
  int interrupted_by = 0;  // the signal that asked it to stop
};

// The state of the world comes before the signal: 130 says "stopped as asked", never hides a failed rollback.
int exit_code(const RunEnd& end);

}  // namespace runbook
