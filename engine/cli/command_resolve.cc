// resolve: a person says that what a run left behind is dealt with; the run gives its lock back.
#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/session.h"
#include "report/words/exit_code.h"
#include "store/files/kept_lock.h"
#include "store/files/run_list.h"
#include "store/files/run_lock.h"
#include "store/files/state_directory.h"

namespace runbook {

int command_resolve(const ResolveArguments& arguments, const Invocation& invocation) {
  const auto state = find_state_directory(invocation.common.state_dir);
  if (!state) return complain(state.error(), exit_codes::not_found);
  // A lock can outlast the directory of its run: then only the whole id finds it.
  auto kept = locks_kept_by(*state, arguments.run);
  std::string run = arguments.run;
  if (kept && kept->empty()) {
    const auto id = find_run(*state, arguments.run);
    if (!id) return complain(id.error(), exit_codes::not_found);
    run = *id;
    kept = locks_kept_by(*state, run);
  }
  if (!kept) return complain(kept.error(), exit_codes::unreachable);
  const auto directory = runs_directory(*state) + "/" + run;
  if (is_live(directory)) {
    std::fprintf(
        stderr,
        "error: %s is being driven right now; nothing was resolved\n  help: wait for its end: runbook show %s\n",
        printable(run).c_str(), printable(run).c_str());
    return exit_codes::locked;
  }
  if (kept->empty()) {
    std::fprintf(stderr, "error: %s keeps no lock; there is nothing to resolve\n", printable(run).c_str());
    return exit_codes::usage;
  }
  const auto machine = this_machine();
  for (const auto& lock : *kept) {
    const Resolution resolution{lock.lock, run, machine.user, machine.host, arguments.why, ""};
    if (auto resolved = resolve_lock(*state, resolution); !resolved)
      return complain(resolved.error(), exit_codes::journal);
    std::printf("lock `%s` is free again; %s said why: %s\n", printable(lock.lock).c_str(),
                printable(machine.user).c_str(), printable(arguments.why).c_str());
  }
  return exit_codes::ok;
}

}  // namespace runbook
