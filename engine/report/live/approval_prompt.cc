#include "report/live/approval_prompt.h"

#include "base/text.h"
#include "language/arguments.h"
#include "language/param_value.h"

namespace runbook {
namespace {

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
  if (input.default_value)
    text += " [" + write_param_value(input.type, *input.default_value) + "]";
  else if (!input.required)
    text += " [none]";
  return text;
}

}  // namespace

ApprovalPrompt::ApprovalPrompt(std::string step, ApprovalRequested asked, const ManualAction* manual)
    : Prompt(std::move(step), asked.node), asked_(std::move(asked)), manual_(manual) {}

void ApprovalPrompt::back() { start_over(""); }

void ApprovalPrompt::start_over(std::string why) {
  stage_ = Stage::choice;
  at_ = 0;
  request_ = {};
  forget_said();
  complain(std::move(why));
}

void ApprovalPrompt::enter_line(const std::string& word) {
  switch (stage_) {
    case Stage::choice:
      if (word == "a" || word == "approve") {
        stage_ = Stage::item;
        next();
      } else if (word == "r" || word == "reject") {
        stage_ = Stage::reason;
      } else if (word == "l" || word == "later") {
        answer_later();
      } else {
        complain(word.empty() ? "" : "type a, r or l");
      }
      break;
    case Stage::item:
      if (!is_yes(word)) return start_over("not approved: `" + asked_.checklist[at_] + "` is not done");
      say("[x] " + asked_.checklist[at_++]);
      next();
      break;
    case Stage::input: take_input(word); break;
    case Stage::word:
      if (word != asked_.confirm) return start_over("not approved: that is not the word");
      request_.confirm = word;
      stage_ = Stage::why;
      break;
    case Stage::why:
      request_.why = word;
      finish(ControlRequest::Kind::approve);
      break;
    case Stage::reason:
      if (word.empty()) {
        complain("say why: it is what others will read");
        break;
      }
      request_.why = word;
      finish(ControlRequest::Kind::reject);
      break;
  }
}

void ApprovalPrompt::take_input(const std::string& word) {
  const auto& input = manual_->inputs[at_];
  const bool untouched = word.empty() && (input.default_value || !input.required);
  if (!untouched) {
    Diagnostics diagnostics;
    bind_values({input}, {{input.name.value, word}}, {"value", "step `" + step() + "`", ""}, diagnostics);
    if (diagnostics.errors() > 0) {
      const auto& first = diagnostics.all().front();
      return complain(first.message + (first.help.empty() ? "" : "; " + first.help));
    }
    request_.inputs.emplace_back(input.name.value, word);
  }
  say(input.name.value + " = " + (untouched ? "(as it is)" : word));
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
  request_.step = step();
  request_.plan_hash = asked_.plan_hash;
  request_.checked = true;
  answer(std::move(request_));
}

std::string ApprovalPrompt::ask() const {
  switch (stage_) {
    case Stage::choice: return "[a]pprove, [r]eject or [l]ater?";
    case Stage::item:
      return "done? " + asked_.checklist[at_] + " (" + std::to_string(at_ + 1) + " of " +
             std::to_string(asked_.checklist.size()) + ") [y/n]";
    case Stage::input: return input_question(manual_->inputs[at_]);
    case Stage::word: return "type `" + asked_.confirm + "` to approve:";
    case Stage::why: return "why? (Enter for no reason)";
    case Stage::reason: return "why not?";
  }
  return "";
}

}  // namespace runbook
