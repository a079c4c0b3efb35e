// What happens to steps when their engine dies, whatever it dies of; and when no process can be made.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
extern "C" {
#include <sys/pidfd.h>
}

#include <cstdlib>

#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;
using Catch::Matchers::Contains;

namespace {

bool ends(const UniqueFd& pidfd) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  return ::poll(&ended, 1, 60'000) == 1;
}

// Runs `engine` in a process of its own; it never comes back to the tests.
pid_t in_process(const std::function<void()>& engine) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid > 0) return pid;
  engine();
  ::_exit(0);
}

// A user that nobody else is, other runs of these tests included.
uid_t fresh_user() {
  static uid_t count = 0;
  return 100'000 + static_cast<uid_t>(::getpid()) * 8 + count++;
}

void become(uid_t user) {
  if (::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) std::abort();
}

Result<std::unique_ptr<RealHost>> bare_host(const std::string& scratch) {
  auto supervisor = Supervisor::start();
  if (!supervisor) return tl::unexpected(supervisor.error());
  RealHostOptions options;
  options.scratch = scratch;
  return RealHost::create(std::move(*supervisor), std::move(options));
}

Work as_work(NodeId node, ProcessWork process) { return {node, 1, "", std::nullopt, std::move(process)}; }

}  // namespace

TEST_CASE("kill -9 of the engine takes everything along") {
  TempDirectory directory;
  AliveFifo alive(directory / "alive");
  int report[2];
  REQUIRE(::pipe(report) == 0);
  const std::vector<std::vector<std::string>> steps = {
      {"stay"},       {"deaf"}, {"double-fork"},    {"double-fork"}, {"stop-self"},  {"fork-chain"},
      {"deep", "10"}, {"stay"}, {"forking-thread"}, {"kill-parent"}, {"stop-parent"}};
  const int processes = 1 + 1 + 2 + 2 + 2 + 1 + 11 + 1 + 2 + 2;  // of kill-parent nobody knows how far it comes
  const pid_t engine = in_process([&] {
    auto supervisor = Supervisor::start();
    if (!supervisor) std::abort();
    const pid_t pid = supervisor->pid();
    if (::write(report[1], &pid, sizeof pid) != sizeof pid) std::abort();
    RealHostOptions options;
    options.scratch = directory.path();
    auto host = RealHost::create(std::move(*supervisor), std::move(options));
    if (!host) std::abort();
    NodeId node = 0;
    for (const auto& step : steps) (*host)->start(as_work(++node, misbehave(step, alive.path())));
    for (;;) (*host)->wait(std::nullopt);
  });
  pid_t supervisor = 0;
  REQUIRE(::read(report[0], &supervisor, sizeof supervisor) == sizeof supervisor);
  const UniqueFd supervisor_end(::pidfd_open(supervisor, 0));
  REQUIRE(supervisor_end.valid());
  alive.wait_for(processes);
  REQUIRE(::kill(engine, SIGKILL) == 0);
  CHECK(alive.all_gone());
  CHECK(ends(supervisor_end));
  ::waitpid(engine, nullptr, 0);
  ::close(report[0]);
  ::close(report[1]);
}

TEST_CASE("a host that goes away takes what still runs along, and its supervisor") {
  TempDirectory directory;
  AliveFifo alive(directory / "alive");
  UniqueFd supervisor;
  {
    LiveHost live;
    supervisor.reset(::pidfd_open(live.supervisor_pid, 0));
    for (NodeId node = 1; node <= 4; ++node) live.start(node, misbehave({"deaf"}, alive.path()));
    live.pump([&] { return alive.count() == 4; });
  }
  CHECK(alive.all_gone());
  CHECK(ends(supervisor));
}

