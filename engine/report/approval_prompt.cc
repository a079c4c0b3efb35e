#include "report/approval_prompt.h"

#include <algorithm>

#include "base/text.h"
#include "runbook/arguments.h"
#include "runbook/param_value.h"

namespace runbook {
namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t most_said = 4;

bool is_yes(std::string_view word) { return word == "y" || word == "yes" || word == "Y"; }

// `rows (an integer, how many were moved) [3]`
std::string input_question(const Param& input) {
  auto text = input.name.value + " (" + param_type_words(input.type);
  if (!input.one_of.empty()) {
    std::vector<std::string> words;
    for (const auto& value : input.one_of) words.push_back(write_param_value(input.type, value));
    text += ": " + join(words, ", ");
  }
  if (!input.description.empty()) text += "; " + input.description;
  text += ")";
  if (input.default_value) text += " [" + write_param_value(input.type, *input.default_value) + "]";
  else if (!input.required) text += " [none]";
  return text;
}

}  // namespace

ApprovalPrompt::ApprovalPrompt(std::string step, ApprovalRequested asked, const ManualAction* manual)
    : step_(std::move(step)), asked_(std::move(asked)), manual_(manual) {}

void ApprovalPrompt::erase_character() {
  while (!line_.empty() && (static_cast<unsigned char>(line_.back()) & 0xc0) == 0x80) line_.pop_back();
  if (!line_.empty()) line_.pop_back();
}

void ApprovalPrompt::feed(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (stage_ == Stage::answered || stage_ == Stage::later) return;
    const char c = bytes[i];
    if (escape_ == 1) {
      // A lone Escape ends a chunk; `ESC [` and `ESC O` begin a key such as an arrow.
      escape_ = c == '[' || c == 'O' ? 2 : 0;
      continue;
    }
    if (escape_ == 2) {
      if (c >= 0x40 && c <= 0x7e) escape_ = 0;
      continue;
    }
    switch (c) {
      case '\r':
      case '\n': enter_line(std::exchange(line_, "")); break;
      case 0x7f:
      case 0x08: erase_character(); break;
      case 0x15: line_.clear(); break;  // Ctrl-U
      case 0x17:                        // Ctrl-W
        while (!line_.empty() && line_.back() == ' ') line_.pop_back();
        while (!line_.empty() && line_.back() != ' ') line_.pop_back();
        break;
      case 0x1b:
        if (i + 1 == bytes.size()) back("");
        else escape_ = 1;
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && line_.size() < longest_line) line_ += c;
    }
  }
}

void ApprovalPrompt::back(std::string why) {
  stage_ = Stage::choice;
  at_ = 0;
  line_.clear();
  said_.clear();
  request_ = {};
  complaint_ = std::move(why);
}

void ApprovalPrompt::enter_line(std::string line) {
  const std::string word(trim(line));
  complaint_.clear();
  switch (stage_) {
    case Stage::choice:
      if (word == "a" || word == "approve") {
        stage_ = Stage::item;
        next();
      } else if (word == "r" || word == "reject") {
        stage_ = Stage::reason;
      } else if (word == "l" || word == "later") {
        stage_ = Stage::later;
      } else {
        complaint_ = word.empty() ? "" : "type a, r or l";
      }
      break;
    case Stage::item:
      if (!is_yes(word)) return back("not approved: `" + asked_.checklist[at_] + "` is not done");
      said_.push_back("[x] " + asked_.checklist[at_++]);
      next();
      break;
    case Stage::input: take_input(word); break;
    case Stage::word:
      if (word != asked_.confirm) return back("not approved: that is not the word");
      request_.confirm = word;
      stage_ = Stage::why;
      break;
    case Stage::why:
      request_.why = word;
      finish(ControlRequest::Kind::approve);
      break;
    case Stage::reason:
      if (word.empty()) {
        complaint_ = "say why: it is what others will read";
        break;
      }
      request_.why = word;
      finish(ControlRequest::Kind::reject);
      break;
    case Stage::answered:
    case Stage::later: break;
  }
}

void ApprovalPrompt::take_input(const std::string& line) {
  const auto& input = manual_->inputs[at_];
  const bool untouched = line.empty() && (input.default_value || !input.required);
  if (!untouched) {
    Diagnostics diagnostics;
    bind_values({input}, {{input.name.value, line}}, {"value", "step `" + step_ + "`", ""}, diagnostics);
    if (diagnostics.errors() > 0) {
      const auto& first = diagnostics.all().front();
      complaint_ = first.message + (first.help.empty() ? "" : "; " + first.help);
      return;
    }
    request_.inputs.emplace_back(input.name.value, line);
  }
  said_.push_back(input.name.value + " = " + (untouched ? "(as it is)" : line));
  ++at_;
  next();
}

void ApprovalPrompt::next() {
  if (stage_ == Stage::item && at_ == asked_.checklist.size()) {
    stage_ = Stage::input;
    at_ = 0;
  }
  if (stage_ == Stage::input && at_ == (manual_ ? manual_->inputs.size() : 0))
    stage_ = asked_.confirm.empty() ? Stage::why : Stage::word;
}

void ApprovalPrompt::finish(ControlRequest::Kind kind) {
  request_.kind = kind;
  request_.via = "terminal";
  request_.step = step_;
  request_.plan_hash = asked_.plan_hash;
  request_.checked = true;
  stage_ = Stage::answered;
  ready_ = true;
}

std::optional<ControlRequest> ApprovalPrompt::take() {
  if (!std::exchange(ready_, false)) return std::nullopt;
  return request_;
}

std::string ApprovalPrompt::question(const Style& style) const {
  const auto ask = [&]() -> std::string {
    switch (stage_) {
      case Stage::choice: return "[a]pprove, [r]eject or [l]ater?";
      case Stage::item:
        return "done? " + asked_.checklist[at_] + " (" + std::to_string(at_ + 1) + " of " +
               std::to_string(asked_.checklist.size()) + ") [y/n]";
      case Stage::input: return input_question(manual_->inputs[at_]);
      case Stage::word: return "type `" + asked_.confirm + "` to approve:";
      case Stage::why: return "why? (Enter for no reason)";
      case Stage::reason: return "why not?";
      case Stage::answered:
      case Stage::later: break;
    }
    return "";
  }();
  return style.clean(step_ + ": " + (complaint_.empty() ? "" : complaint_ + "; ") + ask) + " ";
}

std::vector<std::string> ApprovalPrompt::rows(const Style& style, std::size_t columns) const {
  std::vector<std::string> rows;
  const auto add = [&](const std::string& text, Color color) { rows.push_back(style.paint(color, style.fit(text, columns))); };
  for (std::size_t i = said_.size() > most_said ? said_.size() - most_said : 0; i < said_.size(); ++i)
    add("  " + said_[i], Color::dim);
  if (!complaint_.empty()) add("  " + complaint_, Color::yellow);
  auto ask = *this;
  ask.complaint_.clear();
  auto lead = ask.question(style);
  // The end of a long line is what is being typed.
  auto typed = style.clean(line_) + "_";
  // A long question has a row of its own.
  if (display_width(lead) > columns / 2) {
    add(lead, Color::bold);
    lead = "  > ";
  }
  const auto room = columns > display_width(lead) ? columns - display_width(lead) : 1;
  while (display_width(typed) > room && !typed.empty()) {
    typed.erase(0, 1);
    while (!typed.empty() && (static_cast<unsigned char>(typed.front()) & 0xc0) == 0x80) typed.erase(0, 1);
  }
  rows.push_back(style.paint(Color::bold, lead) + typed);
  return rows;
}

}  // namespace runbook
