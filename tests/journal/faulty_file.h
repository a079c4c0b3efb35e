// FaultyFile: a journal's file whose system calls fail when told to.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "journal/journal_file.h"

namespace runbook::test {

// What is to go wrong, and what was done; outlives the file.
struct Faults {
  std::map<int, int> write_errors;          // number of the write, from 1 → errno
  std::map<int, std::size_t> short_writes;  // number of the write → bytes that are written
  std::map<int, int> sync_errors;
  std::map<int, int> truncate_errors;
  std::size_t disk_space = SIZE_MAX;  // bytes that fit; a write beyond is short, then ENOSPC
  std::size_t reserve = 0;            // what releasing the reserve adds
  bool has_reserve = false;

  int writes = 0, syncs = 0, truncates = 0, releases = 0;
};

// A wrapper for JournalOptions::wrap_file.
std::unique_ptr<JournalFile> make_faulty(std::unique_ptr<JournalFile> real, Faults& faults);

}  // namespace runbook::test
