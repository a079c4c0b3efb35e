#include "store/files/kept_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/io.h"
#include "base/wall_time.h"
#include "journal/line_reader.h"
#include "store/files/lock_place.h"

namespace runbook {
namespace {

constexpr const char* kept_name = "kept";
constexpr const char* new_name = "kept.new";
constexpr const char* history_name = "history.jsonl";

KeptLock read_kept(const Value& value) {
  return {text_member(value, "lock"), text_member(value, "run"),  text_member(value, "runbook"),
          text_member(value, "user"), text_member(value, "host"), text_member(value, "since"),
          text_member(value, "why")};
}

std::string written(const KeptLock& kept) {
  Value value = Value::map();
  value.set("lock", kept.lock);
  value.set("run", kept.run);
  value.set("runbook", kept.runbook);
  value.set("user", kept.user);
  value.set("host", kept.host);
  value.set("since", kept.since);
  value.set("why", kept.why);
  return to_json(value) + "\n";
}

std::string written(const Resolution& resolution) {
  Value value = Value::map();
  value.set("at", resolution.at);
  value.set("lock", resolution.lock);
  value.set("run", resolution.run);
  value.set("user", resolution.user);
  value.set("host", resolution.host);
  value.set("why", resolution.why);
  return to_json(value) + "\n";
}

Result<std::optional<KeptLock>> kept_in(const LockPlace& place) {
  const auto value = place.read_object(kept_name);
  if (!value) return tl::unexpected(value.error());
  return *value ? std::optional(read_kept(**value)) : std::nullopt;
}

Result<> remove(const LockPlace& place, const char* name) {
  if (::unlinkat(place.directory.get(), name, 0) != 0 && errno != ENOENT)
    return system_error("remove", place.file(name));
  return {};
}

// A line at the end, on disk when it returns; on a line of its own even after one that was cut off.
Result<> append_line(const LockPlace& place, const char* name, const std::string& line) {
  const auto path = place.file(name);
  UniqueFd file(
      ::openat(place.directory.get(), name, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.valid()) return system_error("open", path);
  const auto size = file_size(file, path);
  if (!size) return tl::unexpected(size.error());
  char last = '\n';
  if (*size > 0 && ::pread(file.get(), &last, 1, static_cast<off_t>(*size - 1)) != 1) return system_error("read", path);
  RUNBOOK_TRY(write_file(file, (last == '\n' ? "" : "\n") + line, path));
  RUNBOOK_TRY(sync_file(file, path));
  return sync_file(place.directory, place.path);
}

}  // namespace

Result<std::optional<KeptLock>> kept_lock(const std::string& state_directory, const std::string& lock) {
  const auto place = LockPlace::find(state_directory, lock);
  if (!place) return tl::unexpected(place.error());
  return *place ? kept_in(**place) : Result<std::optional<KeptLock>>(std::nullopt);
}

Result<> keep_lock(const std::string& state_directory, KeptLock kept) {
  const auto place = LockPlace::make(state_directory, kept.lock);
  if (!place) return tl::unexpected(place.error());
  kept.since = write_wall_time(wall_now());
  RUNBOOK_TRY(remove(*place, new_name));  // of an engine that died while it wrote one
  const auto file = create_file_at(place->directory, new_name, place->file(new_name));
  if (!file) return tl::unexpected(file.error());
  RUNBOOK_TRY(write_file(*file, written(kept), place->file(new_name)));
  RUNBOOK_TRY(sync_file(*file, place->file(new_name)));
  if (::renameat(place->directory.get(), new_name, place->directory.get(), kept_name) != 0)
    return system_error("write", place->file(kept_name));
  return sync_file(place->directory, place->path);
}

Result<> drop_kept_lock(const std::string& state_directory, const std::string& lock) {
  const auto place = LockPlace::find(state_directory, lock);
  if (!place) return tl::unexpected(place.error());
  if (!*place) return {};
  if (::unlinkat((*place)->directory.get(), kept_name, 0) != 0)
    return errno == ENOENT ? Result<>() : system_error("remove", (*place)->file(kept_name));
  return sync_file((*place)->directory, (*place)->path);
}

Result<std::vector<KeptLock>> locks_kept_by(const std::string& state_directory, const std::string& run) {
  const auto places = LockPlace::all(state_directory);
  if (!places) return tl::unexpected(places.error());
  std::vector<KeptLock> found;
  for (const auto& place : *places) {
    auto kept = kept_in(place);
    if (!kept) return tl::unexpected(kept.error());
    if (*kept && (*kept)->run == run) found.push_back(std::move(**kept));
  }
  std::sort(found.begin(), found.end(), [](const KeptLock& a, const KeptLock& b) { return a.lock < b.lock; });
  return found;
}

Result<> resolve_lock(const std::string& state_directory, Resolution resolution) {
  const auto place = LockPlace::make(state_directory, resolution.lock);
  if (!place) return tl::unexpected(place.error());
  const auto mutex = place->hold_mutex();
  if (!mutex) return tl::unexpected(mutex.error());
  const auto kept = kept_in(*place);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept || (*kept)->run != resolution.run)
    return failure("resolve", "lock `" + resolution.lock + "`", "the run does not keep it any more");
  resolution.at = write_wall_time(wall_now());
  RUNBOOK_TRY(append_line(*place, history_name, written(resolution)));
  RUNBOOK_TRY(remove(*place, kept_name));
  return sync_file(place->directory, place->path);
}

Result<std::vector<Resolution>> resolutions_of(const std::string& state_directory, const std::string& run) {
  const auto places = LockPlace::all(state_directory);
  if (!places) return tl::unexpected(places.error());
  std::vector<Resolution> found;
  for (const auto& place : *places) {
    auto file = open_file_at(place.directory, history_name, place.file(history_name));
    if (!file && file.error().number == ENOENT) continue;
    if (!file) return tl::unexpected(file.error());
    LineReader lines(std::move(*file), place.file(history_name));
    while (true) {
      const auto line = lines.next();
      if (!line) return tl::unexpected(line.error());
      if (!*line) break;
      Value value;
      // A line that was cut off is told by nobody: who wrote it did not take the lock.
      if (!from_json((*line)->text, value) || !value.is_map() || text_member(value, "run") != run) continue;
      found.push_back({text_member(value, "lock"), run, text_member(value, "user"), text_member(value, "host"),
                       text_member(value, "why"), text_member(value, "at")});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Resolution& a, const Resolution& b) { return a.at < b.at; });
  return found;
}

}  // namespace runbook
