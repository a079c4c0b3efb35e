// SignalWatch: SIGINT, SIGTERM and SIGHUP become data while it lives, in the thread that made it; SIGPIPE is ignored. A
// signal that was ignored before (`nohup`, a background job of a script) stays ignored.
#pragma once

#include <csignal>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace runbook {

class SignalWatch {
 public:
  // What becomes of a signal that came and was not taken.
  enum class Untaken { forgotten, delivered };
  static Result<SignalWatch> create(Untaken untaken = Untaken::forgotten);
  SignalWatch(SignalWatch&&) noexcept = default;
  // Later signals act as before.
  ~SignalWatch();

  int fd() const { return fd_.get(); }
  std::vector<int> take();

 private:
  SignalWatch() = default;

  UniqueFd fd_;
  Untaken untaken_ = Untaken::forgotten;
  sigset_t mask_before_{};
  struct sigaction pipe_before_ {};
};

}  // namespace runbook
