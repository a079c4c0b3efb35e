#include "cli/people_here.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "cli/complain.h"
#include "cli/environment.h"
#include "language/arguments.h"
#include "report/live/approval_prompt.h"
#include "report/live/step_prompt.h"
#include "report/words/exit_code.h"
#include "report/words/step_text.h"

namespace runbook {
namespace {

std::string without_indices(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '[') i = std::min(name.find(']', i), name.size());
    if (i < name.size() && name[i] != ']') text += name[i];
  }
  return text;
}

// `go` is each `go[2]`, and `deploy.go` each `deploy[1].go`.
bool names(const std::string& given, const std::string& name) {
  return given == name || given == without_indices(name);
}

struct StepInput {
  std::string step, name, value;
};
std::optional<StepInput> parse_input(const std::string& given) {
  const auto equals = given.find('=');
  const auto dot = given.rfind('.', equals);
  if (equals == std::string::npos || dot == std::string::npos || dot == 0 || dot + 1 >= equals) return std::nullopt;
  return StepInput{given.substr(0, dot), given.substr(dot + 1, equals - dot - 1), given.substr(equals + 1)};
}

std::vector<std::pair<std::string, std::string>> inputs_for(const std::string& name, const DriveArguments& arguments) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& given : arguments.step_inputs)
    if (const auto input = parse_input(given); input && names(input->step, name))
      found.emplace_back(input->name, input->value);
  return found;
}

// It can be asked: the engine has a terminal, and not that of a CI job.
bool somebody_is_there(const DriveArguments& arguments) {
  const bool foreground = ::tcgetpgrp(0) == ::getpgrp();
  return !arguments.no_input && ::isatty(0) == 1 && ::isatty(2) == 1 && foreground &&
         environment_variable("CI").empty();
}

// Keys come as they are typed, and the live region shows them; Ctrl-C stays what it is.
class KeyMode {
 public:
  ~KeyMode() { leave(); }
  void enter() {
    if (on_ || ::tcgetattr(0, &before_) != 0) return;
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    // What was typed before anything was asked is no answer.
    on_ = ::tcsetattr(0, TCSAFLUSH, &keys) == 0;
  }
  void leave() {
    if (std::exchange(on_, false)) ::tcsetattr(0, TCSAFLUSH, &before_);
  }

 private:
  bool on_ = false;
  termios before_{};
};

class PeopleHere final : public People {
 public:
  PeopleHere(const RunState& state, const DriveArguments& arguments, LiveReport& report, const Style& style)
      : state_(state), arguments_(arguments), report_(report), style_(style), user_(this_machine().user) {
    there_ = somebody_is_there(arguments);
  }

  void ask(const ApprovalRequested& asked) override {
    const auto& node = state_.plan()[asked.node];
    const bool approved = std::any_of(arguments_.approve.begin(), arguments_.approve.end(),
                                      [&](const std::string& given) { return names(given, node.name); });
    if (approved) {
      ControlRequest request;
      request.kind = ControlRequest::Kind::approve;
      request.via = "--approve";
      request.by = user_;
      request.step = node.name;
      request.plan_hash = asked.plan_hash;
      request.checked = true;
      request.confirm = asked.confirm;
      request.inputs = inputs_for(node.name, arguments_);
      answers_.push_back(std::move(request));
    } else if (there_) {
      prompts_.push_back(std::make_unique<ApprovalPrompt>(node.name, asked, node.step ? node.step->manual() : nullptr));
      show();
    }
  }

  void ask(const StepAsked& asked) override {
    const auto& node = state_.plan()[asked.node];
    const auto* step = node.step;
    prompts_.push_back(
        std::make_unique<StepPrompt>(node.name, node.id, step ? step->name : "", step ? action_text(*step) : ""));
    if (!there_) return leave();
    show();
  }

  void withdraw(NodeId node) override {
    const auto count = prompts_.size();
    std::erase_if(prompts_, [&](const auto& prompt) { return prompt->node() == node; });
    if (prompts_.size() != count) show();
  }

  int input() const override { return current() ? 0 : -1; }
  bool there() const override { return current() != nullptr; }
  std::vector<ControlRequest> take() override { return std::exchange(answers_, {}); }

