#include "report/live/step_prompt.h"

namespace runbook {

StepPrompt::StepPrompt(std::string step, NodeId node, const std::string& title, const std::string& action)
    : Prompt(std::move(step), node) {
  if (!title.empty()) say(title);
  if (!action.empty()) say(action);
}

ControlRequest StepPrompt::choice(StepChoice choice) const {
  ControlRequest request;
  request.kind = ControlRequest::Kind::choose;
  request.via = "terminal";
  request.step = step();
  request.choice = choice;
  return request;
}

ControlRequest StepPrompt::stop(StopMode mode) const {
  ControlRequest request;
  request.kind = ControlRequest::Kind::cancel;
  request.via = "terminal";
  request.mode = mode;
  return request;
}

std::optional<ControlRequest> StepPrompt::left() const { return stop(StopMode::leave); }

void StepPrompt::enter_line(const std::string& word) {
  if (word == "r" || word == "run") return answer(choice(StepChoice::run));
  if (word == "s" || word == "skip") return answer(choice(StepChoice::skip));
  if (word == "a" || word == "all") return answer(choice(StepChoice::run_all));
  if (word == "l" || word == "later") return answer(stop(StopMode::leave));
  if (word == "q" || word == "quit") return answer(stop(StopMode::finish_current));
  if (word.empty()) return;
  complain("r: run it, s: skip it, a: run all, l: leave, resume later, q: stop as Ctrl-C does");
}

std::string StepPrompt::ask() const { return "[r]un, [s]kip, [a]ll, [l]ater, [q]uit or [?]"; }

}  // namespace runbook
