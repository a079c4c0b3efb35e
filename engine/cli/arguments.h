// Arguments: the command line, parsed. The parser itself stays in arguments.cc.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "report/terminal.h"

namespace runbook {

struct CommonArguments {
  std::string state_dir;  // empty: the default place
  ColorWhen color = ColorWhen::automatic;
};

// How a run is driven and shown.
enum class OnCancel { by_terminal, rollback, stop };
struct DriveArguments {
  OutputMode output = OutputMode::automatic;
  std::string events;  // a file that gets the event stream as well
  int jobs = 0;
  bool strict = false;
  OnCancel on_cancel = OnCancel::by_terminal;
  bool no_input = false;                 // nobody is asked
  bool stepwise = false;                 // somebody is asked before each step
  std::vector<std::string> approve;      // manual steps that are approved as soon as their turn comes
  std::vector<std::string> step_inputs;  // what they ask for: STEP.NAME=VALUE
  std::optional<Duration> lock_wait;     // in place of what the runbook says
};

struct RunArguments : DriveArguments {
  std::string file;
  std::vector<std::pair<std::string, std::string>> params;  // in the order given
  std::string params_file;
  std::vector<std::string> skip;  // steps, as --skip names them
  std::string from;
};
struct ResumeArguments : DriveArguments {
  std::string run;
  std::vector<std::pair<std::string, bool>> assume;  // step, and whether its lost attempt took effect
  bool roll_back = false;                            // undo instead of going on
  bool yes = false;                                  // do not ask
};
struct ResolveArguments {
  std::string run;
  std::string why;
};
struct AnswerArguments {
  std::string run, step, why, confirm;
  bool approve = false, checked = false;
  std::vector<std::pair<std::string, std::string>> inputs;
};
struct NoteArguments {
  std::string run, text;
  std::vector<std::string> words;
};
struct CancelArguments {
  std::string run;
  bool leave = false;
};
struct ValidateArguments {
  std::vector<std::string> files;
  bool json = false;
};
struct VerifyArguments {
  std::string run;
};
struct ShowArguments {
  std::string run;
};
enum class ReportFormat { markdown, html, json, junit };
struct ReportArguments {
  std::string run;
  ReportFormat format = ReportFormat::markdown;
  std::string file;  // empty: stdout
};
struct LogsArguments {
  std::string run;
  std::string step;  // empty: all
  std::optional<std::size_t> last;
};
struct HistoryArguments {
  std::size_t limit = 20;
};
struct SchemaArguments {
  bool reference = false;
};

struct Arguments {
  CommonArguments common;
  std::variant<RunArguments, ResumeArguments, ResolveArguments, ValidateArguments, VerifyArguments, ShowArguments,
               ReportArguments, LogsArguments, HistoryArguments, SchemaArguments, AnswerArguments, NoteArguments,
               CancelArguments>
      command;
  std::vector<std::string> argv;  // as given, for the journal
};

// What to do instead of a command: help, a version, or an error about the command line. Has been printed already.
struct EarlyExit {
  int code;
};

std::variant<Arguments, EarlyExit> parse_arguments(int argc, char** argv, const char* version);

}  // namespace runbook
