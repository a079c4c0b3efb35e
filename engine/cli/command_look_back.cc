// verify, show, logs, history: nothing here changes anything.
#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <map>

#include "base/text.h"
#include "base/unique_fd.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/environment.h"
#include "cli/neighbours.h"
#include "cli/past_run.h"
#include "report/words/exit_code.h"
#include "report/words/history.h"
#include "report/words/log_text.h"
#include "report/words/show.h"
#include "store/files/kept_lock.h"
#include "store/files/run_list.h"
#include "store/files/run_lock.h"
#include "store/files/state_directory.h"
#include "store/files/verify.h"

namespace runbook {
namespace {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// While a step runs, the end of long output lies in a second file. None: it printed nothing.
Result<std::vector<UniqueFd>> open_log(const std::string& path) {
  std::vector<UniqueFd> parts;
  for (const auto& name : {path, path + ".next"}) {
    UniqueFd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid() && errno == ENOENT) continue;
    if (!file.valid()) return system_error("open", name);
    parts.push_back(std::move(file));
  }
  return parts;
}

}  // namespace

int command_verify(const VerifyArguments& arguments, const Invocation& invocation) {
  const auto directory = find_past_run(arguments.run, invocation);
  if (!directory) return exit_codes::not_found;
  const auto verified = verify_run(*directory);
  if (!verified) return complain(verified.error(), exit_codes::unreachable);
  std::printf("%s  %s\n", verified->run_id.c_str(), verified->summary().c_str());
  std::printf("  head         %s after %s\n", hex(verified->head).c_str(),
              count_of(verified->records, "record").c_str());
  for (const auto& problem : verified->problems) std::printf("  problem      %s\n", printable(problem).c_str());
  for (const auto& what : verified->checked) std::printf("  checked      %s\n", printable(what).c_str());
  for (const auto& what : verified->not_checked) std::printf("  not checked  %s\n", printable(what).c_str());
  return exit_code(verified->verdict);
}

int command_show(const ShowArguments& arguments, const Invocation& invocation) {
  auto read = read_past_run(arguments.run, invocation);
  if (const auto* code = std::get_if<int>(&read)) return *code;
  const auto& run = std::get<PastRun>(read);
  const auto facts = terminal_facts(1);
  ShowOptions options;
  options.summary.style = style_of(invocation.common.color, facts);
  options.summary.width = facts.is_tty ? static_cast<std::size_t>(window_size(1, facts).columns) : 100;
  options.summary.logs = log_source(run.directory);
  options.started = run.started;
  options.running = is_live(run.directory) && !run.view->result();  // one that is rolled back is held, too
  if (const auto place = place_of(run.directory)) {
    options.rolled_back = rolled_back_text(place->state_directory, place->run_id);
    options.locks = lock_lines(place->state_directory, place->run_id, run.view->header().locks);
  }
  const auto verified = verify_run(run.directory);
  options.verification = verified ? verified->summary() : verified.error().message();
  print(show_text(*run.view, options));
  return exit_codes::ok;
}

int command_logs(const LogsArguments& arguments, const Invocation& invocation) {
  auto read = read_past_run(arguments.run, invocation);
  if (const auto* code = std::get_if<int>(&read)) return *code;
  const auto& run = std::get<PastRun>(read);
  const auto& view = *run.view;
  std::vector<std::string_view> names;
  bool known = arguments.step.empty();
  const auto style = style_of(invocation.common.color, terminal_facts(1));
  for (NodeId id = 0; id < view.size(); ++id) {
    const auto& name = view.names()[id].name;
    names.push_back(name);
    // Of one attempt after another: `migrate.1.log`, `migrate.2.log`…
    if (!arguments.step.empty() && arguments.step != name) continue;
    known = true;
    for (int attempt = 1; attempt <= view[id].attempts; ++attempt) {
      const auto parts = open_log(run.directory + "/logs/" + name + "." + std::to_string(attempt) + ".log");
      if (!parts) return complain(parts.error(), exit_codes::unreachable);
      if (parts->empty()) continue;  // it printed nothing
      std::vector<int> files;
      for (const auto& part : *parts) files.push_back(part.get());
      LogOptions options{style, arguments.last, arguments.step.empty() ? name + " | " : ""};
      if (view[id].attempts > 1) std::printf("-- %s, attempt %d\n", name.c_str(), attempt);
      if (auto printed = print_log(files, options, print); !printed)
        return complain(printed.error(), exit_codes::unreachable);
    }
  }
  if (known) return exit_codes::ok;
  const auto near = nearest(arguments.step, names);
  std::fprintf(stderr, "error: the run has no step `%s`\n", printable(arguments.step).c_str());
  if (!near.empty()) std::fprintf(stderr, "  help: did you mean `%s`?\n", std::string(near).c_str());
  return exit_codes::not_found;
}

int command_history(const HistoryArguments& arguments, const Invocation& invocation) {
  const auto state = find_state_directory(invocation.common.state_dir);
  if (!state) return complain(state.error(), exit_codes::not_found);
  const auto all = list_runs(*state);
  if (!all) return complain(all.error(), exit_codes::unreachable);
  std::vector<HistoryRow> rows;
  std::map<std::string, const RunSummary*> undone_by;  // the newest is met first
  for (const auto& run : *all)
    if (!run.rollback_of.empty()) undone_by.emplace(run.rollback_of, &run);
  for (const auto& run : *all) {
    if (rows.size() == arguments.limit) break;
    HistoryRow row;
    row.run_id = run.id;
    row.runbook = run.runbook;
    row.user = run.user;
    row.started = run.started.value_or(WallTime{});
    row.outcome = run.outcome;
    row.paused = run.status == RunSummary::Status::stopped && run.paused;
    row.running = run.status == RunSummary::Status::live;
    row.took = run.duration;
    if (!run.failed_step.empty()) row.note = run.failed_step + " failed";
    if (!run.rollback_of.empty()) row.note = "rollback of " + run.rollback_of;
    if (const auto later = undone_by.find(run.id); later != undone_by.end()) {
      const auto& by = *later->second;
      row.settled = by.outcome == RunOutcome::rolled_back;
      row.note = rolled_back_words(by);
    } else if (row.outcome == RunOutcome::rollback_incomplete) {
      if (const auto resolved = resolutions_of(*state, run.id); resolved && !resolved->empty()) {
        row.settled = true;
        row.note += (row.note.empty() ? "" : "; ") + std::string("resolved by ") + resolved->back().user;
      }
    }
    rows.push_back(std::move(row));
  }
  print(history_text(rows, all->size(), wall_now(), style_of(invocation.common.color, terminal_facts(1))));
  return exit_codes::ok;
}

}  // namespace runbook
