#include "store/files/notes.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/io.h"
#include "base/wall_time.h"
#include "journal/chain.h"
#include "journal/line_reader.h"

namespace runbook {
namespace {

// Why the line is not the next note; empty: it is, and has been added.
std::string take(const Line& line, Notes& notes) {
  if (line.too_long) return "its line is longer than 16 MiB";
  if (!line.terminated) return "its line has no end";
  const auto parts = split_chained_line(line.text);
  if (!parts) return "its line does not end in a hash";
  if (chain_hash(notes.head, parts->body) != parts->stated) return "its hash does not fit";
  NodeNames none;
  auto record = decode_record(line.text, none);
  if (!record) return "it " + record.error().reason;
  const auto* event = std::get_if<Event>(&record->body);
  if (!event || !std::holds_alternative<NoteAdded>(*event)) return "it is no note";
  if (record->seq != notes.records.size()) return "it has the number " + std::to_string(record->seq);
  notes.records.push_back(std::move(*record));
  notes.head = parts->stated;
  notes.good_bytes = line.offset + line.text.size() + 1;
  return "";
}

bool torn(const Notes& notes) { return notes.problem.find("has no end") != std::string::npos; }

}  // namespace

Result<Notes> read_notes(const std::string& run_directory, const Digest& sealed_head) {
  Notes notes;
  notes.head = sealed_head;
  const std::string path = run_directory + "/" + std::string(notes_name);
  auto file = open_file(path);
  if (!file && file.error().number == ENOENT) return notes;
  if (!file) return tl::unexpected(file.error());
  const auto size = file_size(*file, path);
  if (!size) return tl::unexpected(size.error());
  notes.file_bytes = *size;
  LineReader lines(std::move(*file), path);
  while (true) {
    const auto line = lines.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) return notes;
    if (auto why = take(**line, notes); !why.empty()) {
      notes.problem = "note " + std::to_string(notes.records.size() + 1) + ": " + why;
      return notes;
    }
  }
}

Result<> append_note(const std::string& run_directory, const Digest& sealed_head, const NoteAdded& note,
                     const Redact& redact) {
  const std::string path = run_directory + "/" + std::string(notes_name);
  const auto directory = open_directory(run_directory);
  if (!directory) return tl::unexpected(directory.error());
  const UniqueFd file(::openat(directory->get(), notes_name.data(),
                               O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.valid()) return system_error("open", path);
  while (::flock(file.get(), LOCK_EX) != 0)
    if (errno != EINTR) return system_error("lock", path);
  auto notes = read_notes(run_directory, sealed_head);
  if (!notes) return tl::unexpected(notes.error());
  if (!notes->problem.empty() && !torn(*notes)) return failure("append to", path, notes->problem);
  if (torn(*notes) && ::ftruncate(file.get(), static_cast<off_t>(notes->good_bytes)) != 0)
    return system_error("cut a torn note off", path);
  const auto count = notes->records.size();
  std::string line;
  append_record(line, {count, count, write_wall_time(wall_now()), Time{}}, Event{note}, NodeNames(), notes->head,
                redact);
  line += '\n';
  if (auto written = write_file(file, line, path); !written) {
    if (::ftruncate(file.get(), static_cast<off_t>(notes->good_bytes)) != 0)
      written.error().reason += "; a part stayed there";
    return written;
  }
  RUNBOOK_TRY(sync_file(file, path));
  return sync_file(*directory, run_directory);
}

}  // namespace runbook
