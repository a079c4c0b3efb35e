// Processes that try to outlive their step.
#include <csignal>

#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;
using Catch::Matchers::Contains;
using Kind = Termination::Kind;

namespace {

struct Escape {
  LiveHost live;
  AliveFifo alive{live.directory / "alive"};

  void start(std::vector<std::string> arguments, int processes) {
    live.start(1, misbehave(std::move(arguments), alive.path()));
    live.pump([&] { return alive.count() >= processes; });
  }
  // The host is as good as new: no step can spoil it for the next.
  void check_still_works() {
    live.start(2, command({"sh", "-c", "echo fine"}));
    CHECK(live.next().out == "fine\n");
  }
};

}  // namespace

TEST_CASE("a background child does not hold up its step, is killed, and that is said") {
  for (const char* how : {"", "redirected", "deaf"}) {
    Escape escape;
    escape.live.start(1, misbehave({"background", how}, escape.alive.path()));
    const auto begin = escape.live.host->now();
    const auto ended = escape.live.next();
    CAPTURE(how);
    CHECK(ended.how.kind == Kind::exited);
    CHECK(ended.how.code == 0);
    CHECK(ended.out == "ok\n");
    CHECK(ended.killed_background == 1);
    CHECK_FALSE(ended.unkillable);
    CHECK(escape.live.host->now() - begin < std::chrono::seconds(30));  // not as long as it would stay
    CHECK(escape.alive.all_gone());
    escape.check_still_works();
  }
}

TEST_CASE("a daemon that a shell leaves behind is killed") {
  Escape escape;
  ProcessWork work = bash(
      "exec 9>\"$ALIVE\"; echo . >&9; sleep 1000 & setsid sleep 1000 & (setsid sleep 1000 >/dev/null 2>&1 &) ; echo "
      "ok");
  work.env.emplace_back("ALIVE", escape.alive.path());
  escape.live.start(1, work);
  const auto ended = escape.live.next();
  CHECK(ended.how.code == 0);
  CHECK(ended.out == "ok\n");
  CHECK(ended.killed_background == 3);
  CHECK(escape.alive.all_gone());
}

TEST_CASE("a double-forked daemon is killed with its step and the exit code stays") {
  Escape escape;
  escape.live.start(1, misbehave({"double-fork", "exit"}, escape.alive.path()));
  const auto ended = escape.live.next();
  CHECK(ended.how.code == 7);
  CHECK(ended.killed_background == 1);
  CHECK(escape.alive.all_gone());
}

TEST_CASE("TERM reaches everything a step started") {
  struct Case {
    std::vector<std::string> arguments;
    int processes;
  };
  for (const Case& one :
       {Case{{"stay"}, 1}, Case{{"stop-self"}, 2}, Case{{"deep", "20"}, 21}, Case{{"forking-thread"}, 2}}) {
    Escape escape;
    escape.start(one.arguments, one.processes);
    escape.live.host->signal(1, Signal::term);
    const auto ended = escape.live.next();
    CAPTURE(one.arguments[0]);
    CHECK(ended.how.kind == Kind::signaled);
    CHECK(ended.how.code == SIGTERM);
    CHECK_FALSE(ended.unkillable);
    CHECK(escape.alive.all_gone());
    escape.check_still_works();
  }
}

TEST_CASE("a shell does not go on with its next command when it is terminated") {
  Escape escape;
  ProcessWork work = bash("echo . >\"$ALIVE\"; sleep 1000 || true; echo went on");
  work.env.emplace_back("ALIVE", escape.alive.path());
  escape.live.start(1, work);
  escape.live.pump([&] { return escape.alive.count() > 0; });
  escape.live.host->signal(1, Signal::term);
  const auto ended = escape.live.next();
  CHECK(ended.how.code == SIGTERM);
  CHECK(ended.out.empty());
}

TEST_CASE("a step may clean up after TERM") {
  Escape escape;
  ProcessWork work = bash("trap 'echo cleaned; exit 9' TERM; echo . >\"$ALIVE\"; sleep 1000 & wait");
  work.env.emplace_back("ALIVE", escape.alive.path());
  escape.live.start(1, work);
  escape.live.pump([&] { return escape.alive.count() > 0; });
  escape.live.host->signal(1, Signal::term);
  const auto ended = escape.live.next();
  CHECK(ended.how.code == 9);
  CHECK(ended.out == "cleaned\n");
}

