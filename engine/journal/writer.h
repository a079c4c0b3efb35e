// JournalWriter: appends the events of a run to its journal and says when they are on disk. One write and one
// fdatasync a sync(), however many events were appended since the last (group commit).
//
// Any error is final: every later call returns the same one. After a failed fdatasync the kernel has already forgotten
// what it could not write, so a second that succeeds would prove nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/wall_time.h"
#include "journal/journal_file.h"
#include "journal/journal_sink.h"
#include "journal/record.h"

namespace runbook {

struct JournalOptions {
  Redact redact;
  std::function<WallTime()> wall_clock;  // empty: the system's
  // Puts something between the writer and its file; for tests.
  std::function<std::unique_ptr<JournalFile>(std::unique_ptr<JournalFile>)> wrap_file;
};

// A journal that was made whole, to go on with.
struct RecoveredJournal {
  NodeNames names;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  Digest head{};
  Time time{};            // of the last record: where the run clock goes on
  std::string torn_tail;  // the file beside the journal that holds what was dropped; empty when nothing was
  std::uint64_t torn_bytes = 0;
};

class JournalWriter final : public JournalSink {
 public:
  // A new journal in `directory`, which is there. `names` are those of the run_started that follows.
  static Result<JournalWriter> create(const std::string& directory, NodeNames names, JournalOptions options = {});
  // Goes on with a journal that recover_journal() has just made whole.
  static Result<JournalWriter> reopen(const std::string& directory, const RecoveredJournal& recovered,
                                      JournalOptions options = {});

  Result<> append(const Event& event, Time at) override;
  Result<> sync() override;

  // After an error only. When the disk is full the reserve still has room: what was pending has been written into it,
  // and these last events may follow, once (what was in flight has been stopped, …). Without room: the error.
  Result<> append_end(const std::vector<Event>& events, Time at) override;

  // Syncs, closes the journal for good and syncs again. Nothing may be appended afterwards.
  Result<> seal(RunOutcome outcome);

  // Of the last appended record; print it when the run ends: whoever has it can tell whether the journal was changed.
  const Digest& head() const { return head_; }
  std::uint64_t records() const { return records_; }  // appended
  std::uint64_t durable() const { return durable_; }  // of these, known to be on disk

 private:
  JournalWriter(std::unique_ptr<JournalFile> file, std::string path, NodeNames names, JournalOptions options);
  static Result<JournalWriter> open(Result<std::unique_ptr<JournalFile>> file, const std::string& directory,
                                    NodeNames names, JournalOptions options);

  RecordStamp stamp(Time at) const;
  Result<> encode(const Event& event, Time at);
  Result<> commit();
  Result<> write_pending();
  Result<> commit_into_reserve(const Error& full);
  Result<> fail(Error error);

  std::unique_ptr<JournalFile> file_;
  std::string path_;
  NodeNames names_;
  JournalOptions options_;
  std::string pending_;     // encoded, not yet written
  std::uint64_t size_ = 0;  // of the file, up to its last whole record
  std::uint64_t records_ = 0;
  std::uint64_t durable_ = 0;
  Digest head_{};
  Time last_{};
  std::optional<Error> broken_;
  bool reserve_used_ = false;
  bool room_for_end_ = false;
  bool sealed_ = false;
};

}  // namespace runbook
