// JournalSink: where the driver's events go before they have an effect. Abstract so that tests can keep them in
// memory, tear them and lose them.
#pragma once

#include <vector>

#include "base/result.h"
#include "run/event.h"

namespace runbook {

class JournalSink {
 public:
  virtual ~JournalSink() = default;

  // Takes the event; it may be lost until sync() has returned. `at` is the run clock.
  virtual Result<> append(const Event& event, Time at) = 0;
  // All appended events are on disk. An error of either is final: the sink must not be used again.
  virtual Result<> sync() = 0;
  // After an error only: how what was in flight ended, written and synced, if the sink kept room for it. Else an error.
  virtual Result<> append_end(const std::vector<Event>& events, Time at) = 0;
};

}  // namespace runbook
