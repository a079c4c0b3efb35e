// RunLock: at most one engine drives a run. The kernel drops the lock when the engine dies, however it dies.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace runbook {

class RunLock {
 public:
  // Held until destruction. When another engine has it the error's number is EWOULDBLOCK, and it says who since when.
  static Result<RunLock> take(const std::string& run_directory);

 private:
  explicit RunLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

// An engine drives this run right now. Asking never gets in the way of one that wants to.
bool is_live(const std::string& run_directory);

}  // namespace runbook
