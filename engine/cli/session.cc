#include "cli/session.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "base/text.h"
#include "cli/engine_log.h"
#include "cli/environment.h"
#include "cli/live_report.h"
#include "cli/past_run.h"
#include "cli/people_here.h"
#include "cli/scratch_directory.h"
#include "cli/secret_values.h"
#include "drive/driver.h"
#include "host/real_host.h"
#include "report/words/exit_code.h"
#include "source/codes.h"
#include "store/files/anchor.h"
#include "store/files/run_list.h"
#include "store/files/state_directory.h"

extern char** environ;

namespace runbook {
namespace {

InterruptPolicy interrupt_policy(OnCancel on_cancel) {
  switch (on_cancel) {
    case OnCancel::rollback: return InterruptPolicy::rollback;
    case OnCancel::stop: return InterruptPolicy::leave;
    case OnCancel::by_terminal: break;
  }
  return isatty(0) == 1 && isatty(2) == 1 ? InterruptPolicy::ladder : InterruptPolicy::leave;
}

}  // namespace

RenderOptions Session::rendering() const {
  return render_options(use_color(invocation.common.color, terminal_facts(2)));
}

int Session::take_secrets(Diagnostics& diagnostics) {
  const auto runbooks = all_runbooks(*prepared->runbook);
  const auto secrets = read_secrets(runbooks, diagnostics);
  if (diagnostics.errors() > 0) return exit_codes::bad_config;
  std::vector<SecretValue> hidden;
  for (std::size_t i = 0; i < runbooks.size(); ++i) {
    auto& known = i == 0 ? context.secrets : context.used_secrets.try_emplace(runbooks[i], Value::map()).first->second;
    for (const auto& [name, value] : secrets[i]) {
      known.set(name, value);
      hidden.push_back({name, value});
    }
  }
  auto made = Redactor::make(hidden);
  if (!made) return complain(made.error(), exit_codes::bad_config);
  redactor = std::move(*made);
  for (const auto& name : redactor->whole_words_only()) {
    auto& d = diagnostics.warning(code::secret_short, {},
                                  "secret `" + name + "` is so short that it is hidden as a whole word only");
    d.help = "use a secret of at least 8 characters";
  }
  return 0;
}

int Session::hold(const std::string& run, std::optional<RunDirectory>& held) {
  const auto state = find_state_directory(invocation.common.state_dir);
  const auto id = state ? find_run(*state, run) : tl::unexpected(state.error());
  if (!id) return complain(id.error(), exit_codes::not_found);
  state_directory = *state;
  auto taken = RunDirectory::open(*state, *id);
  if (!taken)
    return complain(taken.error(), taken.error().number == EWOULDBLOCK ? exit_codes::locked : exit_codes::journal);
  held.emplace(std::move(*taken));
  return 0;
}

int Session::adopt(PastRun& past) {
  if (!past.broken_link.empty())
    return complain(Error{"take up", past.directory, past.broken_link}, exit_codes::journal);
  if (!past.prepared) {
    std::fprintf(stderr, "error: the runbook as it was at the start (%s/runbook) cannot be run by this version\n",
                 past.directory.c_str());
    return exit_codes::invalid;
  }
  const auto& header = past.origin;
  context.run_id = header.run_id;
  context.params = header.params;
  context.user = header.user;
  context.host = header.host;
  context.started_at = past.origin_started_at;
  prepared = std::move(*past.prepared);
  Diagnostics diagnostics;
  const int code = take_secrets(diagnostics);
  print_diagnostics(diagnostics, header.runbook_path, rendering());
  if (code != 0) return code;
  fill_context();
  evaluator.emplace(*prepared->plan, context, std::random_device{}());
  Diagnostics vars;
  evaluator->prepare_run(vars);
  print_diagnostics(vars, header.runbook_path, rendering());
  return vars.errors() > 0 ? exit_codes::invalid : 0;
}

void Session::fill_context() {
  context.base_env = inherited_environment(environ);
  context.redact = [hider = redactor](std::string_view text) { return hider->redact(text); };
}

int Session::take_locks(const Supervisor& supervisor, const DriveArguments& arguments,
                        std::vector<std::string> own_runs) {
  Diagnostics diagnostics;
  const auto requests = lock_requests(*prepared->runbook, context.params, diagnostics);
  if (diagnostics.errors() > 0) {
    print_diagnostics(diagnostics, prepared->file->path(), rendering());
    return exit_codes::invalid;
  }
  LockSetting setting;
  setting.state_directory = state_directory;
  setting.runbook = prepared->runbook->name.value;
  setting.machine = this_machine();
  setting.supervisor = supervisor.pid();
  setting.own_runs = std::move(own_runs);
  setting.wait = arguments.lock_wait;
  setting.rendering = rendering();
  return locks.take(requests, std::move(setting));
}

Result<> Session::end_locks(const RunState& state) {
  const auto names = locks.names();
  const auto status = state.status();
  std::string why;
  if (state.result()) {
    if (state.result()->outcome == RunOutcome::rollback_incomplete) why = "rollback incomplete";
    if (state.result()->outcome == RunOutcome::unknown) why = "its outcome is unknown";
  } else if (status == RunState::Status::unknown) {
    why = "unfinished, the outcome of a step is unknown";
  } else if (state.leaves_changes()) {
    why = "unfinished, it was left half-way";
  }
  RUNBOOK_TRY(locks.end(why));
  if (names.empty() || why.empty()) return {};
  const auto& run = directory->id();
  std::fprintf(stderr,
               "%s %s with this run (%s): others are refused until `runbook resume %s` or `runbook rollback %s` "
               "ends well, or `runbook resolve %s -m WHY` gives it back\n",
               printable("lock " + join_ticked(names)).c_str(), names.size() == 1 ? "stays" : "stay", why.c_str(),
               run.c_str(), run.c_str(), run.c_str());
  return {};
}

JournalOptions Session::journal_options() const {
  JournalOptions options;
  options.wall_clock = [at = recorded_at] { return *at = wall_now(); };
  if (!redactor->empty()) options.redact = context.redact;
  return options;
}

int Session::drive(Supervisor supervisor, const DriveArguments& arguments, RunState& state, std::vector<Event> first,
                   Time now, const RunView* before) {
  auto scratch = ScratchDirectory::create();
  if (!scratch) return complain(scratch.error(), exit_codes::journal);
  const auto policy = interrupt_policy(arguments.on_cancel);
  LiveReportOptions live;
  live.mode = arguments.output;
  live.color = invocation.common.color;
  live.events = arguments.events;
  live.ladder = policy == InterruptPolicy::ladder;
  live.redact = redactor->empty() ? Redact() : Redact(context.redact);
  live.before = before;
  live.recorded_at = [at = recorded_at] { return *at; };
  auto report = LiveReport::open(*prepared->plan, std::move(live));
  if (!report) return complain(report.error(), exit_codes::usage);

  const auto people = people_here(state, arguments, **report, style_of(invocation.common.color, terminal_facts(2)));
  RealHostOptions options;
  const auto logs = directory->path() + "/logs";
  options.logs = UniqueFd(::open(logs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!options.logs.valid()) return complain(system_error("open", logs).value(), exit_codes::journal);
  const auto artifacts = directory->path() + "/artifacts";
  options.artifacts = UniqueFd(::open(artifacts.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!options.artifacts.valid()) return complain(system_error("open", artifacts).value(), exit_codes::journal);
  options.scratch = scratch->path();
  options.redactor = redactor;
  options.start = now;
  options.requests = directory->path() + "/requests";
  options.people = people.get();
  options.listener = [&observer = (*report)->observer()](NodeId node, Stream stream, std::string_view bytes) {
    observer.on_output(node, stream, bytes);
  };
  auto host = RealHost::create(std::move(supervisor), std::move(options));
  if (!host) return complain(host.error(), exit_codes::our_bug);

  Driver driver(state, *evaluator, **host, *journal, (*report)->observer(), policy);
  engine_log::info("run directory " + directory->path());
  auto driven = driver.run(std::move(first));
  engine_log::info("driven to its end; " + count_of(journal->durable(), "record") + " on disk");
  if (!driven) engine_log::warn(driven.error().message());
  if (driven && state.status() == RunState::Status::finished) {
    driven = journal->seal(state.result()->outcome);
    if (driven) driven = append_anchor(state_directory, directory->id(), journal->records(), journal->head());
  }
  host->reset();  // whatever may still run ends before anybody reads that the run is over
  RunEnd end;
  end.strict = arguments.strict;
  end.interrupted_by = driver.interrupted_by();
  end.lost = state.status() == RunState::Status::unknown;
  end.journal_failed = !driven;
  const int code = (*report)->close(end, driven ? "" : driven.error().message(), log_source(directory->path()));
  if (auto ended = end_locks(state); !ended) return complain(ended.error(), exit_codes::journal);
  return code;
}

}  // namespace runbook
