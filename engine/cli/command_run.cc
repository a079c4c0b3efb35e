#include <cstdio>
#include <filesystem>
#include <random>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/engine_log.h"
#include "cli/environment.h"
#include "cli/params_file.h"
#include "cli/people_here.h"
#include "cli/runbook_files.h"
#include "cli/session.h"
#include "language/arguments.h"
#include "plan/skips.h"
#include "report/words/exit_code.h"
#include "store/files/snapshot.h"
#include "store/files/state_directory.h"

namespace runbook {
namespace {

// Everything a run has, made in the order in which it may fail: nothing is written before all inputs are known good.
class NewRun {
 public:
  NewRun(const RunArguments& arguments, const Invocation& invocation) : arguments_(arguments), session_{invocation} {}

  int run() {
    // First: it is forked, and so should copy as little as possible.
    auto supervisor = Supervisor::start();
    if (!supervisor) return complain(supervisor.error(), exit_codes::our_bug);
    if (const int code = check_stepwise(arguments_); code != 0) return code;
    engine_log::debug("supervisor " + std::to_string(supervisor->pid()));
    if (const int code = read_inputs(); code != 0) return code;
    engine_log::info("plan of " + count_of(session_.prepared->plan->nodes.size(), "node"));
    if (const int code = leave_out(); code != 0) return code;
    if (const int code = take_state(); code != 0) return code;
    if (const int code = session_.take_locks(*supervisor, arguments_, {}); code != 0) return code;
    if (const int code = open_journal(); code != 0) return code;
    RunState state(*session_.prepared->plan, arguments_.jobs);
    return session_.drive(std::move(*supervisor), arguments_, state, {first_}, Time{}, nullptr);
  }

 private:
  int read_inputs() {
    auto text = read_whole_file(arguments_.file);
    if (!text) return exit_codes::not_found;
    const auto file = std::make_shared<const SourceFile>(arguments_.file, std::move(*text));
    std::optional<ParamsFile> params_file;
    Diagnostics diagnostics;
    auto sources = sources_for(arguments_.file);
    session_.prepared = prepare(file, sources, diagnostics);
    const auto say = [&](int code) {
      diagnostics.sort();
      print_diagnostics(diagnostics, arguments_.file, session_.rendering());
      return code;
    };
    if (!session_.prepared) return say(exit_codes::invalid);
    auto given = arguments_.params;
    if (!arguments_.params_file.empty()) {
      params_file = read_params_file(arguments_.params_file, diagnostics);
      if (!params_file) return exit_codes::not_found;
      auto& from_file = params_file->params;
      // What is on the command line counts more than what is in a file.
      for (const auto& [name, value] : given)
        std::erase_if(from_file, [&, key = name](const auto& param) { return param.first == key; });
      given.insert(given.begin(), from_file.begin(), from_file.end());
    }
    if (const int code = check_approvals(*session_.prepared->plan, arguments_); code != 0) return code;
    session_.context.params = bind_params(*session_.prepared->runbook, given, diagnostics);
    if (diagnostics.errors() > 0) return say(exit_codes::invalid);
    return say(session_.take_secrets(diagnostics));
  }

  int take_state() {
    const auto state = find_state_directory(session_.invocation.common.state_dir);
    if (!state) return complain(state.error(), exit_codes::journal);
    session_.state_directory = *state;
    if (auto made = prepare_state_directory(*state); !made) return complain(made.error(), exit_codes::journal);
    return 0;
  }

  // What --skip and --from say. Whatever would miss what a skipped step produces is told before anything runs.
  int leave_out() {
    Diagnostics diagnostics;
    first_.skips =
        choose_skips(*session_.prepared->plan, {arguments_.skip, arguments_.from, this_machine().user}, diagnostics);
    diagnostics.sort();
    print_diagnostics(diagnostics, arguments_.file, session_.rendering());
    return diagnostics.errors() > 0 ? exit_codes::usage : 0;
  }

  int open_journal() {
    const auto machine = this_machine();
    const auto& prepared = *session_.prepared;
    auto directory = RunDirectory::create(session_.state_directory, prepared.runbook->name.value);
    if (!directory) return complain(directory.error(), exit_codes::journal);
    const auto path = session_.directory.emplace(std::move(*directory)).path();
    auto& context = session_.context;
    context.run_id = session_.directory->id();
    context.user = machine.user;
    context.host = machine.host;
    context.started_at = write_wall_time(wall_now());
    session_.fill_context();
    session_.evaluator.emplace(*prepared.plan, context, std::random_device{}());
    Diagnostics diagnostics;
    session_.evaluator->prepare_run(diagnostics);
    if (diagnostics.errors() > 0) {
      std::error_code ignored;  // an empty directory of a run that never began
      std::filesystem::remove_all(path, ignored);
      print_diagnostics(diagnostics, arguments_.file, session_.rendering());
      return exit_codes::invalid;
    }
    std::vector<SnapshotFile> files;
    for (const auto& [name, file] : prepared.files) files.push_back({name, std::string(file->text())});
    if (auto written = write_snapshot(path, files); !written) return complain(written.error(), exit_codes::journal);
    auto journal = JournalWriter::create(path, NodeNames(*prepared.plan), session_.journal_options());
    if (!journal) return complain(journal.error(), exit_codes::journal);
    session_.journal.emplace(std::move(*journal));
    first_.run_id = context.run_id;
    first_.runbook = prepared.runbook->name.value;
    first_.runbook_path = arguments_.file;
    first_.runbook_hash = snapshot_hash(files);
    first_.plan_hash = hex(prepared.plan->hash);
    first_.params = context.params;
    for (const auto& [name, value] : context.secrets.as_map()) first_.secrets.push_back(name);
    for (const auto& [runbook, values] : context.used_secrets)
      for (const auto& [name, value] : values.as_map()) first_.secrets.push_back(runbook->name.value + "." + name);
    first_.user = machine.user;
    first_.host = machine.host;
    first_.boot_id = machine.boot_id;
    first_.engine_version = session_.invocation.version;
    first_.argv = session_.invocation.argv;
    first_.nodes = NodeNames(*prepared.plan).labels();
    first_.locks = session_.locks.names();
    first_.stepwise = arguments_.stepwise;
    // Last: until here there is no run that could be told of.
    if (auto begun = session_.locks.begin(first_.run_id); !begun) return complain(begun.error(), exit_codes::journal);
    return 0;
  }

  const RunArguments& arguments_;
  Session session_;
  RunStarted first_;
};

}  // namespace

int command_run(const RunArguments& arguments, const Invocation& invocation) {
  return NewRun(arguments, invocation).run();
}

}  // namespace runbook
