#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "base/text.h"
#include "cli/argument_values.h"
#include "cli/control_arguments.h"
#include "cli/overview.h"
#include "report/words/exit_code.h"

namespace runbook {
namespace {

const std::vector<std::string_view> commands = {"validate", "schema",  "run",    "resume", "rollback",
                                                "cancel",   "approve", "reject", "note",   "resolve",
                                                "history",  "show",    "logs",   "report", "verify"};
// Of the design, not built yet: refused by name, so that nobody thinks they were misspelt.
const std::vector<std::string_view> later_commands = {"plan", "rehearse", "test", "graph", "new"};

EarlyExit stop(const std::string& message, const std::string& help) {
  std::fprintf(stderr, "error: %s\n", printable(message).c_str());
  if (!help.empty()) std::fprintf(stderr, "  help: %s\n", printable(help).c_str());
  return {exit_codes::usage};
}

bool is_one_of(std::string_view word, const std::vector<std::string_view>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What the options are bound to; turned into Arguments when parsing succeeded.
struct Raw {
  Arguments arguments;
  RunArguments run;
  ResumeArguments resume, rollback;
  ValidateArguments validate;
  VerifyArguments verify;
  ShowArguments show;
  ReportArguments report;
  LogsArguments logs;
  HistoryArguments history;
  SchemaArguments schema;
  RawControl control;
  std::vector<std::string> params, assume;
  std::string output = "auto", color = "auto", on_cancel, format = "text", report_format, lock_wait;
  std::size_t last = 0;
  bool yes = false;
};

class Parser {
 public:
  explicit Parser(const char* version) : version_(version) {
    app_.set_help_flag();
    app_.require_subcommand(1);
    for (const auto& [command, examples] : add_control_commands(app_, raw_.control)) {
      examples_[command] = examples;
      command->set_help_flag("-h,--help", "this text");
      common(*command);
    }
    for (auto* command : {add_run(), add_resume(), add_rollback(), add_validate(), add_schema(), add_history(),
                          add_show(), add_logs(), add_report(), add_verify()}) {
      command->set_help_flag("-h,--help", "this text");
      common(*command);
    }
  }

  std::variant<Arguments, EarlyExit> parse(int argc, char** argv) {
    raw_.arguments.argv.assign(argv, argv + argc);
    if (argc < 2) {
      std::fputs(overview, stderr);
      return EarlyExit{exit_codes::usage};
    }
    const std::string_view first = argv[1];
    if (first == "-h" || first == "--help" || first == "help") {
      std::fputs(overview, stdout);
      return EarlyExit{exit_codes::ok};
    }
    if (first == "--version" || first == "-V") {
      std::printf("runbook %s\n", version_);
      return EarlyExit{exit_codes::ok};
    }
    if (!is_one_of(first, commands)) return unknown_command(first);
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      print_help(*chosen());
      return EarlyExit{exit_codes::ok};
    } catch (const CLI::ParseError& error) {
      return explain(error, argc, argv);
    }
    return finish();
  }

 private:
  CLI::App* add(const char* name, const char* about, const char* examples) {
    auto* command = app_.add_subcommand(name, about);
    examples_[command] = examples;
    return command;
  }

  // Examples first: most who ask for help want one of them.
  void print_help(CLI::App& command) {
    std::printf("runbook %s - %s\n\n%s\n", command.get_name().c_str(), command.get_description().c_str(),
                examples_[&command].c_str());
    command.description("");
    std::fputs(std::string(trim(command.help())).c_str(), stdout);
    std::fputs("\n", stdout);
  }

  template <class T>
  CLI::Option* option(CLI::App& command, const std::string& names, T& target, const std::string& about) {
    auto* added = command.add_option(names, target, about);
    name_in_environment(*added);
    return added;
  }
  CLI::Option* flag(CLI::App& command, const std::string& names, bool& target, const std::string& about) {
    auto* added = command.add_flag(names, target, about);
    name_in_environment(*added);
    return added;
  }
  // RUNBOOK_OUTPUT is already the file a step writes its outputs to: a runbook that a step starts would read it here.
  static void name_in_environment(CLI::Option& added) {
    const auto name = upper_with_underscores(added.get_lnames().front());
    added.envname(name == "OUTPUT" ? "RUNBOOK_OUTPUT_MODE" : "RUNBOOK_" + name);
  }

  void common(CLI::App& command) {
    option(command, "--state-dir", raw_.arguments.common.state_dir, "where runs are kept [~/.local/state/runbook]")
        ->type_name("DIR");
    option(command, "--color", raw_.color, "auto, always or never")->type_name("WHEN");
  }

  CLI::App* add_run() {
    auto* run = add("run", "Run a runbook",
                    "  runbook run deploy.yaml -p version=v2.14.0\n"
                    "  runbook run deploy.yaml --params prod.yaml --output plain --events run.ndjson\n"
                    "  runbook run deploy.yaml -p notes=@notes.txt --on-cancel rollback\n"
                    "  runbook run deploy.yaml --from switch --skip notify\n");
    run->add_option("file", raw_.run.file, "the runbook")->required()->type_name("FILE");
    run->add_option("-p,--param", raw_.params, "a parameter; KEY=@FILE takes a file's content")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    option(*run, "--params", params_file_, "parameters from a file of `KEY: VALUE` lines (YAML)")->type_name("FILE");
    drive(*run, raw_.run);
    run->add_flag("--step", raw_.run.stepwise, "ask at this terminal before each step");
    option(*run, "--from", raw_.run.from, "begin at this step: what comes before it is skipped")->type_name("STEP");
    option(*run, "--skip", raw_.run.skip, "leave out this step or group; may be given several times")
        ->type_name("STEP")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    flag(*run, "-y,--yes", raw_.yes, "do not ask");
    return run;
  }

  // What `run` and `resume` share.
  void drive(CLI::App& command, DriveArguments& target) {
    option(command, "-o,--output", raw_.output, "auto, tty, plain or json")->type_name("MODE");
    add_answer_options(command, target);
    option(command, "--events", target.events, "also write the event stream (NDJSON) to a file")->type_name("FILE");
    option(command, "--jobs", target.jobs, "at most so many steps at once [no limit]")
        ->type_name("N")
        ->check(CLI::Range(0, 10000));
    option(
        command, "--on-cancel", raw_.on_cancel,
        "on SIGINT or SIGTERM: rollback, or stop and leave it [terminal: finish the step, then roll back; else stop]")
        ->type_name("WHAT");
    option(command, "--lock-wait", raw_.lock_wait,
           "wait so long for the runbook's lock; 0: not at all [what the runbook says]")
        ->type_name("DURATION");
    flag(command, "--strict", target.strict, "a run that ends `warned` exits with 1");
  }

  CLI::App* add_resume() {
    auto* resume = add("resume", "Go on with a run that was left, or whose engine died",
                       "  runbook resume last\n"
                       "  runbook resume k3f9 --assume done migrate      it did take effect: go on behind it\n"
                       "  runbook resume k3f9 --assume not-done migrate  it did nothing: run it again\n");
    resume->add_option("run", raw_.resume.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
    resume
        ->add_option("--assume", raw_.assume, "settle a step whose outcome is unknown: done or not-done, and the step")
        ->type_name("WHAT STEP")
        ->expected(2)
        ->take_all()
        ->allow_extra_args(false);
    drive(*resume, raw_.resume);
    resume->add_flag("--step", raw_.resume.stepwise, "ask at this terminal before each step");
    return resume;
  }

  CLI::App* add_rollback() {
    auto* rollback = add("rollback", "Undo what a run has done, whether it ended or not",
                         "  runbook rollback last\n  runbook rollback k3f9 --yes\n");
    rollback->add_option("run", raw_.rollback.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
    drive(*rollback, raw_.rollback);
    flag(*rollback, "-y,--yes", raw_.rollback.yes, "do not ask");
    return rollback;
  }

  CLI::App* add_validate() {
    auto* validate = add("validate", "Check runbooks; runs nothing",
                         "  runbook validate deploy.yaml\n  runbook validate runbooks/*.yaml --format json\n");
    validate->add_option("files", raw_.validate.files, "runbooks")->required()->type_name("FILE...");
    option(*validate, "--format", raw_.format, "text or json")->type_name("FORMAT");
    return validate;
  }

  CLI::App* add_schema() {
    auto* schema = add("schema", "Print the JSON Schema of runbooks, for editors",
                       "  runbook schema > runbook.v1.schema.json\n  runbook schema --reference > reference.md\n");
    flag(*schema, "--reference", raw_.schema.reference, "print the reference of all keys (Markdown) instead");
    return schema;
  }

  CLI::App* add_history() {
    auto* history = add("history", "List past runs, newest first", "  runbook history\n  runbook history -n 100\n");
    option(*history, "-n,--limit", raw_.history.limit, "at most so many [20]")->type_name("N");
    return history;
  }

  CLI::App* add_show() {
    auto* show = add("show", "Show one run: every step, its undo, how it ended",
                     "  runbook show last\n  runbook show 20261120-231502-deploy-checkout-k3f9\n  runbook show k3f9\n");
    show->add_option("run", raw_.show.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
    return show;
  }

  CLI::App* add_logs() {
    auto* logs = add("logs", "Print what the steps of a run printed",
                     "  runbook logs last\n  runbook logs last migrate\n  runbook logs k3f9 healthy --last 50\n");
    logs->add_option("run", raw_.logs.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
    logs->add_option("step", raw_.logs.step, "only this step, undo or handler")->type_name("STEP");
    option(*logs, "-n,--last", raw_.last, "only the last lines of each")->type_name("N");
    return logs;
  }

  CLI::App* add_report() {
    auto* report = add("report", "Write a report of one run, to attach or to parse",
                       "  runbook report last                      Markdown, for a post-mortem\n"
                       "  runbook report last -o incident.html     one page with everything in it\n"
                       "  runbook report k3f9 --format junit       for the test tab of a CI system\n");
    report->add_option("run", raw_.report.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
    // Not RUNBOOK_FORMAT and RUNBOOK_OUTPUT_MODE: those say how other commands print.
    report->add_option("--format", raw_.report_format, "md, html, json or junit [as FILE ends, else md]")
        ->type_name("FORMAT")
        ->envname("RUNBOOK_REPORT_FORMAT");
    report->add_option("-o,--output", raw_.report.file, "write it to a file [stdout]")
        ->type_name("FILE")
        ->envname("RUNBOOK_REPORT_OUTPUT");
    return report;
  }

  CLI::App* add_verify() {
    auto* verify = add("verify", "Check that a run's journal is whole and unchanged",
                       "  runbook verify last\n\n  exit codes: 0 intact and sealed  1 intact, not sealed  2 torn tail  "
                       "3 cut short  4 CORRUPT  66 not found\n");
    verify->add_option("run", raw_.verify.run, "`last`, a run id, or a part of one")->required()->type_name("RUN");
    return verify;
  }

  CLI::App* chosen() {
    const auto found = app_.get_subcommands();
    return found.empty() ? &app_ : found.front();
  }

  EarlyExit unknown_command(std::string_view word) {
    const auto name = "`" + std::string(word) + "`";
    if (!word.empty() && word[0] == '-') return stop("unknown option " + name, "runbook --help lists the commands");
    if (is_one_of(word, later_commands)) return stop("the command " + name + " is not supported yet", "");
    const auto near = nearest(word, commands);
    return stop("unknown command " + name,
                 near.empty() ? "runbook --help lists the commands" : "did you mean `" + std::string(near) + "`?");
  }

  EarlyExit explain(const CLI::ParseError& error, int argc, char** argv) {
    auto* command = chosen();
    std::vector<std::string> names;
    for (const auto* known : command->get_options())
      for (const auto& name : known->get_lnames()) names.push_back("--" + name);
    for (int i = 2; i < argc; ++i) {
      const auto word = std::string_view(argv[i]).substr(0, std::string_view(argv[i]).find('='));
      if (word == "--") break;
      if (word.substr(0, 2) != "--" || std::find(names.begin(), names.end(), word) != names.end()) continue;
      const auto name = "`" + std::string(word) + "`";
      if (word == "--dry-run") return stop("the option " + name + " is not supported yet; nothing was run", "");
      const auto near = nearest(word, {names.begin(), names.end()});
      return stop("unknown option " + name, near.empty()
                                                 ? "runbook " + std::string(argv[1]) + " --help lists the options"
                                                 : "did you mean `" + std::string(near) + "`?");
    }
    std::string message = error.what();
    if (!message.empty()) message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
    return stop(message, "runbook " + std::string(argv[1]) + " --help");
  }

  std::variant<Arguments, EarlyExit> finish() {
    auto arguments = std::move(raw_.arguments);
    const auto color = parse_color_when(raw_.color);
    if (!color) return stop("`--color` takes auto, always or never, not `" + raw_.color + "`", "");
    arguments.common.color = *color;
    const auto name = chosen()->get_name();
    if (is_one_of(name, control_commands)) {
      if (auto wrong = finish_control(name, raw_.control, arguments)) return stop(wrong->first, wrong->second);
    } else if (name == "run") {
      if (auto wrong = finish_drive(raw_.run)) return *wrong;
      if (auto wrong = finish_run()) return *wrong;
      arguments.command = std::move(raw_.run);
    } else if (name == "resume") {
      if (auto wrong = finish_drive(raw_.resume)) return *wrong;
      if (auto wrong = finish_resume()) return *wrong;
      arguments.command = std::move(raw_.resume);
    } else if (name == "rollback") {
      if (auto wrong = finish_drive(raw_.rollback)) return *wrong;
      raw_.rollback.roll_back = true;
      arguments.command = std::move(raw_.rollback);
    } else if (name == "validate") {
      if (raw_.format != "text" && raw_.format != "json")
        return stop("`--format` takes text or json, not `" + raw_.format + "`", "");
      raw_.validate.json = raw_.format == "json";
      arguments.command = std::move(raw_.validate);
    } else if (name == "verify") {
      arguments.command = std::move(raw_.verify);
    } else if (name == "show") {
      arguments.command = std::move(raw_.show);
    } else if (name == "report") {
      const auto format = report_format(raw_.report_format, raw_.report.file);
      if (!format) return stop("`--format` takes md, html, json or junit, not `" + raw_.report_format + "`", "");
      raw_.report.format = *format;
      arguments.command = std::move(raw_.report);
    } else if (name == "logs") {
      if (raw_.last > 0) raw_.logs.last = raw_.last;
      arguments.command = std::move(raw_.logs);
    } else if (name == "history") {
      arguments.command = raw_.history;
    } else {
      arguments.command = raw_.schema;
    }
    return arguments;
  }

  std::optional<EarlyExit> finish_drive(DriveArguments& target) {
    const auto output = parse_output_mode(raw_.output);
    if (!output && (raw_.output == "github" || raw_.output == "gitlab"))
      return stop("`--output " + raw_.output + "` is not supported yet; nothing was run",
                   "`--output plain` works in every CI");
    if (!output) return stop("`--output` takes auto, tty, plain or json, not `" + raw_.output + "`", "");
    target.output = *output;
    if (raw_.on_cancel == "rollback") {
      target.on_cancel = OnCancel::rollback;
    } else if (raw_.on_cancel == "stop") {
      target.on_cancel = OnCancel::stop;
    } else if (!raw_.on_cancel.empty()) {
      return stop("`--on-cancel` takes rollback or stop, not `" + raw_.on_cancel + "`", "");
    }
    if (raw_.lock_wait.empty()) return std::nullopt;
    target.lock_wait = raw_.lock_wait == "0" ? Duration(0) : parse_duration(raw_.lock_wait, true);
    if (!target.lock_wait)
      return stop("`--lock-wait` takes a duration, not `" + raw_.lock_wait + "`",
                   "for example: --lock-wait 10m; 0 does not wait");
    return std::nullopt;
  }

  std::optional<EarlyExit> finish_resume() {
    auto assumptions = assume_arguments(raw_.assume);
    if (!assumptions) return stop(assumptions.error().message, assumptions.error().help);
    raw_.resume.assume = std::move(*assumptions);
    return std::nullopt;
  }

  std::optional<EarlyExit> finish_run() {
    raw_.run.params_file = params_file_;
    for (const auto& given : raw_.params) {
      auto param = param_argument(given);
      if (!param) return stop(param.error().message, param.error().help);
      raw_.run.params.push_back(std::move(*param));
    }
    return std::nullopt;
  }

  const char* version_;
  Raw raw_;
  std::string params_file_;
  std::map<const CLI::App*, std::string> examples_;
  CLI::App app_{"runbook"};
};

}  // namespace

std::variant<Arguments, EarlyExit> parse_arguments(int argc, char** argv, const char* version) {
  return Parser(version).parse(argc, argv);
}

}  // namespace runbook
