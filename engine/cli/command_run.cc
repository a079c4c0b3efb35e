#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/engine_log.h"
#include "cli/environment.h"
#include "cli/live_report.h"
#include "cli/params_file.h"
#include "cli/past_run.h"
#include "cli/prepared.h"
#include "cli/secret_values.h"
#include "driver/driver.h"
#include "driver/expression_evaluator.h"
#include "host/real_host.h"
#include "host/redactor.h"
#include "host/supervisor.h"
#include "journal/anchor.h"
#include "journal/run_directory.h"
#include "journal/snapshot.h"
#include "journal/state_directory.h"
#include "journal/writer.h"
#include "report/exit_code.h"
#include "runbook/arguments.h"

extern char** environ;

namespace runbook {
namespace {

// A run could not begin: why, in words, and the exit code.
struct NotStarted {
  int code;
};

int complain(const Error& error, int code) {
  std::fprintf(stderr, "error: %s\n", printable(error.message(), true).c_str());
  return code;
}

std::string file_name_of(const std::string& path) { return std::filesystem::path(path).filename().string(); }

// A private directory in memory where there is one: what steps hand over by $RUNBOOK_OUTPUT passes through it raw.
class ScratchDirectory {
 public:
  static Result<ScratchDirectory> create() {
    std::vector<std::string> places;
    if (auto runtime = environment_variable("XDG_RUNTIME_DIR"); !runtime.empty()) places.push_back(runtime);
    places.push_back("/dev/shm");
    if (auto temporary = environment_variable("TMPDIR"); !temporary.empty()) places.push_back(temporary);
    places.push_back("/tmp");
    for (const auto& place : places) {
      std::string path = place + "/runbook-XXXXXX";
      if (place[0] == '/' && mkdtemp(path.data())) return ScratchDirectory(std::move(path));
    }
    return system_error("create a private directory in", "/tmp");
  }
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ~ScratchDirectory() {
    std::error_code ignored;  // it is empty but for what a dying step left; the next boot takes it otherwise
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

InterruptPolicy interrupt_policy(RunArguments::OnCancel on_cancel) {
  switch (on_cancel) {
    case RunArguments::OnCancel::rollback: return InterruptPolicy::rollback;
    case RunArguments::OnCancel::stop: return InterruptPolicy::leave;
    case RunArguments::OnCancel::by_terminal: break;
  }
  return isatty(0) == 1 && isatty(2) == 1 ? InterruptPolicy::ladder : InterruptPolicy::leave;
}

// Everything a run has, made in the order in which it may fail: nothing is written before all inputs are known good.
class Run {
 public:
  Run(const RunArguments& arguments, const Invocation& invocation) : arguments_(arguments), invocation_(invocation) {}

  int run() {
    // First: it is forked, and so should copy as little as possible.
    auto supervisor = Supervisor::start();
    if (!supervisor) return complain(supervisor.error(), exit_codes::our_bug);
    engine_log::debug("supervisor " + std::to_string(supervisor->pid()));
    if (const int code = read_inputs(); code != 0) return code;
    engine_log::info("plan of " + count_of(prepared_->plan->nodes.size(), "node"));
    if (const int code = open_journal(); code != 0) return code;
    return drive(std::move(*supervisor));
  }

 private:
  int read_inputs() {
    auto text = read_whole_file(arguments_.file);
    if (!text) return exit_codes::not_found;
    const auto options = render_options(use_color(invocation_.common.color, terminal_facts(2)));
    const auto file = std::make_shared<const SourceFile>(arguments_.file, std::move(*text));
    std::optional<ParamsFile> params_file;
    Diagnostics diagnostics;
    prepared_ = prepare(file, diagnostics);
    const auto give_up = [&](int code) {
      diagnostics.sort();
      print_diagnostics(diagnostics, arguments_.file, options);
      return code;
    };
    if (!prepared_) return give_up(exit_codes::invalid);
    auto given = arguments_.params;
    if (!arguments_.params_file.empty()) {
      params_file = read_params_file(arguments_.params_file, diagnostics);
      if (!params_file) return exit_codes::not_found;
      auto& from_file = params_file->params;
      // What is on the command line counts more than what is in a file.
      for (auto& [name, value] : given) std::erase_if(from_file, [&, key = name](const auto& p) { return p.first == key; });
      given.insert(given.begin(), from_file.begin(), from_file.end());
    }
    context_.params = bind_params(*prepared_->runbook, given, diagnostics);
    if (diagnostics.errors() > 0) return give_up(exit_codes::invalid);
    const auto secrets = read_secrets(*prepared_->runbook, diagnostics);
    if (diagnostics.errors() > 0) return give_up(exit_codes::bad_config);
    std::vector<SecretValue> hidden;
    for (const auto& [name, value] : secrets) {
      context_.secrets.set(name, value);
      hidden.push_back({name, value});
    }
    auto redactor = Redactor::make(hidden);
    if (!redactor) return complain(redactor.error(), exit_codes::bad_config);
    redactor_ = std::move(*redactor);
    for (const auto& name : redactor_->whole_words_only()) {
      auto& d = diagnostics.warning(code_short_secret, {}, "secret `" + name + "` is so short that it is hidden as a whole word only");
      d.help = "use a secret of at least 8 characters";
    }
    if (!diagnostics.all().empty()) give_up(0);
    return 0;
  }

  int open_journal() {
    const auto machine = this_machine();
    const auto state = find_state_directory(invocation_.common.state_dir);
    if (!state) return complain(state.error(), exit_codes::journal);
    state_directory_ = *state;
    if (auto made = prepare_state_directory(state_directory_); !made) return complain(made.error(), exit_codes::journal);
    auto directory = RunDirectory::create(state_directory_, prepared_->runbook->name.value);
    if (!directory) return complain(directory.error(), exit_codes::journal);
    directory_.emplace(std::move(*directory));
    started_ = wall_now();
    context_.run_id = directory_->id();
    context_.user = machine.user;
    context_.host = machine.host;
    context_.started_at = write_wall_time(started_);
    context_.base_env = inherited_environment(environ);
    context_.redact = [redactor = redactor_](std::string_view text) { return redactor->redact(text); };
    evaluator_.emplace(*prepared_->plan, context_, std::random_device{}());
    Diagnostics diagnostics;
    evaluator_->prepare_run(diagnostics);
    if (diagnostics.errors() > 0) {
      std::error_code ignored;  // an empty directory of a run that never began
      std::filesystem::remove_all(directory_->path(), ignored);
      print_diagnostics(diagnostics, arguments_.file, render_options(use_color(invocation_.common.color, terminal_facts(2))));
      return exit_codes::invalid;
    }
    const std::vector<SnapshotFile> files{{file_name_of(arguments_.file), std::string(prepared_->file->text())}};
    if (auto written = write_snapshot(directory_->path(), files); !written)
      return complain(written.error(), exit_codes::journal);
    JournalOptions options;
    if (!redactor_->empty()) options.redact = context_.redact;
    auto journal = JournalWriter::create(directory_->path(), NodeNames(*prepared_->plan), std::move(options));
    if (!journal) return complain(journal.error(), exit_codes::journal);
    journal_.emplace(std::move(*journal));
    first_.run_id = context_.run_id;
    first_.runbook = prepared_->runbook->name.value;
    first_.runbook_path = arguments_.file;
    first_.runbook_hash = snapshot_hash(files);
    first_.plan_hash = hex(prepared_->plan->hash);
    first_.params = context_.params;
    for (const auto& [name, value] : context_.secrets.as_map()) first_.secrets.push_back(name);
    first_.user = machine.user;
    first_.host = machine.host;
    first_.boot_id = machine.boot_id;
    first_.engine_version = invocation_.version;
    first_.argv = invocation_.argv;
    first_.nodes = NodeNames(*prepared_->plan).labels();
    return 0;
  }

  int drive(Supervisor supervisor) {
    auto scratch = ScratchDirectory::create();
    if (!scratch) return complain(scratch.error(), exit_codes::journal);
    const auto policy = interrupt_policy(arguments_.on_cancel);
    LiveReportOptions live;
    live.mode = arguments_.output;
    live.color = invocation_.common.color;
    live.events = arguments_.events;
    live.ladder = policy == InterruptPolicy::ladder;
    live.redact = redactor_->empty() ? Redact() : Redact(context_.redact);
    auto report = LiveReport::open(*prepared_->plan, std::move(live));
    if (!report) return complain(report.error(), exit_codes::usage);

    RealHostOptions options;
    options.logs = UniqueFd(::open((directory_->path() + "/logs").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!options.logs.valid()) return complain(system_error("open", directory_->path() + "/logs").value(), exit_codes::journal);
    options.scratch = scratch->path();
    options.redactor = redactor_;
    options.listener = [&observer = (*report)->observer()](NodeId node, Stream stream, std::string_view bytes) {
      observer.on_output(node, stream, bytes);
    };
    auto host = RealHost::create(std::move(supervisor), std::move(options));
    if (!host) return complain(host.error(), exit_codes::our_bug);

    RunState state(*prepared_->plan, arguments_.jobs);
    Driver driver(state, *evaluator_, **host, *journal_, (*report)->observer(), policy);
    engine_log::info("run directory " + directory_->path());
    auto driven = driver.run({first_});
    engine_log::info("driven to its end; " + count_of(journal_->durable(), "record") + " on disk");
    if (!driven) engine_log::warn(driven.error().message());
    if (driven && state.status() == RunState::Status::finished) {
      driven = journal_->seal(state.result()->outcome);
      if (driven) driven = append_anchor(state_directory_, directory_->id(), journal_->records(), journal_->head());
    }
    host->reset();  // whatever may still run ends before anybody reads that the run is over
    RunEnd end;
    end.strict = arguments_.strict;
    end.interrupted_by = driver.interrupted_by();
    end.lost = state.status() == RunState::Status::unknown;
    end.journal_failed = !driven;
    return (*report)->close(end, driven ? "" : driven.error().message(), log_source(directory_->path()));
  }

  static constexpr std::string_view code_short_secret = "RB054";

  const RunArguments& arguments_;
  const Invocation& invocation_;
  std::optional<Prepared> prepared_;
  std::shared_ptr<const Redactor> redactor_;
  RunContext context_;
  std::string state_directory_;
  std::optional<RunDirectory> directory_;
  WallTime started_{};
  std::optional<ExpressionEvaluator> evaluator_;
  std::optional<JournalWriter> journal_;
  RunStarted first_;
};

}  // namespace

int command_run(const RunArguments& arguments, const Invocation& invocation) { return Run(arguments, invocation).run(); }

}  // namespace runbook
