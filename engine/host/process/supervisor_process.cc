#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "host/process/keeper.h"
#include "host/process/process_tree.h"
#include "host/process/supervisor.h"

namespace runbook {
namespace {

using namespace spawn;
using Clock = std::chrono::steady_clock;

constexpr auto sweep_limit = std::chrono::milliseconds(1500);
constexpr auto keeper_patience = std::chrono::seconds(3);  // for keepers to end by themselves, the engine being gone

class SupervisorProcess {
 public:
  explicit SupervisorProcess(int socket) : socket_(socket) {
    sigemptyset(&child_signal_);
    sigaddset(&child_signal_, SIGCHLD);
    signals_ = ::signalfd(-1, &child_signal_, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) ::_exit(1);
  }

  [[noreturn]] void serve() {
    for (;;) {
      pollfd fds[2] = {{socket_, POLLIN, 0}, {signals_, POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0 && errno != EINTR) end();
      if (fds[0].revents & (POLLHUP | POLLERR)) end();
      if (fds[1].revents & POLLIN) {
        signalfd_siginfo info[8];
        while (::read(signals_, info, sizeof info) > 0) {
        }
        take_up_the_dead();
      }
      if (fds[0].revents & POLLIN) answer();
    }
  }

 private:
  struct Keeper {
    KeeperId id;
    pid_t pid;
  };

  void answer() {
    Packet packet;
    switch (receive(socket_, packet)) {
      case Received::nothing: return;
      case Received::closed: end();
      case Received::packet: break;
    }
    if (const auto* wanted = std::get_if<NewKeeper>(&packet.message)) {
      if (packet.fds.empty()) return tell(KeeperGone{wanted->id, EMFILE, 0});
      fork_keeper(wanted->id, std::move(packet.fds[0]));
    } else if (const auto* unwanted = std::get_if<EndKeeper>(&packet.message)) {
      for (const Keeper& keeper : keepers_) {
        if (keeper.id == unwanted->id) ::kill(keeper.pid, SIGKILL);  // ours and not taken up: its pid is still its own
      }
    }
  }

  void fork_keeper(KeeperId id, UniqueFd socket) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(socket_);
      ::close(signals_);
      keep(socket.release());
    }
    if (pid < 0) {
      tell(KeeperGone{id, errno, 0});
    } else {
      keepers_.push_back({id, pid});
    }
  }

  void take_up_the_dead() {
    std::vector<KeeperId> gone;
    bool orphans = false;
    reap(gone, orphans);
    if (gone.empty() && !orphans) return;
    const std::uint32_t left = kill_orphans(gone);
    for (const KeeperId id : gone) tell(KeeperGone{id, 0, left});
  }

  // False: no child at all is left.
  bool reap(std::vector<KeeperId>& gone, bool& orphans) {
    for (;;) {
      const pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
      if (pid < 0 && errno == EINTR) continue;
      if (pid <= 0) return pid == 0;
      const auto keeper =
          std::find_if(keepers_.begin(), keepers_.end(), [&](const Keeper& one) { return one.pid == pid; });
      if (keeper == keepers_.end()) {
        orphans = true;
      } else {
        gone.push_back(keeper->id);
        keepers_.erase(keeper);
      }
    }
  }

  // Whatever is below us and below no keeper was left by a keeper that is dead.
  std::uint32_t kill_orphans(std::vector<KeeperId>& gone) {
    const auto deadline = Clock::now() + sweep_limit;
    // The kernel's list of children may miss one while another ends: believe it the second time.
    for (int quiet = 0; quiet < 2;) {
      const std::uint32_t alive = kill_round();
      bool more = false;
      if (!reap(gone, more)) return 0;
      quiet = alive == 0 && !more ? quiet + 1 : 0;
      if (alive == 0) continue;
      if (Clock::now() >= deadline) return alive;
      wait_for_child();
    }
    return 0;
  }

  std::uint32_t kill_round() {
    std::vector<pid_t> pids;
    for (const Keeper& keeper : keepers_) pids.push_back(keeper.pid);
    return ProcessTree(std::move(pids)).kill_round();
  }

  void wait_for_child() {
    const timespec moment{0, 2'000'000};
    ::sigtimedwait(&child_signal_, nullptr, &moment);
  }

  // The engine is gone. Each keeper knows it, too, and ends what it keeps; one that cannot (stopped by its own step) is
  // killed, which makes its processes ours.
  [[noreturn]] void end() {
    ::close(socket_);
    const auto patience = Clock::now() + keeper_patience;
    std::vector<KeeperId> gone;
    for (bool orphans = false; reap(gone, orphans);) {
      kill_round();
      if (Clock::now() >= patience) {
        for (const Keeper& keeper : keepers_) ::kill(keeper.pid, SIGKILL);
      }
      wait_for_child();
    }
    ::_exit(0);
  }

  void tell(const Message& message) { static_cast<void>(send(socket_, message)); }

  int socket_;
  int signals_ = -1;
  sigset_t child_signal_;
  std::vector<Keeper> keepers_;
};

// The socket becomes descriptor 3, 0 to 2 become /dev/null, everything else of the engine is closed.
void keep_only(int socket) {
  const int safe = ::fcntl(socket, F_DUPFD_CLOEXEC, 4);
  const int null = ::open("/dev/null", O_RDWR);
  if (safe < 0 || null < 0) ::_exit(1);
  for (int fd = 0; fd <= 2; ++fd) {
    if (fd != null) ::dup2(null, fd);
  }
  ::dup3(safe, 3, O_CLOEXEC);
  ::close_range(4, ~0U, 0);
}

// The engine's secrets may lie in its environment; /proc/PID/environ of this copy shows nothing of them.
void wipe_environment() {
  for (char** entry = environ; entry && *entry; ++entry) std::memset(*entry, 0, std::strlen(*entry));
}

}  // namespace

void supervise(int socket) {
  ::setsid();
  become_reaper("rb-supervisor");
  keep_only(socket);
  wipe_environment();
  ::umask(022);
  if (::chdir("/") != 0) ::_exit(1);  // no directory stays in use because of us
  SupervisorProcess(3).serve();
}

}  // namespace runbook
