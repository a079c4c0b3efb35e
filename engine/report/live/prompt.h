// Prompt: asks one person at a terminal about one step, line by line. A pure machine: bytes in, rows and an answer out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drive/control_request.h"
#include "report/style.h"

namespace runbook {

class Prompt {
 public:
  Prompt(std::string step, NodeId node) : step_(std::move(step)), node_(node) {}
  virtual ~Prompt() = default;

  // What was typed. Backspace, Ctrl-U and Ctrl-W edit the line, Escape goes back to the first question.
  void feed(std::string_view bytes);

  NodeId node() const { return node_; }
  // Not now: nobody is to be asked here any longer.
  bool later() const { return later_; }
  // Without `by`; once.
  std::optional<ControlRequest> take();
  // What it comes to when nobody is there any longer; nothing: the step goes on waiting.
  virtual std::optional<ControlRequest> left() const { return std::nullopt; }

  // What was answered so far, and the question with what has been typed, narrower than `columns`.
  std::vector<std::string> rows(const Style& style, std::size_t columns) const;
  // The question alone, for a terminal that edits its lines itself; changes when there is something new to ask.
  std::string question(const Style& style) const;

 protected:
  virtual void enter_line(const std::string& word) = 0;  // without blanks around it
  virtual void back() {}
  virtual std::string ask() const = 0;
  void complain(std::string what) { complaint_ = std::move(what); }
  void say(std::string row) { said_.push_back(std::move(row)); }
  void forget_said() { said_.clear(); }
  void answer(ControlRequest request);
  void answer_later() { later_ = true; }
  const std::string& step() const { return step_; }

 private:
  void erase_character();
  void erase_word();

  std::string step_;
  NodeId node_;
  std::string line_;       // typed so far
  std::string complaint_;  // about the last line
  int escape_ = 0;         // inside an escape sequence, which is dropped
  std::vector<std::string> said_;
  std::optional<ControlRequest> answer_;
  bool answered_ = false, later_ = false;
};

}  // namespace runbook
