// The processes below the calling one, as /proc tells. The caller is a child subreaper, so that nothing below it can
// get away: whose parent dies becomes its child.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace runbook {

// Of all threads of `parent`, as the kernel lists them; may miss one while another ends.
std::vector<pid_t> children_of(pid_t parent);
// The same by a look at every process: for kernels that keep no such lists (CONFIG_PROC_CHILDREN).
std::vector<pid_t> children_by_scan(pid_t parent);

// Signals every descendant, parents before their children: a shell whose command dies first would go on with the next.
// Processes are addressed by pidfd after a second look at who they are, so that a reused pid never hits a stranger.
// Children in `except`, and what is below them, are left alone.
class ProcessTree {
 public:
  explicit ProcessTree(std::vector<pid_t> except = {}) : except_(std::move(except)) {}

  // TERM, then CONT for those that are stopped, to each once, also to those that appear meanwhile.
  void terminate();
  // One round of KILL; the number of processes that are alive or were just killed. Zombies do not count.
  std::uint32_t kill_round();
  // How many processes got a KILL from this object.
  std::uint32_t killed() const { return static_cast<std::uint32_t>(killed_.size()); }

 private:
  struct Process {
    pid_t pid;
    std::uint64_t start;  // clock ticks since boot: with the pid it names one process for good
    bool operator<(const Process& other) const { return std::pair(pid, start) < std::pair(other.pid, other.start); }
  };
  // Calls visit(process, pidfd) for every living descendant.
  template <class Visit>
  void each(Visit visit) const;

  std::vector<pid_t> except_;
  std::set<Process> killed_;
};

}  // namespace runbook
