// A step that misbehaves in the way its first argument says. Each of its processes opens the FIFO $ALIVE and holds it,
// so that a test can wait for the end of all of them; each writes a byte there once it is set up.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <thread>

namespace {

int alive = -1;

void open_alive() {
  if (const char* path = std::getenv("ALIVE")) alive = ::open(path, O_WRONLY | O_CLOEXEC);
}

void tell_alive() {
  if (alive >= 0 && ::write(alive, ".", 1) != 1) std::abort();
}

void say(const std::string& text) {
  if (::write(1, text.data(), text.size()) < 0) std::abort();
}

[[noreturn]] void stay() {
  tell_alive();
  for (;;) ::pause();
}

void deaf() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
}

void fork_and_stay() {
  if (::fork() == 0) stay();
}

int background(const std::string& how) {
  if (::fork() == 0) {
    if (how == "redirected") {
      const int null = ::open("/dev/null", O_RDWR);
      ::dup2(null, 1);
      ::dup2(null, 2);
    }
    if (how == "deaf") deaf();
    stay();
  }
  say("ok\n");
  return 0;
}

int double_fork(const std::string& how) {
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      deaf();
      stay();
    }
    ::_exit(0);
  }
  ::wait(nullptr);
  if (how == "exit") {
    say("ok\n");
    return 7;
  }
  stay();
}

// Each link of it lives for a moment only, in a session of its own.
int fork_chain() {
  deaf();
  if (::fork() == 0) {
    for (;;) {
      if (::fork() > 0) ::_exit(0);
      ::setsid();
    }
  }
  stay();
}

int deep(int levels) {
  for (int i = 0; i < levels; ++i) {
    if (::fork() > 0) stay();
    ::setsid();
  }
  stay();
}

int flood(unsigned long long bytes) {
  std::string line;
  for (int i = 0; line.size() < 64 << 10; ++i) line += "line " + std::to_string(i) + " of a step that prints on\n";
  while (bytes > 0) {
    const std::size_t part = bytes < line.size() ? static_cast<std::size_t>(bytes) : line.size();
    const ssize_t count = ::write(1, line.data(), part);
    if (count < 0) return 1;
    bytes -= static_cast<unsigned long long>(count);
  }
  return 0;
}

int list_fds() {
  std::map<int, std::string> names;
  DIR* directory = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(directory)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd == ::dirfd(directory) || fd == alive) continue;
    char target[256];
    const ssize_t length = ::readlinkat(::dirfd(directory), entry->d_name, target, sizeof target);
    names[fd] = std::string(target, length > 0 ? static_cast<std::size_t>(length) : 0);
  }
  for (const auto& [fd, name] : names) say(std::to_string(fd) + " " + name.substr(0, name.find(':')) + "\n");
  return 0;
}

int show_state() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    for (const char* field : {"SigBlk", "SigIgn", "Umask"}) {
      if (line.rfind(field, 0) == 0) say(line + "\n");
    }
  }
  say("session leader " + std::to_string(::getsid(0) == ::getpid()) + "\n");
  say("stdin at end " + std::to_string(::read(0, &status, 1) == 0) + "\n");
  const int tty = ::open("/dev/tty", O_RDWR);
  say(std::string("tty ") + (tty < 0 ? std::strerror(errno) : "opened") + "\n");
  return 0;
}

int pieces(const std::string& text) {
  for (const char c : text) say(std::string(1, c));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const std::string argument = argc > 2 ? argv[2] : "";
  open_alive();
  if (mode == "background") return background(argument);
  if (mode == "double-fork") return double_fork(argument);
  if (mode == "fork-chain") return fork_chain();
  if (mode == "deep") return deep(std::atoi(argument.c_str()));
  if (mode == "flood") return flood(std::strtoull(argument.c_str(), nullptr, 10));
  if (mode == "fds") return list_fds();
  if (mode == "state") return show_state();
  if (mode == "pieces") return pieces(argument);
  if (mode == "stay") stay();
  if (mode == "deaf") {
    deaf();
    stay();
  }
  if (mode == "stop-self") {
    fork_and_stay();
    tell_alive();
    ::raise(SIGSTOP);
    stay();
  }
  if (mode == "kill-parent" || mode == "stop-parent") {
    deaf();
    fork_and_stay();
    ::kill(::getppid(), mode == "kill-parent" ? SIGKILL : SIGSTOP);
    stay();
  }
  if (mode == "dead-leader") {  // looks like a zombie
    deaf();
    new std::thread([] { stay(); });
    ::pthread_exit(nullptr);
  }
  if (mode == "of-root") {  // for a copy of this program that is set-user-ID root: its engine must not signal it
    if (::setresuid(0, 0, 0) != 0) return 3;
    say(std::to_string(::getpid()) + "\n");
    stay();
  }
  if (mode == "forking-thread") {  // its child is another thread's than the first
    std::thread thread([] {
      fork_and_stay();
      for (;;) ::pause();
    });
    stay();
  }
  std::cerr << "misbehave: no mode `" << mode << "`\n";
  return 2;
}
