// Notes on a run that has ended. Its journal is sealed, so they stand in a second file beside it, in the same format;
// its chain goes on from the seal, so that a note can neither be changed nor be moved to another run.
//
//   RUN/notes.jsonl
#pragma once

#include <string>
#include <vector>

#include "journal/record.h"

namespace runbook {

inline constexpr std::string_view notes_name = "notes.jsonl";

struct Notes {
  std::vector<Record> records;  // good ones; their bodies are NoteAdded
  Digest head{};                // after them
  std::uint64_t good_bytes = 0, file_bytes = 0;
  std::string problem;  // of what follows the good ones; empty: nothing does
};

// No file: no notes. `sealed_head` is the journal's head after its seal.
Result<Notes> read_notes(const std::string& run_directory, const Digest& sealed_head);

// Appends and syncs; two that do so at the same time wait for each other. What a crash left of a note before is cut
// off. An error when the notes there are not what was written.
Result<> append_note(const std::string& run_directory, const Digest& sealed_head, const NoteAdded& note,
                     const Redact& redact);

}  // namespace runbook
