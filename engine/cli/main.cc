#include <sys/resource.h>

#include <csignal>

#include "cli/commands.h"
#include "cli/engine_log.h"
#include "host/process/lua_process.h"

namespace runbook {

int run_command_line(int argc, char** argv, const char* version) {
  if (argc == 2 && argv[1] == lua_process_flag) return run_lua_process();
  // A reader that goes away (`| head`) must not end a run; children get the default back.
  std::signal(SIGPIPE, SIG_IGN);
  // A core of the engine would hold secrets.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  engine_log::open();
  auto parsed = parse_arguments(argc, argv, version);
  if (const auto* early = std::get_if<EarlyExit>(&parsed)) return early->code;
  auto& arguments = std::get<Arguments>(parsed);
  const Invocation invocation{arguments.common, arguments.argv, version};
  struct Run {
    const Invocation& with;
    int operator()(const RunArguments& a) const { return command_run(a, with); }
    int operator()(const ResumeArguments& a) const { return command_resume(a, with); }
    int operator()(const ResolveArguments& a) const { return command_resolve(a, with); }
    int operator()(const ValidateArguments& a) const { return command_validate(a, with); }
    int operator()(const VerifyArguments& a) const { return command_verify(a, with); }
    int operator()(const ShowArguments& a) const { return command_show(a, with); }
    int operator()(const ReportArguments& a) const { return command_report(a, with); }
    int operator()(const LogsArguments& a) const { return command_logs(a, with); }
    int operator()(const HistoryArguments& a) const { return command_history(a, with); }
    int operator()(const AnswerArguments& a) const { return command_answer(a, with); }
    int operator()(const NoteArguments& a) const { return command_note(a, with); }
    int operator()(const CancelArguments& a) const { return command_cancel(a, with); }
    int operator()(const SchemaArguments& a) const { return command_schema(a, with); }
  };
  return std::visit(Run{invocation}, arguments.command);
}

}  // namespace runbook
