// People: who answers manual steps, and the questions of a stepwise run, from where the engine was started: a person at
// its terminal, or answers that were given with the command. Abstract because how they are asked is a matter of the
// report.
#pragma once

#include <vector>

#include "drive/control_request.h"

namespace runbook {

class People {
 public:
  virtual ~People() = default;

  virtual void ask(const ApprovalRequested& asked) = 0;
  // Gets an answer in any case: should they go away, that the run is left.
  virtual void ask(const StepAsked& asked) = 0;
  virtual void withdraw(NodeId node) = 0;
  // The descriptor on which they answer, as long as somebody is being asked; else -1. Readable: on_input() is called.
  virtual int input() const = 0;
  virtual void on_input() = 0;
  // Answers that have been given since the last call.
  virtual std::vector<ControlRequest> take() = 0;
  // More may come.
  virtual bool there() const = 0;
};

}  // namespace runbook
