// The floor under a durable step: what nobody can do without. N times, one after the other: a shell started by
// posix_spawn with a pipe for each output, both read to their end, the child waited for, one record appended and
// synced.
//
//   floor N DIRECTORY SCRIPT     seconds, on one line
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

extern char** environ;

namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

void read_to_end(int out, int err) {
  pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  char buffer[4096];
  for (int open = 2; open > 0;) {
    if (::poll(fds, 2, -1) < 0) give_up("poll");
    for (auto& fd : fds) {
      if (fd.fd < 0 || fd.revents == 0 || ::read(fd.fd, buffer, sizeof buffer) > 0) continue;
      ::close(fd.fd);
      fd.fd = -1;
      --open;
    }
  }
}

void step(const char* script) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) give_up("pipe2");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  std::string words[] = {"sh", "-c", script};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/sh", &actions, nullptr, argv, environ) != 0) give_up("posix_spawn");
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  read_to_end(out[0], err[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) give_up("waitpid");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: floor N DIRECTORY SCRIPT\n"), 64;
  const int steps = std::atoi(argv[1]);
  const std::string path = std::string(argv[2]) + "/floor.log", record(300, 'x');
  const int log = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) give_up("open");
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < steps; ++i) {
    step(argv[3]);
    if (::write(log, record.data(), record.size()) != 300 || ::fdatasync(log) != 0) give_up("write and sync");
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  ::close(log);
  ::unlink(path.c_str());
  std::printf("%.6f\n", took.count());
}
