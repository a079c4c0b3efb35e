// A lock that outlives its engine: a run that left something half done keeps it, by a file that names the run, until
// the run is finished (`resume`, `rollback`) or a person says that it is dealt with (`resolve`).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace runbook {

struct KeptLock {
  std::string lock, run, runbook, user, host;
  std::string since;  // wall clock
  std::string why;    // how the run stands: `rollback incomplete`
};

// nullopt: nobody keeps it.
Result<std::optional<KeptLock>> kept_lock(const std::string& state_directory, const std::string& lock);
// Durable when it returns; takes the place of what was kept before. Its time is now. REQUIRES: the lock is held.
Result<> keep_lock(const std::string& state_directory, KeptLock kept);
// Nobody keeps it any more. REQUIRES: the lock is held.
Result<> drop_kept_lock(const std::string& state_directory, const std::string& lock);
// The locks that a run keeps, in the order of their names.
Result<std::vector<KeptLock>> locks_kept_by(const std::string& state_directory, const std::string& run);

// That a person took a lock away from a run.
struct Resolution {
  std::string lock, run, user, host, why;
  std::string at;  // wall clock
};
// Writes it down, then takes the lock away. REQUIRES: the run keeps the lock. Its time is now.
Result<> resolve_lock(const std::string& state_directory, Resolution resolution);
// What was written down about a run, oldest first.
Result<std::vector<Resolution>> resolutions_of(const std::string& state_directory, const std::string& run);

}  // namespace runbook
