// approve, reject, note, cancel: talking to a run from another terminal.
#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/complain.h"
#include "cli/environment.h"
#include "language/arguments.h"
#include "report/words/exit_code.h"
#include "report/words/step_text.h"
#include "source/render.h"

namespace runbook {
namespace {

std::vector<std::string> waiting_names(const RunView& view) {
  std::vector<std::string> names;
  for (const auto id : view.waiting()) names.push_back(view.names()[id].name);
  return names;
}

// Why the step cannot be answered.
int not_waiting(const RunView& view, const std::string& step) {
  const auto waiting = waiting_names(view);
  const auto found = view.names().find(step);
  const auto at = waiting.empty() ? "no step waits for an answer" : "the run waits at " + join_ticked(waiting);
  if (!found) {
    std::vector<std::string_view> names;
    for (const auto& label : view.names().labels()) names.push_back(label.name);
    auto near = nearest(step, {waiting.begin(), waiting.end()});
    if (near.empty()) near = nearest(step, names);
    return complain("the run has no step `" + step + "`", near.empty() ? at : "did you mean `" + std::string(near) + "`?",
                 exit_codes::not_found);
  }
  const auto& node = view[*found];
  const auto* written = view.step(*found);
  if (written && !written->manual()) return complain("`" + step + "` is no manual step", at);
  if (node.answer || node.outcome)
    return complain("`" + step + "` does not wait any longer: " +
                     (node.answer    ? answer_text(*node.answer, Style{})
                      : node.outcome ? std::string(outcome_name(*node.outcome))
                                     : ""),
                 at);
  return complain("`" + step + "` does not wait for an answer yet", at);
}

// What is asked for and was not given, before it is sent anywhere.
int check_answer(const AnswerArguments& arguments, const ControlTarget& target, NodeId node) {
  const auto& asked = *target.view()[node].asked;
  const auto tell = [&] { std::fprintf(stderr, "%s\n\n", printable(trim(asked.instructions), true).c_str()); };
  if (!asked.checklist.empty() && !arguments.checked) {
    tell();
    for (const auto& item : asked.checklist) std::fprintf(stderr, "  [ ] %s\n", printable(item).c_str());
    return complain("the checklist of `" + arguments.step + "` is not ticked off",
                 "when all of it is done, add `--checked`");
  }
  if (!asked.confirm.empty() && arguments.confirm != asked.confirm) {
    tell();
    return complain(arguments.confirm.empty()
                     ? "`" + arguments.step + "` wants a word typed"
                     : "`" + arguments.confirm + "` is not the word that `" + arguments.step + "` wants typed",
                 "if you are sure, add `--confirm '" + asked.confirm + "'`");
  }
  const auto* step = target.view().step(node);
  if (!step || !step->manual()) return 0;  // the engine will look
  Diagnostics diagnostics;
  bind_values(step->manual()->inputs, arguments.inputs, {"input", "step `" + arguments.step + "`", "--input "},
              diagnostics);
  if (diagnostics.errors() == 0) return 0;
  print_diagnostics(diagnostics, target.view().header().runbook_path,
                    render_options(use_color(ColorWhen::automatic, terminal_facts(2))));
  return exit_codes::invalid;
}

}  // namespace

int command_answer(const AnswerArguments& arguments, const Invocation& invocation) {
  auto found = find_target(arguments.run, invocation);
  if (const auto* code = std::get_if<int>(&found)) return *code;
  auto& target = std::get<ControlTarget>(found);
  const auto& view = target.view();
  if (view.result())
    return complain(target.run() + " has ended: " + std::string(run_outcome_name(view.result()->outcome)), "");
  const auto waiting = view.waiting();
  const auto node =
      std::find_if(waiting.begin(), waiting.end(), [&](NodeId id) { return view.names()[id].name == arguments.step; });
  if (node == waiting.end()) return not_waiting(view, arguments.step);
  if (arguments.approve)
    if (const int code = check_answer(arguments, target, *node); code != 0) return code;
  ControlRequest request;
  request.kind = arguments.approve ? ControlRequest::Kind::approve : ControlRequest::Kind::reject;
  request.via = arguments.approve ? "runbook approve" : "runbook reject";
  request.step = arguments.step;
  request.why = arguments.why;
  request.plan_hash = view[*node].asked->plan_hash;
  request.checked = arguments.checked;
  request.confirm = arguments.confirm;
  request.inputs = arguments.inputs;
  const auto done = (arguments.approve ? "approved `" : "rejected `") + arguments.step + "`";
  return deliver(std::move(request), std::move(target), invocation, done);
}

int command_note(const NoteArguments& arguments, const Invocation& invocation) {
  auto found = find_target(arguments.run, invocation);
  if (const auto* code = std::get_if<int>(&found)) return *code;
  ControlRequest request;
  request.kind = ControlRequest::Kind::note;
  request.via = "runbook note";
  request.text = arguments.text;
  return deliver(std::move(request), std::move(std::get<ControlTarget>(found)), invocation, "noted");
}

int command_cancel(const CancelArguments& arguments, const Invocation& invocation) {
  auto found = find_target(arguments.run, invocation);
  if (const auto* code = std::get_if<int>(&found)) return *code;
  ControlRequest request;
  request.kind = ControlRequest::Kind::cancel;
  request.via = "runbook cancel";
  request.mode = arguments.leave ? StopMode::leave : StopMode::stop_now;
  return deliver(std::move(request), std::move(std::get<ControlTarget>(found)), invocation,
                 arguments.leave ? "told to stop and to leave everything as it is" : "told to stop and to roll back");
}

}  // namespace runbook
