// Making the journal of a run that did not end fit to go on with.
#pragma once

#include <cstdint>
#include <string>

#include "base/duration.h"
#include "base/hash.h"
#include "base/result.h"
#include "run/node_names.h"

namespace runbook {

struct RecoveredJournal {
  NodeNames names;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  Digest head{};
  Time time{};             // of the last record: where the run clock goes on
  std::string torn_tail;   // the file beside the journal that holds what was dropped; empty when nothing was
  std::uint64_t torn_bytes = 0;
};

// Copies the good records into a new file that takes the journal's place; a torn tail is kept beside it as
// `journal.torn-<offset>`. Always a copy, torn or not: after a failed sync the kernel shows data that never reached the
// disk; only written anew and synced is it known to be there. REQUIRES: the caller holds the run's lock.
//
// An error when the journal is sealed, corrupt, cut short or holds no record: then nothing was changed.
Result<RecoveredJournal> recover_journal(const std::string& run_directory);

}  // namespace runbook
