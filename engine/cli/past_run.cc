#include "cli/past_run.h"

#include <cstdio>
#include <fstream>

#include "base/text.h"
#include "journal/run_list.h"
#include "journal/snapshot.h"
#include "journal/state_directory.h"
#include "journal/wall_time.h"
#include "report/exit_code.h"

namespace runbook {
namespace {

constexpr std::size_t log_end_bytes = 64 << 10;

// The snapshot holds the runbook itself, and the Lua modules it requires.
std::optional<Prepared> read_snapshot(const std::string& directory, const RunStarted& header) {
  const auto slash = header.runbook_path.rfind('/');
  const auto name = slash == std::string::npos ? header.runbook_path : header.runbook_path.substr(slash + 1);
  std::ifstream file(directory + "/" + std::string(snapshot_name) + "/" + name, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  Diagnostics diagnostics;
  const auto source = std::make_shared<const SourceFile>(header.runbook_path, std::move(text));
  LuaModules modules({directory + "/" + std::string(snapshot_name)});
  auto prepared = prepare(source, modules, diagnostics);
  // Node ids are the journal's only if the snapshot still gives the same nodes.
  if (!prepared || NodeNames(*prepared->plan).labels() != header.nodes) return std::nullopt;
  return prepared;
}

}  // namespace

std::optional<std::string> find_past_run(const std::string& text, const Invocation& invocation) {
  const auto state = find_state_directory(invocation.common.state_dir);
  const auto id = state ? find_run(*state, text) : tl::unexpected(state.error());
  if (id) return runs_directory(*state) + "/" + *id;
  std::fprintf(stderr, "error: %s\n", printable(id.error().message(), true).c_str());
  return std::nullopt;
}

std::variant<PastRun, int> read_past_run(const std::string& text, const Invocation& invocation) {
  const auto directory = find_past_run(text, invocation);
  if (!directory) return exit_codes::not_found;
  const auto journal = read_journal(*directory + "/journal.jsonl");
  if (!journal) {
    std::fprintf(stderr, "error: %s\n", printable(journal.error().message()).c_str());
    return exit_codes::not_found;
  }
  PastRun run;
  run.directory = *directory;
  for (const auto& record : journal->records) {
    const auto* event = std::get_if<Event>(&record.body);
    if (!event) continue;
    if (const auto* header = std::get_if<RunStarted>(event)) {
      run.prepared = read_snapshot(*directory, *header);
      run.view.emplace(run.prepared ? run.prepared->plan.get() : nullptr);
      if (const auto at = parse_wall_time(record.at)) run.started = *at;
      run.started_at = record.at;
      // A journal that begins twice is no work of ours: then what came before is of no run that is shown.
      run.events.clear();
      run.walls.clear();
    }
    if (!run.view) continue;
    run.view->apply(*event, record.time);
    run.events.emplace_back(*event, record.time);
    run.walls.push_back(parse_wall_time(record.at).value_or(run.walls.empty() ? run.started : run.walls.back()));
  }
  if (!run.view) {
    std::fprintf(stderr, "error: the journal of %s holds no record: its engine died before the run began\n",
                 directory->c_str());
    return exit_codes::not_found;
  }
  return run;
}

LogSource log_source(const std::string& directory) {
  LogSource source;
  source.directory = directory + "/logs";
  source.read_end = [logs = source.directory](std::string_view name) {
    std::ifstream file(logs + "/" + std::string(name), std::ios::binary | std::ios::ate);
    if (!file) return std::string();
    const auto size = static_cast<std::size_t>(file.tellg());
    const auto from = size > log_end_bytes ? size - log_end_bytes : 0;
    file.seekg(static_cast<std::streamoff>(from));
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  return source;
}

}  // namespace runbook
