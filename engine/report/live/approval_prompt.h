// ApprovalPrompt: asks about a manual step: approve, reject or later; then the checklist, item by item, the values, the
// word to type, and why.
#pragma once

#include "report/live/prompt.h"
#include "runbook/runbook.h"

namespace runbook {

class ApprovalPrompt final : public Prompt {
 public:
  // `manual` types the values that are asked for; nullptr: none are.
  ApprovalPrompt(std::string step, ApprovalRequested asked, const ManualAction* manual);

 private:
  enum class Stage { choice, item, input, word, why, reason };

  void enter_line(const std::string& word) override;
  void back() override;
  std::string ask() const override;
  void next();  // to the next thing that must be said to approve
  void start_over(std::string why);
  void finish(ControlRequest::Kind kind);
  void take_input(const std::string& word);

  ApprovalRequested asked_;
  const ManualAction* manual_;
  Stage stage_ = Stage::choice;
  std::size_t at_ = 0;  // the item or input whose turn it is
  ControlRequest request_;
};

}  // namespace runbook
