// Making the journal of a run that did not end fit to go on with.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "journal/writer.h"

namespace runbook {

// Copies the good records into a new file that takes the journal's place; a torn tail is kept beside it as
// `journal.torn-<offset>`. Always a copy, torn or not: after a failed sync the kernel shows data that never reached the
// disk; only written anew and synced is it known to be there. REQUIRES: the caller holds the run's lock.
//
// An error when the journal is sealed, corrupt, cut short or holds no record: then nothing was changed.
Result<RecoveredJournal> recover_journal(const std::string& run_directory);

}  // namespace runbook
