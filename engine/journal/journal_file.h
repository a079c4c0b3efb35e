// JournalFile: the system calls a journal makes of its file, so that tests can make each of them fail.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace runbook {

class JournalFile {
 public:
  virtual ~JournalFile() = default;

  // As write(2), fdatasync(2) and ftruncate(2): negative with errno set when they fail. Writes append.
  virtual ssize_t write(std::string_view bytes) = 0;
  virtual int sync() = 0;
  virtual int truncate(std::uint64_t size) = 0;
  // Gives the space back that was kept for the journal's end; negative with errno set when there is none.
  virtual int release_reserve() = 0;
};

inline constexpr std::string_view journal_name = "journal.jsonl";
inline constexpr std::string_view reserve_name = "reserve";
inline constexpr std::size_t reserve_size = 256 << 10;

// A new journal in `directory`, or the one that is there, with a reserve beside it. The directory and the one above
// are synced: after a power loss the file is still there.
Result<std::unique_ptr<JournalFile>> create_journal_file(const std::string& directory);
Result<std::unique_ptr<JournalFile>> reopen_journal_file(const std::string& directory);

}  // namespace runbook
