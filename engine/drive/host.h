// Host: everything of a run that is not deterministic, behind one wait point. Abstract so that the same driver and
// state machine run against the real world, a simulation, a rehearsal and a test.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "action/work.h"
#include "base/duration.h"
#include "base/result.h"
#include "base/value.h"
#include "drive/control_request.h"
#include "plan/plan.h"
#include "run/event.h"

namespace runbook {

struct Interrupted {
  int signal = 0;  // SIGINT, SIGTERM or SIGHUP
};

struct WaitEnd {};  // `until` has come, or there is something new to show

using Observation = std::variant<AttemptEnded, Interrupted, WaitEnd, ControlRequest>;

enum class Signal { term, kill };

class Host {
 public:
  virtual ~Host() = default;

  virtual Time now() = 0;
  // Begins the work and returns; that it could not begin is an AttemptEnded with not_started, too. Exactly one
  // AttemptEnded follows for each start.
  virtual void start(Work work) = 0;
  // To everything the attempt started. After kill an AttemptEnded follows within 2 s, whatever the processes do, and
  // the time it takes to keep its artifacts. Nothing happens when the attempt has ended meanwhile.
  virtual void signal(NodeId node, Signal signal) = 0;
  // Sleeps until something happened or `until` has come. Never empty.
  virtual std::vector<Observation> wait(std::optional<Time> until) = 0;

  // People. A host without any never answers.
  //
  // A manual step waits: whoever is there is told. The answer, from them or from elsewhere, is a ControlRequest.
  virtual void ask(const ApprovalRequested&) {}
  // A stepwise run waits: whoever is there is asked. It must be somebody: a host without people cannot step.
  virtual void ask(const StepAsked&) {}
  // The step waits no longer. Nothing happens when nobody was asked about it.
  virtual void withdraw(NodeId) {}
  // What became of a control request is durable: `verdict` is the event it led to, or a RequestRefused.
  virtual void settled(const ControlRequest&, const Event&) {}
  // wait() may bring answers. Without, a run that can only wait for people is left.
  virtual bool expects_answers() const { return false; }
};

}  // namespace runbook
