// Reading a journal back: which of its records are whole and linked, and what became of the first that is not.
//
// A bad record is *corrupt* when a later, correctly linked record says that it was on disk: then something changed it.
// Otherwise it is a *torn* tail, which a crash may leave: it was never acknowledged, and nobody acted on it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "journal/record.h"

namespace runbook {

enum class Integrity { intact, torn, corrupt };

struct JournalState {
  Integrity integrity = Integrity::intact;
  std::uint64_t records = 0;     // whole and linked, from the first on; the bad one has this seq
  std::uint64_t good_bytes = 0;  // that they take: where the bad one begins
  std::uint64_t file_bytes = 0;
  bool cut_in_line = false;  // the bad one is the last thing in the file and has no newline
  std::string why;           // the bad one: "its hash does not fit"; empty when intact
  Digest head{};             // after the good records
  std::optional<Sealed> sealed;
};

// Called for each good record in turn; `head` is the hash of its line, `names` those of the run.
using OnRecord = std::function<void(const Record& record, const Digest& head, const NodeNames& names)>;

// Streams: memory does not grow with the journal. An error means that the file could not be read, nothing else.
Result<JournalState> scan_journal(const std::string& path, const OnRecord& on_record);

struct Journal {
  NodeNames names;
  std::vector<Record> records;
  JournalState state;
};

// All good records at once. `path` is the journal's file.
Result<Journal> read_journal(const std::string& path);

}  // namespace runbook
