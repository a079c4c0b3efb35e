// Supervisor: the small process that forks keepers. It is itself forked first thing in main, before threads and memory,
// so that a fork of it costs little and copies nothing; it is the reaper of last resort for what a step leaves behind
// that killed its own keeper; and it outlives an engine that dies just as long as it takes to kill everything.
#pragma once

#include <sys/types.h>

#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "host/process/spawn_protocol.h"

namespace runbook {

// The engine's end.
class Supervisor {
 public:
  // REQUIRES: no other thread runs. Later changes of the engine's environment, directory or limits do not reach the
  // supervisor and with it no step.
  static Result<Supervisor> start();
  Supervisor(Supervisor&& other) noexcept : socket_(std::move(other.socket_)), pid_(std::exchange(other.pid_, 0)) {}
  Supervisor& operator=(Supervisor&&) = delete;
  // Ends everything that was started and waits until it is gone, at most 2 s. All keepers' sockets must be closed.
  ~Supervisor();

  // The engine's end of a socket to a new keeper; it can be written to at once. When no keeper can be forked the other
  // end closes and KeeperGone says why.
  Result<UniqueFd> new_keeper(spawn::KeeperId id);
  void end_keeper(spawn::KeeperId id);

  // Readable when something is to be received; -1 once the supervisor itself is gone.
  int fd() const { return socket_.get(); }
  std::vector<spawn::KeeperGone> receive();
  bool gone() const { return !socket_.valid(); }
  pid_t pid() const { return pid_; }

 private:
  Supervisor(UniqueFd socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}

  UniqueFd socket_;
  pid_t pid_ = 0;
};

// The process itself. Returns never.
[[noreturn]] void supervise(int socket);

}  // namespace runbook
