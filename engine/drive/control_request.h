// ControlRequest: what a person asks of a run while it goes on, from the engine's own terminal or from another process:
// approve or reject a manual step, add a note, cancel. Of a stepwise run also whether a step shall begin; that is only
// asked at the engine's own terminal. And what becomes of it: the event it leads to.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run/event.h"

namespace runbook {

class RunState;

struct ControlRequest {
  enum class Kind { approve, reject, note, cancel, choose };

  std::string id;       // unique in its run; empty: it came from the engine's own terminal
  std::string by, via;  // who: as the system says, never as the request claims; and how
  std::string problem;  // why it cannot be read; then nothing below counts
  Kind kind = Kind::note;
  std::string step, why;                                    // of an answer
  std::string plan_hash;                                    // approve, reject: what the person has seen
  bool checked = false;                                     // approve: every item of the checklist is ticked off
  std::string confirm;                                      // approve: the word that was typed
  std::vector<std::pair<std::string, std::string>> inputs;  // approve: as typed
  std::string text;                                         // of a note
  StopMode mode = StopMode::stop_now;                       // of a cancel
  StepChoice choice = StepChoice::run;                      // choose
};

inline constexpr std::size_t longest_request = 256 << 10;

// `approve switch`, `note`: for messages.
std::string what_of(const ControlRequest& request);

// One JSON object, without id, by and problem.
std::string write_control_request(const ControlRequest& request);
// A request with its `problem` set when the text is not one.
ControlRequest read_control_request(std::string_view text);

// The event of a request: Approved, Rejected, NoteAdded, StopRequested, StepChosen; or RequestRefused, which says why.
// Values that were typed are without secrets. REQUIRES: the run has begun and not ended.
Event verdict_on(const ControlRequest& request, const RunState& state,
                 const std::function<std::string(std::string_view)>& redact);

}  // namespace runbook
