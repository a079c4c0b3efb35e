// RunLocks: the named locks that a run holds, from before it begins until nothing of it runs any more.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "drive/lock_requests.h"
#include "source/render.h"
#include "store/files/lock_ticket.h"

namespace runbook {

struct LockSetting {
  std::string state_directory;
  std::string runbook;
  Machine machine;
  pid_t supervisor = 0;
  std::vector<std::string> own_runs;  // whose kept locks are ours: the run that goes on, and those it rolls back
  std::optional<Duration> wait;       // --lock-wait: in place of what the runbook says
  RenderOptions rendering;
};

class RunLocks {
 public:
  // Takes them in the order given, waiting for each in turn. 0, or an exit code: then none is held, and stderr says who
  // holds what and what to do, or which signal ended the waiting.
  int take(const std::vector<LockRequest>& requests, LockSetting setting);

  std::vector<std::string> names() const;
  // From now on they are said to be held by this run. An error: then it must not begin.
  Result<> begin(const std::string& run_id);
  // The run is over, or as far as it goes. `why` it keeps its locks for a person ("rollback incomplete"); empty: it
  // gives them back. Either way they are no longer held by this process.
  Result<> end(const std::string& why);

 private:
  int wait_for(LockTicket& ticket, const LockRequest& request);
  Result<bool> settle_the_dead(const LockTicket& ticket);
  bool is_own(const std::string& run) const;
  int refuse_held(const LockRequest& request, const std::vector<LockUser>& ahead, bool waited) const;
  int refuse_kept(const LockRequest& request, const std::string& run, const std::string& text, bool unfinished) const;

  LockSetting setting_;
  std::string run_;
  std::vector<LockTicket> held_;
};

}  // namespace runbook
