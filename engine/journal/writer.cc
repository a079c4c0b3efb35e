#include "journal/writer.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace runbook {

Result<JournalWriter> JournalWriter::open(Result<std::unique_ptr<JournalFile>> file, const std::string& directory,
                                          NodeNames names, JournalOptions options) {
  if (!file) return tl::unexpected(file.error());
  if (options.wrap_file) *file = options.wrap_file(std::move(*file));
  return JournalWriter(std::move(*file), directory + "/" + std::string(journal_name), std::move(names),
                       std::move(options));
}

Result<JournalWriter> JournalWriter::create(const std::string& directory, NodeNames names, JournalOptions options) {
  return open(create_journal_file(directory), directory, std::move(names), std::move(options));
}

Result<JournalWriter> JournalWriter::reopen(const std::string& directory, const RecoveredJournal& recovered,
                                            JournalOptions options) {
  auto writer = open(reopen_journal_file(directory), directory, recovered.names, std::move(options));
  if (!writer) return writer;
  writer->size_ = recovered.bytes;
  writer->records_ = writer->durable_ = recovered.records;
  writer->head_ = recovered.head;
  writer->last_ = recovered.time;
  return writer;
}

JournalWriter::JournalWriter(std::unique_ptr<JournalFile> file, std::string path, NodeNames names,
                             JournalOptions options)
    : file_(std::move(file)), path_(std::move(path)), names_(std::move(names)), options_(std::move(options)) {}

RecordStamp JournalWriter::stamp(Time at) const {
  const auto wall = options_.wall_clock ? options_.wall_clock() : wall_now();
  return {records_, durable_, write_wall_time(wall), at};
}

Result<> JournalWriter::encode(const Event& event, Time at) {
  const auto begin = pending_.size();
  const Digest before = head_;
  append_record(pending_, stamp(at), event, names_, head_, options_.redact);
  const auto length = pending_.size() - begin;
  if (length > longest_line) {
    pending_.resize(begin);
    head_ = before;
    return failure("append to", path_,
                   "record " + std::to_string(records_) + " would take " + std::to_string(length) +
                       " bytes, more than the " + show_size(longest_line) + " that a reader accepts");
  }
  pending_ += '\n';
  learn(names_, event);
  ++records_;
  last_ = at;
  return {};
}

Result<> JournalWriter::append(const Event& event, Time at) {
  CHECK(!sealed_);
  if (broken_) return tl::unexpected(*broken_);
  if (auto encoded = encode(event, at); !encoded) {
    RUNBOOK_TRY(sync());  // what was appended before has happened
    return fail(std::move(encoded).error());
  }
  return {};
}

Result<> JournalWriter::sync() {
  if (broken_) return tl::unexpected(*broken_);
  if (pending_.empty()) return {};
  if (auto committed = commit(); !committed) return fail(std::move(committed).error());
  return {};
}

Result<> JournalWriter::append_end(const std::vector<Event>& events, Time at) {
  CHECK(broken_ && !sealed_);
  if (!room_for_end_) return tl::unexpected(*broken_);
  room_for_end_ = false;
  for (const auto& event : events) RUNBOOK_TRY(encode(event, at));
  return commit();
}

Result<> JournalWriter::seal(RunOutcome outcome) {
  CHECK(!sealed_);
  RUNBOOK_TRY(sync());  // first, so that the seal proves that all before it was on disk
  append_record(pending_, stamp(last_), Sealed{outcome, records_}, head_);
  pending_ += '\n';
  ++records_;
  RUNBOOK_TRY(sync());
  sealed_ = true;
  file_->release_reserve();  // nothing more to write: whether it was there does not matter
  return {};
}

// Writes and syncs what is pending. When writing fails the file is cut back to its last whole record.
Result<> JournalWriter::commit() {
  if (auto written = write_pending(); !written) {
    const int number = written.error().number;
    const bool full = number == ENOSPC || number == EDQUOT;
    if (full && !std::exchange(reserve_used_, true) && file_->release_reserve() == 0)
      return commit_into_reserve(written.error());
    return written;
  }
  int result;
  do {
    result = file_->sync();
  } while (result != 0 && errno == EINTR);  // the one error that says nothing was tried
  if (result != 0) return system_error("sync", path_);
  durable_ = records_;
  return {};
}

// What happened has happened: it is still recorded, so that a resume need not ask about it. The caller stops all the
// same.
Result<> JournalWriter::commit_into_reserve(const Error& full) {
  Error error = full;
  if (auto committed = commit(); committed)
    room_for_end_ = true;
  else
    error.reason += "; not even with the space kept for the end: " + committed.error().reason;
  return tl::unexpected(std::move(error));
}

Result<> JournalWriter::write_pending() {
  std::size_t written = 0;
  while (written < pending_.size()) {
    const auto count = file_->write(std::string_view(pending_).substr(written));
    if (count > 0) {
      written += static_cast<std::size_t>(count);
      continue;
    }
    const int number = count == 0 ? EIO : errno;  // 0 means neither success nor failure
    if (number == EINTR) continue;
    const auto newline = std::string_view(pending_).substr(0, written).rfind('\n');
    const auto whole = newline == std::string_view::npos ? 0 : newline + 1;
    auto error = system_error("write", path_, number);
    if (whole < written && file_->truncate(size_ + whole) != 0) {
      error.value().reason += std::string("; cutting the torn record off failed too: ") + std::strerror(errno);
      error.value().number = EIO;  // nothing may follow a torn record
    }
    size_ += whole;
    pending_.erase(0, whole);
    return error;
  }
  size_ += pending_.size();
  pending_.clear();
  return {};
}

Result<> JournalWriter::fail(Error error) {
  broken_ = std::move(error);
  return tl::unexpected(*broken_);
}

}  // namespace runbook
