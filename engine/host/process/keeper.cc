#include "host/process/keeper.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "host/process/process_tree.h"
#include "host/process/spawn_protocol.h"

namespace runbook {
namespace {

using namespace spawn;
using Clock = std::chrono::steady_clock;

// The engine gives up on a keeper that takes longer than 2 s.
constexpr auto sweep_limit = std::chrono::milliseconds(1200);

sigset_t child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

class Keeper {
 public:
  explicit Keeper(int socket) : socket_(socket) {
    const sigset_t set = child_signal();
    signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals_ < 0) ::_exit(1);  // the engine sees that its keeper is gone
  }

  [[noreturn]] void serve() {
    for (;;) {
      pollfd fds[2] = {{socket_, POLLIN, 0}, {signals_, POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0 && errno != EINTR) end();
      // What an engine asked for that is gone meanwhile must not begin any more.
      if (fds[0].revents & (POLLHUP | POLLERR)) end();
      if (fds[1].revents & POLLIN) {
        signalfd_siginfo info[8];
        while (::read(signals_, info, sizeof info) > 0) {
        }
        reap();
      }
      if (fds[0].revents & POLLIN) answer();
    }
  }

 private:
  void answer() {
    Packet packet;
    switch (receive(socket_, packet)) {
      case Received::nothing: return;
      case Received::closed: end();
      case Received::packet: break;
    }
    if (const auto* head = std::get_if<SpawnHead>(&packet.message)) {
      start(*head, packet);
    } else if (const auto* signal = std::get_if<SendSignal>(&packet.message)) {
      signal->kill ? sweep() : ProcessTree().terminate();
    }
  }

  void start(const SpawnHead& head, Packet& packet) {
    const int error = spawn_child(head, packet);
    if (error != 0) tell(NotSpawned{error});
  }

  int spawn_child(const SpawnHead& head, Packet& packet) {
    // At the limit of open files the kernel drops descriptors on their way.
    if (packet.fds.size() < 2u + head.has_script + head.in_file) return EMFILE;
    char* bytes = packet.strings.data();
    void* mapped = nullptr;
    if (head.in_file) {
      mapped = ::mmap(nullptr, head.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, packet.fds.back().get(), 0);
      if (mapped == MAP_FAILED) return errno;
      bytes = static_cast<char*>(mapped);
    }
    auto next = [&] {
      char* const string = bytes;
      bytes += std::strlen(bytes) + 1;
      return string;
    };
    const char* const program = next();
    const char* const cwd = next();
    std::vector<char*> argv, env;
    for (std::uint32_t i = 0; i < head.argc; ++i) argv.push_back(next());
    for (std::uint32_t i = 0; i < head.envc; ++i) env.push_back(next());
    argv.push_back(nullptr);
    env.push_back(nullptr);
    const int script = head.has_script ? packet.fds[2].get() : -1;
    const int error = launch(program, cwd, argv.data(), env.data(), packet.fds[0].get(), packet.fds[1].get(), script);
    if (mapped) ::munmap(mapped, head.size);
    return error;
  }

  // Everything else we have is closed on exec; descriptor 0 is /dev/null already.
  int launch(const char* program, const char* cwd, char** argv, char** env, int out, int err, int script) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (const int error = ::posix_spawn_file_actions_init(&actions); error != 0) return error;
    ::posix_spawnattr_init(&attributes);
    sigset_t all, none;
    // sigfillset() leaves out the two signals of glibc's own, which posix_spawn then makes ignored.
    std::memset(&all, 0xff, sizeof all);
    sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int error = ::posix_spawn_file_actions_addchdir_np(&actions, cwd);
    if (error == 0) error = ::posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (error == 0) error = ::posix_spawn_file_actions_adddup2(&actions, err, 2);
    if (error == 0 && script >= 0) error = ::posix_spawn_file_actions_adddup2(&actions, script, script_descriptor);
    pid_t pid = 0;
    if (error == 0) error = ::posix_spawn(&pid, program, &actions, &attributes, argv, env);
    if (error == 0) main_ = pid;
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  // Takes up who has died. True: no child is left.
  bool reap() {
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid < 0 && errno == EINTR) continue;
      if (pid <= 0) {
        const bool none_left = pid < 0;
        if (ended_) tell(Exited{*ended_, !none_left});
        ended_.reset();
        return none_left;
      }
      if (pid == main_) {
        main_ = 0;
        ended_ = status;
      }
    }
  }

  void sweep() {
    ProcessTree tree;
    const auto deadline = Clock::now() + sweep_limit;
    bool gone = reap();
    std::uint32_t left = 0;
    while (!gone) {
      left = tree.kill_round();
      gone = reap();
      if (gone || Clock::now() >= deadline) break;
      wait_for_child();
    }
    tell(Swept{tree.killed(), gone ? 0 : std::max(left, std::uint32_t{1})});
  }

  // Or a moment: whose parent we became has told us nothing.
  void wait_for_child() {
    const sigset_t set = child_signal();
    const timespec moment{0, 2'000'000};
    ::sigtimedwait(&set, nullptr, &moment);
  }

  [[noreturn]] void end() {
    ::close(socket_);
    for (ProcessTree tree; !reap_silently();) {
      tree.kill_round();
      wait_for_child();
    }
    ::_exit(0);
  }

  bool reap_silently() {
    pid_t pid;
    do {
      pid = ::waitpid(-1, nullptr, WNOHANG);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
    return pid < 0;
  }

  // An engine that cannot be told is gone, which the next poll says.
  void tell(const Message& message) { static_cast<void>(send(socket_, message)); }

  int socket_;
  int signals_ = -1;
  pid_t main_ = 0;  // of the attempt; 0: none
  std::optional<int> ended_;
};

}  // namespace

void become_reaper(const char* name) {
  ::prctl(PR_SET_NAME, name);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // An inherited "ignore" of SIGCHLD would swallow exit codes.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

void keep(int socket) {
  become_reaper("rb-keeper");
  Keeper(socket).serve();
}

}  // namespace runbook
