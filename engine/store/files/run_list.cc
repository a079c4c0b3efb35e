#include "store/files/run_list.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/io.h"
#include "base/text.h"
#include "base/value.h"
#include "journal/journal_file.h"
#include "journal/record.h"
#include "store/files/run_directory.h"
#include "store/files/run_lock.h"
#include "store/files/state_directory.h"

namespace runbook {
namespace {

constexpr std::size_t shown_candidates = 5;

// Ids, newest first.
Result<std::vector<std::string>> run_ids(const std::string& state_directory) {
  std::vector<std::string> ids;
  const std::string path = runs_directory(state_directory);
  auto directory = open_directory(path);
  if (!directory && directory.error().number == ENOENT) return ids;
  if (!directory) return tl::unexpected(directory.error());
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory->get()), ::closedir);
  if (!stream) return system_error("read", path);
  directory->release();
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(stream.get());
    if (!entry && errno != 0) return system_error("read", path);
    if (!entry) break;
    if (is_run_id(entry->d_name)) ids.push_back(entry->d_name);
  }
  std::sort(ids.begin(), ids.end(), std::greater<>());
  return ids;
}

std::string read_range(const UniqueFd& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto count = ::pread(file.get(), bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

// The first record without its long parts: what stands before argv are strings, in which quotes are escaped.
void read_first(const std::string& head, RunSummary& summary) {
  const auto end = head.find(",\"argv\":[");
  Value record;
  if (end == std::string::npos || !from_json(head.substr(0, end) + "}", record)) return;
  const auto text = [&](std::string_view key) {
    const auto* value = record.find(key);
    return value && value->is_string() ? value->as_string() : std::string();
  };
  summary.runbook = text("runbook");
  summary.user = text("user");
  summary.rollback_of = text("rollback_of");
  summary.started = parse_wall_time(text("at"));
}

// The last whole line that is a record; empty when `tail` holds none that surely begins in it.
bool read_last(std::string_view tail, bool is_all, RunSummary& summary) {
  auto end = tail.rfind('\n');
  while (end != std::string_view::npos) {
    const auto before = end == 0 ? std::string_view::npos : tail.rfind('\n', end - 1);
    if (before == std::string_view::npos && !is_all) return false;
    const auto begin = before == std::string_view::npos ? 0 : before + 1;
    Value record;
    if (from_json(tail.substr(begin, end - begin), record)) {
      const auto *type = record.find("type"), *time = record.find("t"), *outcome = record.find("outcome");
      if (time && time->is_integer()) summary.duration = Duration(time->as_integer());
      const bool closes = type && (*type == Value("sealed") || *type == Value("run_finished"));
      if (closes && outcome && outcome->is_string()) summary.outcome = parse_run_outcome(outcome->as_string());
      if (const auto* failed = record.find("failed_step"); closes && failed && failed->is_string())
        summary.failed_step = failed->as_string();
      const auto is = [&](const char* name) { return type && *type == Value(name); };
      summary.paused = is("run_paused") || is("approval_requested") || is("approved") || is("rejected");
      // What changes nothing does not tell how it stands either.
      if (is("note_added") || is("request_refused")) {
        end = before;
        continue;
      }
      if (!type || *type != Value("sealed")) return true;  // before the seal stands how the run ended
    }
    end = before;
  }
  return is_all;
}

}  // namespace

RunSummary summarize_run(const std::string& run_directory) {
  RunSummary summary;
  summary.id = std::filesystem::path(run_directory).filename().string();
  if (is_live(run_directory)) summary.status = RunSummary::Status::live;
  const std::string path = run_directory + "/" + std::string(journal_name);
  const auto file = open_file(path);
  if (!file) return summary;
  const auto size = file_size(*file, path);
  if (!size) return summary;

  read_first(read_range(*file, 0, std::min<std::uint64_t>(*size, 64 << 10)), summary);
  for (std::uint64_t block = 16 << 10;; block *= 4) {
    const auto length = std::min(*size, block);
    const bool found = read_last(read_range(*file, *size - length, length), length == *size, summary);
    if (found || block > 4 * longest_line) break;
  }
  if (summary.outcome) summary.status = RunSummary::Status::ended;
  return summary;
}

Result<std::vector<RunSummary>> list_runs(const std::string& state_directory, std::size_t limit) {
  const auto ids = run_ids(state_directory);
  if (!ids) return tl::unexpected(ids.error());
  std::vector<RunSummary> runs;
  for (const auto& id : *ids) {
    // Ids tell seconds; of the last second all are needed to find the newest.
    if (runs.size() >= limit && id.substr(0, 15) != runs.back().id.substr(0, 15)) break;
    runs.push_back(summarize_run(runs_directory(state_directory) + "/" + id));
  }
  std::stable_sort(runs.begin(), runs.end(), [](const RunSummary& a, const RunSummary& b) {
    const auto seconds = a.id.compare(0, 15, b.id, 0, 15);
    return seconds != 0 ? seconds > 0 : a.started > b.started;
  });
  if (runs.size() > limit) runs.resize(limit);
  return runs;
}

Result<std::optional<RunSummary>> rollback_of_run(const std::string& state_directory, const std::string& run_id) {
  const auto ids = run_ids(state_directory);
  if (!ids) return tl::unexpected(ids.error());
  std::optional<RunSummary> last;
  for (const auto& id : *ids) {
    if (id.substr(0, 15) < run_id.substr(0, 15)) break;  // newest first; none that is older can undo it
    auto run = summarize_run(runs_directory(state_directory) + "/" + id);
    if (run.rollback_of == run_id && (!last || last->started < run.started)) last = std::move(run);
  }
  return last;
}

Result<std::string> find_run(const std::string& state_directory, const std::string& text) {
  const auto ids = run_ids(state_directory);
  if (!ids) return tl::unexpected(ids.error());
  if (ids->empty()) return failure("find", "run `" + printable(text) + "`", "there are no runs in " + state_directory);
  if (text == "last") {
    const auto newest = list_runs(state_directory, 1);
    if (!newest) return tl::unexpected(newest.error());
    return newest->front().id;
  }

  std::vector<std::string> beginning, part;
  for (const auto& id : *ids) {
    if (id == text) return id;
    if (!text.empty() && id.starts_with(text)) beginning.push_back(id);
    if (!text.empty() && id.find(text) != std::string::npos) part.push_back(id);
  }
  auto& matches = beginning.empty() ? part : beginning;
  if (matches.size() == 1) return matches.front();

  const auto& candidates = matches.empty() ? *ids : matches;
  std::vector<std::string> shown(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                              candidates.size(), shown_candidates)));
  const auto others = candidates.size() - shown.size();
  const std::string list =
      others == 0 ? join_ticked(shown) : "`" + join(shown, "`, `") + "` and " + count_of(others, "other");
  return failure("find", "run `" + printable(text) + "`",
                 matches.empty() ? "no run has this in its id; the newest: " + list
                                 : count_of(matches.size(), "run") + " have this in their id: " + list);
}

}  // namespace runbook
