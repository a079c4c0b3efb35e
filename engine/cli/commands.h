// One function a command, each in a file of its own; they return the exit code.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"

namespace runbook {

// What each command may need beside its own arguments.
struct Invocation {
  CommonArguments common;
  std::vector<std::string> argv;
  std::string version;
};

int command_run(const RunArguments& arguments, const Invocation& invocation);
int command_resume(const ResumeArguments& arguments, const Invocation& invocation);
// Of a run that has ended: `resume` hands it over.
int command_rollback(const ResumeArguments& arguments, const Invocation& invocation);
int command_resolve(const ResolveArguments& arguments, const Invocation& invocation);
int command_validate(const ValidateArguments& arguments, const Invocation& invocation);
int command_verify(const VerifyArguments& arguments, const Invocation& invocation);
int command_show(const ShowArguments& arguments, const Invocation& invocation);
int command_report(const ReportArguments& arguments, const Invocation& invocation);
int command_logs(const LogsArguments& arguments, const Invocation& invocation);
int command_history(const HistoryArguments& arguments, const Invocation& invocation);
int command_answer(const AnswerArguments& arguments, const Invocation& invocation);
int command_note(const NoteArguments& arguments, const Invocation& invocation);
int command_cancel(const CancelArguments& arguments, const Invocation& invocation);
int command_schema(const SchemaArguments& arguments, const Invocation& invocation);

// The whole program.
int run_command_line(int argc, char** argv, const char* version);

}  // namespace runbook
