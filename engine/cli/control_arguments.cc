#include "cli/control_arguments.h"

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace runbook {
namespace {

void run_and_step(CLI::App& command, AnswerArguments& target) {
  command.add_option("run", target.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
  command.add_option("step", target.step, "the step that waits")->required()->type_name("STEP");
  command.add_option("-m,--message", target.why, "why, for the record")->type_name("WHY")->envname("RUNBOOK_MESSAGE");
}

}  // namespace

std::vector<std::pair<CLI::App*, const char*>> add_control_commands(CLI::App& app, RawControl& raw) {
  auto* approve = app.add_subcommand("approve", "Say that a manual step is done, or may go on");
  run_and_step(*approve, raw.approve);
  approve->add_option("--input", raw.inputs, "a value the step asks for")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  approve->add_option("--confirm", raw.approve.confirm, "the word the step wants typed")->type_name("WORD");
  approve->add_flag("--checked", raw.approve.checked, "every item of its checklist is done");

  auto* reject = app.add_subcommand("reject", "Say no to a manual step: it fails");
  run_and_step(*reject, raw.reject);

  auto* note = app.add_subcommand("note", "Add a note to a run, also to one that has ended");
  note->add_option("run", raw.note.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
  note->add_option("text", raw.note.words, "the note")->required()->type_name("TEXT...");

  auto* cancel = app.add_subcommand("cancel", "Stop a run that goes on, and undo what it did");
  cancel->add_option("run", raw.cancel.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
  cancel->add_option("--on-cancel", raw.on_cancel, "rollback, or stop and leave everything as it is [rollback]")
      ->type_name("WHAT")
      ->envname("RUNBOOK_ON_CANCEL");

  auto* resolve =
      app.add_subcommand("resolve", "Say that what a run left behind is dealt with: it gives its lock back");
  resolve->add_option("run", raw.resolve.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
  // Not RUNBOOK_MESSAGE: a reason is given each time.
  resolve->add_option("-m,--message", raw.resolve.why, "what was done, and why that is enough")->type_name("WHY");

  return {{resolve, "  runbook resolve k3f9 -m \"migration reverted by hand, ticket 4711\"\n"},
          {approve,
           "  runbook approve last switch\n"
           "  runbook approve k3f9 switch -m 'graphs look good' --input rows=1200\n"
           "  runbook approve k3f9 switch --checked --confirm production\n"},
          {reject, "  runbook reject last switch -m 'error rate is up'\n"},
          {note, "  runbook note last 'called the data centre, ticket 4711'\n"},
          {cancel, "  runbook cancel last\n  runbook cancel k3f9 --on-cancel stop\n"}};
}

void add_answer_options(CLI::App& command, DriveArguments& target) {
  command
      .add_option("--approve", target.approve, "approve this manual step as soon as its turn comes; may be repeated")
      ->type_name("STEP")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->delimiter(',')
      ->envname("RUNBOOK_APPROVE");
  command.add_option("--input", target.step_inputs, "a value that an approved step asks for")
      ->type_name("STEP.NAME=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->envname("RUNBOOK_INPUT");
  command.add_flag("--no-input", target.no_input, "ask nobody: a run that waits for a person is paused")
      ->envname("RUNBOOK_NO_INPUT");
}

std::optional<std::pair<std::string, std::string>> finish_control(const std::string& command, RawControl& raw,
                                                                  Arguments& arguments) {
  if (command == "approve") {
    raw.approve.approve = true;
    for (const auto& given : raw.inputs) {
      const auto equals = given.find('=');
      if (equals == std::string::npos || equals == 0)
        return std::pair("`--input " + given + "` is not NAME=VALUE", std::string("for example: --input rows=1200"));
      raw.approve.inputs.emplace_back(given.substr(0, equals), given.substr(equals + 1));
    }
    arguments.command = std::move(raw.approve);
  } else if (command == "reject") {
    arguments.command = std::move(raw.reject);
  } else if (command == "note") {
    raw.note.text = join(raw.note.words, " ");
    if (trim(raw.note.text).empty()) return std::pair(std::string("the note is empty"), std::string());
    arguments.command = std::move(raw.note);
  } else if (command == "resolve") {
    if (trim(raw.resolve.why).empty())
      return std::pair(std::string("`resolve` needs to know why: what was done about it"),
                       std::string("for example: -m \"reverted by hand, ticket 4711\""));
    arguments.command = std::move(raw.resolve);
  } else {
    if (!raw.on_cancel.empty() && raw.on_cancel != "rollback" && raw.on_cancel != "stop")
      return std::pair("`--on-cancel` takes rollback or stop, not `" + raw.on_cancel + "`", std::string());
    raw.cancel.leave = raw.on_cancel == "stop";
    arguments.command = std::move(raw.cancel);
  }
  return std::nullopt;
}

}  // namespace runbook
