// KeeperPool: keepers that wait for work, and new ones when there is none.
#pragma once

#include <vector>

#include "host/poller.h"
#include "host/process/supervisor.h"

namespace runbook {

struct KeeperEnd {
  spawn::KeeperId id = 0;
  UniqueFd socket;
};

class KeeperPool {
 public:
  // `poller` is not owned and outlives this.
  KeeperPool(Supervisor supervisor, Poller& poller) : supervisor_(std::move(supervisor)), poller_(poller) {}

  // Its socket is watched for `attempt`.
  Result<KeeperEnd> acquire(std::uint32_t attempt);
  // REQUIRES: nothing is left of what it kept.
  void release(KeeperEnd keeper);
  // An idle one has something to say: it can only be that it is gone.
  void forget(spawn::KeeperId id);

  Supervisor& supervisor() { return supervisor_; }

 private:
  Supervisor supervisor_;
  Poller& poller_;
  std::vector<KeeperEnd> idle_;  // after supervisor_: their sockets close first
  spawn::KeeperId last_id_ = 0;
};

}  // namespace runbook