TEST_CASE("a process that may not be killed makes its step unkillable, and its keeper never gives up") {
  if (::geteuid() != 0) {
    WARN("needs root, to make a program of root's for an engine of another user");
    return;
  }
  TempDirectory directory;
  REQUIRE(::mkdir((directory / "scratch").c_str(), 0700) == 0);
  const uid_t user = fresh_user();
  REQUIRE(::chown((directory / "scratch").c_str(), user, user) == 0);
  REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
  const std::string program = directory / "of-root", report = directory / "scratch/report";
  std::filesystem::copy_file(MISBEHAVE, program);
  REQUIRE(::chmod(program.c_str(), 04755) == 0);
  AliveFifo alive(directory / "alive");
  int supervisor_pid[2];
  REQUIRE(::pipe(supervisor_pid) == 0);
  const pid_t engine = in_process([&] {
    become(user);
    auto supervisor = Supervisor::start();
    if (!supervisor) std::abort();
    const pid_t pid = supervisor->pid();
    if (::write(supervisor_pid[1], &pid, sizeof pid) != sizeof pid) std::abort();
    RealHostOptions options;
    options.scratch = directory / "scratch";
    std::string printed;
    options.listener = [&](NodeId, Stream, std::string_view bytes) { printed += bytes; };
    auto made = RealHost::create(std::move(*supervisor), std::move(options));
    if (!made) std::abort();
    RealHost& host = **made;
    host.start(as_work(1, command({program, "of-root"}, {{"ALIVE", alive.path()}})));
    while (printed.empty()) host.wait(host.now() + std::chrono::milliseconds(20));
    const Time begin = host.now();
    host.signal(1, Signal::kill);
    const auto observations = host.wait(std::nullopt);
    const auto& ended = std::get<AttemptEnded>(observations.at(0));
    std::ofstream(report) << printed << ended.unkillable << (host.now() - begin < std::chrono::seconds(10)) << " "
                          << ended.how.reason;
  });
  pid_t supervisor = 0;
  REQUIRE(::read(supervisor_pid[0], &supervisor, sizeof supervisor) == sizeof supervisor);
  const UniqueFd supervisor_end(::pidfd_open(supervisor, 0));
  ::waitpid(engine, nullptr, 0);
  std::istringstream said(read_file(report));
  pid_t stubborn = 0;
  std::string facts, reason;
  said >> stubborn >> facts;
  std::getline(said, reason);
  CHECK(facts == "11");
  CHECK(reason == " it does not end, although it was killed");
  pollfd supervisor_runs{supervisor_end.get(), POLLIN, 0};
  CHECK(::poll(&supervisor_runs, 1, 0) == 0);
  REQUIRE(stubborn > 0);
  REQUIRE(::kill(stubborn, SIGKILL) == 0);
  CHECK(alive.all_gone());
  CHECK(ends(supervisor_end));
  ::close(supervisor_pid[0]);
  ::close(supervisor_pid[1]);
}

TEST_CASE("when no process can be made the step says so and the engine goes on") {
  if (::geteuid() != 0) {
    WARN("needs root, to become a user without processes");
    return;
  }
  // A user of its own: the engine, then the supervisor, then the keeper, then the step are over the limit.
  for (const rlim_t limit : {1u, 2u, 3u, 4u}) {
    TempDirectory directory;
    const uid_t user = fresh_user();
    REQUIRE(::chown(directory.path().c_str(), user, user) == 0);
    const std::string report = directory / "report";
    const pid_t pid = in_process([&] {
      const rlimit processes{limit, limit};
      become(user);
      if (::setrlimit(RLIMIT_NPROC, &processes) != 0) std::abort();
      auto host = bare_host(directory.path());
      if (!host) {
        std::ofstream(report) << host.error().message();
        return;
      }
      (*host)->start(as_work(1, command({"true"})));
      for (const auto& observation : (*host)->wait(std::nullopt)) {
        const auto& how = std::get<AttemptEnded>(observation).how;
        std::ofstream(report) << static_cast<int>(how.kind) << how.code << " " << how.reason;
      }
    });
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CAPTURE(limit);
    const std::string said = read_file(report);
    if (limit == 1) {
      CHECK(said == "fork the process supervisor: Resource temporarily unavailable");
    } else if (limit < 4) {
      CHECK_THAT(said, Contains("start `/usr/bin/true`: no process can be made") && Contains("ulimit -u"));
    } else {
      CHECK(said == "00 ");
    }
  }
}
