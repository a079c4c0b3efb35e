#include "cli/past_run.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "base/wall_time.h"
#include "cli/runbook_files.h"
#include "journal/journal_file.h"
#include "report/words/exit_code.h"
#include "store/files/notes.h"
#include "store/files/run_directory.h"
#include "store/files/run_list.h"
#include "store/files/snapshot.h"
#include "store/files/state_directory.h"

namespace runbook {
namespace {

constexpr std::size_t log_end_bytes = 64 << 10;

// The snapshot holds the runbook itself, those it uses, and the Lua modules they require.
std::optional<Prepared> read_snapshot(const std::string& directory, const RunStarted& header) {
  const auto slash = header.runbook_path.rfind('/');
  const auto name = slash == std::string::npos ? header.runbook_path : header.runbook_path.substr(slash + 1);
  std::ifstream file(directory + "/" + std::string(snapshot_name) + "/" + name, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  Diagnostics diagnostics;
  const auto source = std::make_shared<const SourceFile>(header.runbook_path, std::move(text));
  Sources sources{std::make_unique<SnapshotFiles>(directory),
                  LuaModules({directory + "/" + std::string(snapshot_name)})};
  auto prepared = prepare(source, sources, diagnostics);
  // Node ids are the journal's only if the snapshot still gives the same nodes.
  if (!prepared) return std::nullopt;
  const auto labels = NodeNames(*prepared->plan).labels();
  // One that rolls back another knows from its start what that one's loops had added.
  const bool grown = !header.rollback_of.empty() && header.nodes.size() > labels.size();
  if (!std::equal(labels.begin(), labels.end(), header.nodes.begin(),
                  grown ? header.nodes.begin() + static_cast<std::ptrdiff_t>(labels.size()) : header.nodes.end()))
    return std::nullopt;
  return prepared;
}

struct Ancestors {
  std::vector<std::pair<Event, Time>> events;  // oldest first
  RunStarted origin;
  std::string origin_started_at;
  std::vector<std::string> ids;  // newest first
};

// The runs that `header`'s rolls back, each proved to be what the next began with.
Result<Ancestors> read_ancestors(const std::string& runs, RunStarted header) {
  constexpr std::size_t most = 100;
  Ancestors found;
  while (!header.rollback_of.empty()) {
    const auto id = header.rollback_of;
    const auto distrust = [&](const std::string& why) { return failure("go back to", "run " + id, why); };
    if (!is_run_id(id) || found.ids.size() == most) return distrust("it cannot be one that this run rolls back");
    const auto journal = read_journal(runs + "/" + id + "/" + std::string(journal_name));
    if (!journal) return tl::unexpected(journal.error());
    const auto& state = journal->state;
    if (state.integrity != Integrity::intact || !state.sealed || hex(state.head) != header.rollback_of_head)
      return distrust("its journal is not the one that this run began with; `runbook verify` says more");
    if (journal->names.labels() != header.nodes) return distrust("it has other steps");
    std::vector<std::pair<Event, Time>> events;
    for (const auto& record : journal->records)
      if (const auto* event = std::get_if<Event>(&record.body)) events.emplace_back(*event, record.time);
    const auto* first = events.empty() ? nullptr : std::get_if<RunStarted>(&events.front().first);
    if (!first) return distrust("its journal does not begin with its start");
    header = found.origin = *first;
    found.origin_started_at = journal->records.front().at;
    found.ids.push_back(id);
    events.insert(events.end(), found.events.begin(), found.events.end());
    found.events = std::move(events);
  }
  return found;
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
  run.sealed = journal->state.sealed.has_value();
  run.head = journal->state.head;
  auto records = journal->records;
  if (run.sealed) {
    auto notes = read_notes(*directory, run.head);
    run.notes_problem = notes ? notes->problem : notes.error().message();
    // They were written after the end: the run's clock stands still.
    for (auto& note : notes ? notes->records : std::vector<Record>()) {
      note.time = records.back().time;
      records.push_back(std::move(note));
    }
  }
  for (const auto& record : records) {
    const auto* event = std::get_if<Event>(&record.body);
    if (!event) continue;
    if (const auto* header = std::get_if<RunStarted>(event)) {
      run.prepared = read_snapshot(*directory, *header);
      run.view.emplace(run.prepared ? run.prepared->plan.get() : nullptr);
      if (const auto at = parse_wall_time(record.at)) run.started = *at;
      run.started_at = run.origin_started_at = record.at;
      run.origin = *header;
      run.lineage = {header->run_id};
      run.before.clear();
      const auto runs = std::filesystem::path(*directory).parent_path().string();
      if (auto ancestors = read_ancestors(runs, *header); !ancestors) {
        run.broken_link = ancestors.error().message();
      } else if (!ancestors->ids.empty()) {
        run.origin = std::move(ancestors->origin);
        run.origin_started_at = std::move(ancestors->origin_started_at);
        run.before = std::move(ancestors->events);
        run.lineage.insert(run.lineage.end(), ancestors->ids.begin(), ancestors->ids.end());
        for (const auto& [earlier, at] : run.before) run.view->apply(earlier, at);
      }
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

bool has_ended(const std::string& text, const Invocation& invocation) {
  const auto state = find_state_directory(invocation.common.state_dir);
  const auto id = state ? find_run(*state, text) : tl::unexpected(state.error());
  if (!id) return false;
  const auto journal = scan_journal(runs_directory(*state) + "/" + *id + "/" + std::string(journal_name),
                                    [](const Record&, const Digest&, const NodeNames&) {});
  return journal && journal->sealed.has_value();
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
