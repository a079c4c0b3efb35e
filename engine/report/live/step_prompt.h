// StepPrompt: of a stepwise run, asks whether a step shall begin.
#pragma once

#include "report/live/prompt.h"

namespace runbook {

class StepPrompt final : public Prompt {
 public:
  // `title` and `action` say what it is about; empty: nothing is known.
  StepPrompt(std::string step, NodeId node, const std::string& title, const std::string& action);

  std::optional<ControlRequest> left() const override;  // the run is left as it is

 private:
  void enter_line(const std::string& word) override;
  std::string ask() const override;
  ControlRequest choice(StepChoice choice) const;
  ControlRequest stop(StopMode mode) const;
};

}  // namespace runbook