  void on_input() override {
    char bytes[1024];
    const auto count = ::read(0, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    auto* prompt = current();
    if (count <= 0 || (count == 1 && bytes[0] == 4)) {  // nobody is there any longer; Ctrl-D says so
      there_ = false;
      leave();
    } else if (prompt) {
      prompt->feed({bytes, static_cast<std::size_t>(count)});
      if (auto answer = prompt->take()) {
        answer->by = user_;
        answers_.push_back(std::move(*answer));
        withdraw(prompt->node());
        return;
      }
    }
    show();
  }

 private:
  // Nobody is asked any longer; what cannot wait for another person gets its answer.
  void leave() {
    for (const auto& prompt : std::exchange(prompts_, {})) {
      auto answer = prompt->left();
      if (!answer) continue;
      answer->by = user_;
      answers_.push_back(std::move(*answer));
    }
  }

  Prompt* current() const {
    for (const auto& prompt : prompts_)
      if (!prompt->later()) return prompt.get();
    return nullptr;
  }

  void show() {
    const auto* prompt = current();
    if (!report_.shows_rows()) {
      const auto question = prompt ? prompt->question(style_) : "";
      if (!question.empty() && question != asked_) std::fprintf(stderr, "%s", question.c_str());
      asked_ = question;
      return;
    }
    if (prompt) {
      keys_.enter();
    } else {
      keys_.leave();
    }
    report_.show_prompt([this](std::size_t columns) {
      const auto* shown = current();
      return shown ? shown->rows(style_, columns) : std::vector<std::string>();
    });
  }

  const RunState& state_;
  const DriveArguments& arguments_;
  LiveReport& report_;
  Style style_;
  const std::string user_;
  bool there_ = false;
  KeyMode keys_;
  std::vector<std::unique_ptr<Prompt>> prompts_;  // in the order in which they were asked
  std::vector<ControlRequest> answers_;
  std::string asked_;
};

}  // namespace

int check_stepwise(const DriveArguments& arguments) {
  if (!arguments.stepwise || somebody_is_there(arguments)) return 0;
  return complain("`--step` asks before each step, and nobody is there to answer; nothing was run",
               "start it at a terminal, without --no-input and not as a CI job; or leave out --step");
}

int check_approvals(const Plan& plan, const DriveArguments& arguments) {
  // What a loop will add has no number yet.
  std::vector<const Node*> asking;
  for (const auto& node : plan.nodes)
    if (node.manual) asking.push_back(&node);
  for (const auto& body : plan.bodies)
    for (const auto& node : body.nodes)
      if (node.manual) asking.push_back(&node);
  std::vector<std::string> words;
  for (const auto* node : asking) words.push_back(without_indices(node->name));
  const std::vector<std::string_view> manual(words.begin(), words.end());
  const auto about = [&](const std::string& given) {
    std::vector<const Node*> meant;
    for (const auto* node : asking)
      if (without_indices(given) == without_indices(node->name)) meant.push_back(node);
    return meant;
  };
  const auto unknown = [&](const std::string& given) {
    const auto near = nearest(given, manual);
    return !near.empty()    ? "did you mean `" + std::string(near) + "`?"
           : manual.empty() ? "this runbook has no manual step"
                            : "it has " + join_ticked({manual.begin(), manual.end()});
  };
  for (const auto& given : arguments.step_inputs) {
    const auto input = parse_input(given);
    if (!input) return complain("`--input " + given + "` is not STEP.NAME=VALUE", "for example: --input switch.rows=1200");
    const auto same = [&](const std::string& step) { return step == input->step; };
    if (about(input->step).empty()) return complain("there is no manual step `" + input->step + "`", unknown(input->step));
    if (std::none_of(arguments.approve.begin(), arguments.approve.end(), same))
      return complain("`--input " + given + "` is for a step that `--approve` does not name",
                   "add `--approve " + input->step + "`");
  }
  for (const auto& given : arguments.approve) {
    const auto meant = about(given);
    if (meant.empty()) return complain("there is no manual step `" + given + "` to approve", unknown(given));
    for (const auto* node : meant) {
      if (!node->step || !node->step->manual()) continue;
      Diagnostics diagnostics;
      bind_values(node->step->manual()->inputs, inputs_for(given, arguments),
                  {"input", "step `" + node->name + "`", "--input " + given + "."}, diagnostics);
      if (diagnostics.errors() > 0) return complain(diagnostics.all().front().message, diagnostics.all().front().help);
    }
  }
  return 0;
}

std::unique_ptr<People> people_here(const RunState& state, const DriveArguments& arguments, LiveReport& report,
                                    const Style& style) {
  return std::make_unique<PeopleHere>(state, arguments, report, style);
}

}  // namespace runbook
