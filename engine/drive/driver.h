// Driver: the loop that makes a run happen. It records, then believes, then acts:
//
//   next() says what happened or must happen → the record is appended, and durable → applied → only then the effect
//
// A run, a resume, a rehearsal and a simulation are this loop with other hands.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "drive/evaluator.h"
#include "drive/host.h"
#include "drive/observer.h"
#include "journal/journal_sink.h"
#include "run/run_state.h"

namespace runbook {

// What a signal asks for.
enum class InterruptPolicy {
  ladder,    // at a terminal: finish the step, then stop it, then leave everything
  rollback,  // stop the step, then roll back; again: leave
  leave,     // stop the step and leave: the follow-up is another command's (CI)
};

class Driver {
 public:
  Driver(RunState& state, Evaluator& evaluator, Host& host, JournalSink& journal, Observer& observer,
         InterruptPolicy interrupts);

  // Drives the run until it is finished, left, stuck or waits for people who are not there (RunState::status), or a
  // signal came while it was being left:
  // then attempts are still in flight and end with the host. `first` are the events that begin it:
  // run_started, or run_resumed and what was lost. An error is the journal's, and final: nothing was started after it,
  // and everything that ran has been stopped.
  Result<> run(std::vector<Event> first);

  // The last signal that asked the run to stop; 0: none.
  int interrupted_by() const { return signal_; }

 private:
  Result<> record(const Event& event);
  Result<> settle();
  void perform(const Event& event);
  template <class Asked>
  void ask(const Asked& asked);
  Result<> observe(Observation observation);
  Result<> hear(ControlRequest request);
  Result<> interrupt(int signal);
  bool goes_on() const;
  Result<> paused();
  void abandon();
  std::optional<Time> next_wake();

  RunState& state_;
  Evaluator& evaluator_;
  Host& host_;
  JournalSink& journal_;
  Observer& observer_;
  InterruptPolicy interrupts_;
  int signal_ = 0;
  bool unsynced_ = false;
  bool impatient_ = false;
  std::vector<std::pair<ControlRequest, Event>> heard_;  // to be told to the host when they are durable
  std::set<NodeId> asked_;                               // steps about which the host asks people
  std::set<NodeId> started_;                             // attempts the host has been given and has not ended
};

}  // namespace runbook
