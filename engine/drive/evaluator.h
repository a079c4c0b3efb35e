// Evaluator: what the state machine cannot know by itself because it needs expressions or chance. Abstract so that a
// simulation can answer in every possible way.
#pragma once

#include "drive/host.h"
#include "run/run_state.h"

namespace runbook {

class Evaluator {
 public:
  virtual ~Evaluator() = default;

  virtual Answer answer(const Question& question, const RunState& state) = 0;
  // The work of the attempt whose `prepare` was answered last for this node. Called once, after the attempt_started
  // record is durable.
  virtual Work take_work(const AttemptStarted& attempt) = 0;
  // What the end of an attempt means: its outcome by exit code, status and `expect`, its outputs, whether to retry.
  virtual AttemptFinished judge(AttemptEnded ended, const RunState& state, Time now) = 0;
  // The text without the values of secrets.
  virtual std::string redact(std::string_view text) { return std::string(text); }
  // Every event after it was applied: what it says is from now on visible to expressions.
  virtual void on_event(const Event& event, Time at, const RunState& state) = 0;
};

}  // namespace runbook
