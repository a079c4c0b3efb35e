#include "host/process/process_tree.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <thread>

#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;

namespace {

std::vector<pid_t> sorted(std::vector<pid_t> pids) {
  std::sort(pids.begin(), pids.end());
  return pids;
}

// The test framework handles SIGTERM; the child must not, from its first moment on.
pid_t fork_child() {
  struct sigaction plain {};
  struct sigaction before {};
  plain.sa_handler = SIG_DFL;
  ::sigaction(SIGTERM, &plain, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (;;) ::pause();
  }
  ::sigaction(SIGTERM, &before, nullptr);
  return pid;
}

}  // namespace

TEST_CASE("children of all threads are found, by the kernel's lists and by a scan") {
  std::vector<pid_t> mine{fork_child()};
  std::atomic<bool> forked = false, done = false;
  std::thread thread([&] {
    mine.push_back(fork_child());
    forked = true;
    forked.notify_one();
    done.wait(false);
  });
  forked.wait(false);
  CHECK(sorted(children_of(::getpid())) == sorted(mine));
  CHECK(sorted(children_by_scan(::getpid())) == sorted(mine));
  done = true;
  done.notify_one();
  thread.join();
  for (const pid_t pid : mine) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  CHECK(children_of(::getpid()).empty());
  CHECK(children_by_scan(::getpid()).empty());
}

TEST_CASE("a tree leaves alone what it is told to, counts whom it killed, and knows zombies") {
  const pid_t spared = fork_child(), first = fork_child(), second = fork_child();
  ProcessTree tree({spared});
  CHECK(tree.kill_round() == 2);
  for (const pid_t pid : {first, second}) {
    siginfo_t info;
    REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
  }
  CHECK(tree.kill_round() == 0);  // dead, not yet taken up
  CHECK(tree.killed() == 2);
  for (const pid_t pid : {first, second}) {
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(WTERMSIG(status) == SIGKILL);
  }
  CHECK(::waitpid(spared, nullptr, WNOHANG) == 0);
  ProcessTree().terminate();
  int status = 0;
  REQUIRE(::waitpid(spared, &status, 0) == spared);
  CHECK(WTERMSIG(status) == SIGTERM);
}