TEST_CASE("KILL ends what ignores TERM, has left its session or forks faster than anyone looks") {
  struct Case {
    std::vector<std::string> arguments;
    int processes;
  };
  for (const Case& one :
       {Case{{"deaf"}, 1}, Case{{"double-fork"}, 2}, Case{{"fork-chain"}, 1}, Case{{"deep", "50"}, 51},
        Case{{"forking-thread"}, 2}, Case{{"stop-self"}, 2}, Case{{"dead-leader"}, 1}}) {
    Escape escape;
    escape.start(one.arguments, one.processes);
    CAPTURE(one.arguments[0]);
    if (one.arguments[0] != "fork-chain" && one.arguments[0] != "stop-self") {
      escape.live.host->signal(1, Signal::term);
    }
    escape.live.host->signal(1, Signal::kill);
    const auto ended = escape.live.next();
    CHECK(ended.how.kind == Kind::signaled);
    CHECK_FALSE(ended.unkillable);
    CHECK(ended.killed_background == 0);
    CHECK(escape.alive.all_gone());
    escape.live.host->signal(1, Signal::kill);  // has ended: nothing happens
    escape.check_still_works();
  }
}

TEST_CASE("a step that kills its keeper ends with a reason, and what it left is killed") {
  Escape escape;
  escape.live.start(2, command({"sh", "-c", "read line < \"$GO\"; echo undisturbed"},
                               {{"PATH", "/usr/bin:/bin"}, {"GO", escape.live.directory / "go"}}));
  REQUIRE(::mkfifo((escape.live.directory / "go").c_str(), 0600) == 0);
  escape.live.start(1, misbehave({"kill-parent"}, escape.alive.path()));
  const auto ended = escape.live.next();
  CHECK(ended.node == 1);
  CHECK(ended.how.kind == Kind::signaled);
  CHECK(ended.how.code == SIGKILL);
  CHECK_THAT(ended.how.reason, Contains("was killed") && Contains("not known"));
  CHECK_FALSE(ended.unkillable);
  CHECK(escape.alive.all_gone());
  // A neighbour that ran all the time does not notice.
  UniqueFd go;
  escape.live.pump([&] {
    go.reset(::open((escape.live.directory / "go").c_str(), O_WRONLY | O_NONBLOCK));
    return go.valid();
  });
  REQUIRE(::write(go.get(), "x\n", 2) == 2);
  CHECK(escape.live.next().out == "undisturbed\n");
  escape.check_still_works();
}

TEST_CASE("a step that stops its keeper is ended by KILL all the same") {
  Escape escape;
  escape.start({"stop-parent"}, 2);
  escape.live.host->signal(1, Signal::term);
  escape.live.host->signal(1, Signal::kill);
  const auto ended = escape.live.next();
  CHECK(ended.how.kind == Kind::signaled);
  CHECK_FALSE(ended.unkillable);
  CHECK(escape.alive.all_gone());
  escape.check_still_works();
}

TEST_CASE("a step that kills the supervisor and its keeper is reported, and no other one can start") {
  LiveHost live;
  const auto ended = live.run(bash("kill -9 " + std::to_string(live.supervisor_pid) + " $PPID; sleep 0.1"));
  CHECK(ended.how.kind == Kind::signaled);
  CHECK(ended.unkillable);  // nobody can tell what is left
  const auto next = live.run(command({"true"}));
  CHECK(next.how.kind == Kind::not_started);
  CHECK_THAT(next.how.reason, Contains("the process supervisor was killed"));
}

TEST_CASE("the death of the supervisor alone disturbs no step that runs") {
  LiveHost live;
  CHECK(live.run(command({"kill", "-9", std::to_string(live.supervisor_pid)})).how.code == 0);
  CHECK(live.run(command({"sh", "-c", "echo fine"})).how.code == 0);
}

TEST_CASE("an idle keeper that someone kills is replaced") {
  LiveHost live;
  const auto first = live.run(command({"sh", "-c", "echo $PPID"}));
  const pid_t keeper = std::stoi(first.out);
  REQUIRE(::kill(keeper, SIGKILL) == 0);
  live.pump([&] { return ::kill(keeper, 0) != 0; });  // its parent has taken it up
  std::filesystem::remove(live.directory / "logs/1.1.log");
  CHECK(live.run(command({"sh", "-c", "echo fine"})).out == "fine\n");
}
