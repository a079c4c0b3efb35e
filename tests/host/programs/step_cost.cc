// What a step costs: N no-op shells one after the other, and 64 at once, through the host and by bare posix_spawn.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "host/real_host.h"

using namespace runbook;

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); }

char sh[] = "/bin/sh", c[] = "-c", script[] = ":", path_entry[] = "PATH=/usr/bin:/bin";

// The least one can do: two pipes, a child, both read to their end, the child taken up.
void bare_step() {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  char* argv[] = {sh, c, script, nullptr};
  char* env[] = {path_entry, nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, sh, &actions, nullptr, argv, env) != 0) std::abort();
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  const UniqueFd pidfd(::pidfd_open(pid, 0));
  pollfd ended{pidfd.get(), POLLIN, 0};
  ::poll(&ended, 1, -1);
  char buffer[64];
  while (::read(out[0], buffer, sizeof buffer) > 0) {
  }
  while (::read(err[0], buffer, sizeof buffer) > 0) {
  }
  ::waitpid(pid, nullptr, 0);
  ::close(out[0]);
  ::close(err[0]);
}

Work step(NodeId node) {
  return {node, 1, "step.log", std::nullopt,
          ProcessWork{{sh, c, script}, std::nullopt, {{"PATH", "/usr/bin:/bin"}}, {}}};
}

void host_steps(RealHost& host, NodeId count) {
  for (NodeId node = 1; node <= count; ++node) host.start(step(node));
  for (NodeId ended = 0; ended < count;) {
    for (const auto& observation : host.wait(std::nullopt)) {
      const auto* attempt = std::get_if<AttemptEnded>(&observation);
      if (!attempt || attempt->how.kind != Termination::Kind::exited) std::abort();
      ++ended;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1000;
  auto supervisor = Supervisor::start();
  if (!supervisor) return 1;
  char directory[] = "/tmp/runbook-cost-XXXXXX";
  if (!::mkdtemp(directory)) return 1;
  RealHostOptions options;
  options.logs.reset(::open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  options.scratch = directory;
  auto host = RealHost::create(std::move(*supervisor), std::move(options));
  if (!host) return 1;
  // Turn by turn, so that what else the machine does hits both alike.
  std::vector<double> bare, hosted;
  for (int i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    bare_step();
    const auto middle = Clock::now();
    host_steps(**host, 1);
    bare.push_back(microseconds(middle - begin));
    hosted.push_back(microseconds(Clock::now() - middle));
  }
  auto median = [](std::vector<double>& all) {
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
  };
  const double floor = median(bare), cost = median(hosted);
  std::printf("one after the other: bare %.0f us, host %.0f us, ratio %.2f\n", floor, cost, cost / floor);
  for (const char* when : {"the first time", "again"}) {
    const auto begin = Clock::now();
    host_steps(**host, 64);
    std::printf("64 at once, %s: %.0f us each\n", when, microseconds(Clock::now() - begin) / 64);
  }
  host->reset();
  ::rmdir(directory);
}
