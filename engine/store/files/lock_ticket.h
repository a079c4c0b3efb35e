// LockTicket: a place in the queue of a named lock. First come, first served; the one whose turn it is holds the lock
// until its ticket is destroyed or its engine dies. An engine that is killed while it waits is passed over.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "store/files/lock_place.h"

namespace runbook {

// Who holds a lock, or waits for it.
struct LockUser {
  std::string run;  // empty while it waits for the lock before it begins
  std::string runbook, user, host;
  std::int64_t pid = 0;
  std::string since;                   // wall clock
  bool holds = false;                  // else it waits
  std::int64_t supervisor = 0;         // the process that ends what the engine started, once that is dead
  std::uint64_t supervisor_began = 0;  // ticks since boot: tells it from a later process of the same number
};

// When a process began, in ticks since boot; 0: there is no such process.
std::uint64_t process_began(std::int64_t pid);

class LockTicket {
 public:
  // The next ticket of the lock `name`. The state directory must be prepared.
  static Result<LockTicket> draw(const std::string& state_directory, const std::string& name, LockUser me);
  LockTicket(LockTicket&&) noexcept;
  LockTicket& operator=(LockTicket&&) = delete;
  // Gives it back.
  ~LockTicket();

  const std::string& lock() const { return place_.name; }
  // Those before this one, in order; the first holds the lock, or is about to.
  Result<std::vector<LockUser>> ahead() const;
  // Readable whenever the queue ahead may have become shorter. From the first call on it is watched.
  Result<int> wake_fd();
  void clear_wake();

  // REQUIRES for all that follows: nobody is ahead.
  // Those who died before they could give the lock back, and have not been told of. Their processes may still be about
  // to end: see still_ending().
  Result<std::vector<LockUser>> died_holding() const;
  // Says who holds the lock now, and forgets the dead.
  Result<> hold(const std::string& run);

 private:
  struct Watch;
  LockTicket(LockPlace place, UniqueFd file, std::uint64_t number, LockUser me);
  Result<> write() const;

  LockPlace place_;
  UniqueFd file_;  // locked
  std::uint64_t number_ = 0;
  LockUser me_;
  std::shared_ptr<Watch> watch_;
};

// The supervisor of an engine that died, while it still ends what that engine had started; readable once it is done.
// Invalid: it is done.
UniqueFd still_ending(const LockUser& dead);

// Who holds the lock now; nullopt: nobody.
Result<std::optional<LockUser>> lock_holder(const std::string& state_directory, const std::string& name);

}  // namespace runbook
