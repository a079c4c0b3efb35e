#include "store/files/recover.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/io.h"
#include "journal/journal_file.h"
#include "journal/reader.h"
#include "store/files/anchor.h"
#include "store/files/verify.h"

namespace runbook {
namespace {

constexpr const char* recovered_name = "journal.new";

Result<> copy_bytes(const UniqueFd& from, const std::string& from_path, std::uint64_t count, const UniqueFd& to,
                    const std::string& to_path) {
  std::vector<char> buffer(256 << 10);
  while (count > 0) {
    const auto size = std::min<std::uint64_t>(count, buffer.size());
    const auto got = read_some(from, buffer.data(), size, from_path);
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) return failure("read", from_path, "it became shorter meanwhile");
    RUNBOOK_TRY(write_file(to, {buffer.data(), *got}, to_path));
    count -= *got;
  }
  return sync_file(to, to_path);
}

Result<> copy_to_new(const UniqueFd& directory, const std::string& run_directory, const UniqueFd& from,
                     const std::string& from_path, std::uint64_t count, const std::string& name) {
  const std::string path = run_directory + "/" + name;
  // A recovery that was itself cut off may have left one.
  if (::unlinkat(directory.get(), name.c_str(), 0) != 0 && errno != ENOENT) return system_error("remove", path);
  const auto file = create_file_at(directory, name, path);
  if (!file) return tl::unexpected(file.error());
  return copy_bytes(from, from_path, count, *file, path);
}

Result<JournalState> scan_for_resume(const std::string& run_directory, const std::string& path,
                                     RecoveredJournal& found) {
  const auto place = place_of(run_directory);
  if (!place) return tl::unexpected(place.error());
  const auto anchors = read_anchors(place->state_directory, place->run_id);
  if (!anchors) return tl::unexpected(anchors.error());
  AnchorCheck check(anchors->anchors);
  auto state = scan_journal(path, [&](const Record& record, const Digest& head, const NodeNames&) {
    check.pass(++found.records, head);
    if (const auto* event = std::get_if<Event>(&record.body)) learn(found.names, *event);
    found.time = record.time;
  });
  if (!state) return state;
  switch (judge(*state, check)) {
    case Verdict::intact_sealed: return failure("go on with", path, "the run has ended, its journal is sealed");
    case Verdict::corrupt:
    case Verdict::cut_short:
      return failure("go on with", path, "it is not what the engine wrote; `runbook verify` says more");
    case Verdict::intact_unsealed:
    case Verdict::torn:
    case Verdict::missing: break;
  }
  if (state->records == 0) return failure("go on with", path, "it holds no record: the run never began");
  return state;
}

}  // namespace

Result<RecoveredJournal> recover_journal(const std::string& run_directory) {
  const std::string path = run_directory + "/" + std::string(journal_name);
  RecoveredJournal found;
  const auto state = scan_for_resume(run_directory, path, found);
  if (!state) return tl::unexpected(state.error());
  found.head = state->head;
  found.bytes = state->good_bytes;
  found.torn_bytes = state->file_bytes - state->good_bytes;

  const auto directory = open_directory(run_directory);
  if (!directory) return tl::unexpected(directory.error());
  const auto journal = open_file_at(*directory, std::string(journal_name), path);
  if (!journal) return tl::unexpected(journal.error());
  RUNBOOK_TRY(copy_to_new(*directory, run_directory, *journal, path, found.bytes, recovered_name));
  if (found.torn_bytes > 0) {
    found.torn_tail = "journal.torn-" + std::to_string(found.bytes);
    RUNBOOK_TRY(copy_to_new(*directory, run_directory, *journal, path, found.torn_bytes, found.torn_tail));
    RUNBOOK_TRY(sync_file(*directory, run_directory));
  }
  if (::renameat(directory->get(), recovered_name, directory->get(), journal_name.data()) != 0)
    return system_error("replace", path);
  RUNBOOK_TRY(sync_file(*directory, run_directory));
  return found;
}

}  // namespace runbook
