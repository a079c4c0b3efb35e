// ApprovalPrompt: asks one person at a terminal about one manual step, line by line: approve, reject or later; then the
// checklist, item by item, the values, the word to type, and why. A pure machine: bytes in, rows and an answer out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driver/control_request.h"
#include "report/style.h"
#include "runbook/runbook.h"

namespace runbook {

class ApprovalPrompt {
 public:
  // `manual` types the values that are asked for; nullptr: none are.
  ApprovalPrompt(std::string step, ApprovalRequested asked, const ManualAction* manual);

  // What was typed. Backspace, Ctrl-U and Ctrl-W edit the line, Escape goes back to the first question.
  void feed(std::string_view bytes);

  // Not now: nobody is to be asked here any longer.
  bool later() const { return stage_ == Stage::later; }
  // Without `by`; once.
  std::optional<ControlRequest> take();

  NodeId node() const { return asked_.node; }
  // What was answered so far, and the question with what has been typed, narrower than `columns`.
  std::vector<std::string> rows(const Style& style, std::size_t columns) const;
  // The question alone, for a terminal that edits its lines itself; changes when there is something new to ask.
  std::string question(const Style& style) const;

 private:
  enum class Stage { choice, item, input, word, why, reason, answered, later };

  void enter_line(std::string line);
  void next();  // to the next thing that must be said to approve
  void back(std::string why);
  void finish(ControlRequest::Kind kind);
  void take_input(const std::string& line);
  void erase_character();

  std::string step_;
  ApprovalRequested asked_;
  const ManualAction* manual_;
  Stage stage_ = Stage::choice;
  std::size_t at_ = 0;       // the item or input whose turn it is
  std::string line_;         // typed so far
  std::string complaint_;    // about the last line
  int escape_ = 0;           // inside an escape sequence, which is dropped
  std::vector<std::string> said_;
  ControlRequest request_;
  bool ready_ = false;
};

}  // namespace runbook
