// The command lines of what people say to a run: approve, reject, note, cancel and resolve.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.h"

namespace CLI {
class App;
}

namespace runbook {

struct RawControl {
  AnswerArguments approve, reject;
  NoteArguments note;
  CancelArguments cancel;
  ResolveArguments resolve;
  std::vector<std::string> inputs;
  std::string on_cancel;
};

inline const std::vector<std::string_view> control_commands = {"approve", "reject", "note", "cancel", "resolve"};

// Each with its examples.
std::vector<std::pair<CLI::App*, const char*>> add_control_commands(CLI::App& app, RawControl& raw);

// Of commands that drive a run: answers that are given in advance.
void add_answer_options(CLI::App& command, DriveArguments& target);

// The command's arguments, or what is wrong with them and a way out.
std::optional<std::pair<std::string, std::string>> finish_control(const std::string& command, RawControl& raw,
                                                                  Arguments& arguments);

}  // namespace runbook
