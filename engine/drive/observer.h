// Observer: someone who watches a run: the terminal, plain lines, an event stream. It never changes the run; what it
// throws away or fails to print is its own affair.
#pragma once

#include <optional>
#include <string_view>

#include "run/event.h"

namespace runbook {

class RunState;

enum class Stream { out, err };

class Observer {
 public:
  virtual ~Observer() = default;

  // The event is durable or about to be, and applied: `state` includes it.
  virtual void on_event(const Event& event, Time at, const RunState& state) = 0;
  // Redacted bytes as they come; a chunk may end inside a line or a character.
  virtual void on_output(NodeId node, Stream stream, std::string_view bytes) = 0;
  // When it wants on_tick (redraw, heartbeat); nullopt: never.
  virtual std::optional<Time> next_tick(Time now) = 0;
  virtual void on_tick(Time now, const RunState& state) = 0;
};

}  // namespace runbook
