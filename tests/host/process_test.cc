// Processes that behave: their environment, their descriptors, what is kept of their output.
#include <sys/resource.h>

#include <csignal>

#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Kind = Termination::Kind;

TEST_CASE("exit codes and signals are reported as they are") {
  LiveHost live;
  for (const int code : {0, 1, 42, 255}) {
    const auto ended = live.run(command({"sh", "-c", "exit " + std::to_string(code)}));
    CHECK(ended.how.kind == Kind::exited);
    CHECK(ended.how.code == code);
    CHECK(ended.how.reason.empty());
    CHECK(ended.killed_background == 0);
  }
  const auto killed = live.run(command({"sh", "-c", "kill -SEGV $$"}));
  CHECK(killed.how.kind == Kind::signaled);
  CHECK(killed.how.code == SIGSEGV);
}

TEST_CASE("output goes to the log, the listener and the result") {
  LiveHost live;
  const auto ended = live.run(command({"sh", "-c", "echo out; echo err >&2; printf 'a\\0\\377'"}));
  CHECK(ended.out == std::string("out\na\0\xff", 7));
  CHECK(ended.err == "err\n");
  CHECK_FALSE(ended.out_cut);
  CHECK(ended.log == "1.1.log");
  CHECK(ended.log_size == 11);
  CHECK(ended.log_error.empty());
  CHECK(ended.log_sha256 == hex(sha256(live.log())));
  CHECK(live.heard.size() == 11);
}

TEST_CASE("a script reaches the shell by a descriptor, whatever its size, and leaves stdin alone") {
  LiveHost live;
  std::string script = "echo one\ncat\necho two\n: '";
  script.append(3 << 20, 'x');
  script += "'\necho $#-$0\n";
  const auto ended = live.run(bash(script));
  CHECK(ended.how.code == 0);
  CHECK(ended.out == "one\ntwo\n0-/proc/self/fd/10\n");
  ProcessWork dash = bash("echo $((1 + 1))");
  dash.argv = {"sh", "-eu", "/proc/self/fd/10"};
  CHECK(live.run(dash).out == "2\n");
}

TEST_CASE("a large environment travels, and nothing but it") {
  LiveHost live;
  std::vector<std::pair<std::string, std::string>> env{{"PATH", "/usr/bin:/bin"}};
  for (int i = 0; i < 15; ++i) env.emplace_back("V" + std::to_string(i), std::string(120 << 10, 'x'));
  CHECK(live.run(command({"sh", "-c", "printf %s \"${#V14}\""}, env)).out == std::to_string(120 << 10));
  const auto ended = live.run(command({"env"}, {{"PATH", "/bin"}, {"RUNBOOK_OUTPUT", "/elsewhere"}, {"A", "1 = 2"}}));
  CHECK(ended.out == "PATH=/bin\nA=1 = 2\nRUNBOOK_OUTPUT=" + (live.directory / "scratch/1.1") + "\n");
}

TEST_CASE("a child starts in a defined state whatever the state of the engine") {
  // As a service manager, a CI system or a library may have left it.
  std::vector<UniqueFd> leaked;
  for (int i = 0; i < 200; ++i) leaked.emplace_back(::open("/dev/null", O_RDONLY));
  struct sigaction pipe_before {};
  struct sigaction child_before {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &pipe_before);
  ::sigaction(SIGCHLD, &ignore, &child_before);
  sigset_t some, before;
  sigemptyset(&some);
  sigaddset(&some, SIGTERM);
  sigaddset(&some, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &some, &before);
  const mode_t mask = ::umask(077);
  {
    LiveHost live;
    for (int i = 0; i < 50; ++i) leaked.emplace_back(::open("/dev/null", O_RDONLY));
    CHECK(live.run(misbehave({"fds"})).out == "0 /dev/null\n1 pipe\n2 pipe\n");
    ProcessWork with_script = misbehave({"fds"});
    with_script.script = "exit";
    CHECK_THAT(live.run(with_script).out, EndsWith("2 pipe\n10 /memfd\n"));
    CHECK(live.run(misbehave({"state"})).out ==
          "Umask:\t0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nsession leader 1\nstdin at end 1\n"
          "tty No such device or address\n");
    const auto ended = live.run(bash("set +e; yes | head -1; echo ${PIPESTATUS[0]}"));
    CHECK(ended.out == "y\n141\n");
    CHECK(ended.err.empty());
    CHECK(live.run(command({"sh", "-c", "exit 3"})).how.code == 3);
  }
  ::umask(mask);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::sigaction(SIGCHLD, &child_before, nullptr);
  ::sigaction(SIGPIPE, &pipe_before, nullptr);
}

TEST_CASE("children keep the limit of open files that the engine was started with") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = 200;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  LiveHost live;
  CHECK(live.run(command({"sh", "-c", "ulimit -n"})).out == "200\n");
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("a secret is nowhere, however it is printed") {
  LiveHost live(std::vector<SecretValue>{{"token", "hunter2-hunter2"}});
  const auto ended =
      live.run(bash("printf %s \"$T\" | base64; echo \"x${T}y\" >&2; " MISBEHAVE " pieces \"<$T>\"; set -x; : \"$T\"",
                    {{"PATH", "/usr/bin:/bin"}, {"T", "hunter2-hunter2"}}));
  CHECK(ended.how.code == 0);
  CHECK_THAT(ended.out, EndsWith("<***>"));
  CHECK(ended.err == "x***y\n+ : ***\n");
  for (const std::string& text : {ended.out, ended.err, live.log(), live.heard}) {
    CHECK(text.find("hunter2") == std::string::npos);
    CHECK(text.find("aHVudGVyMi1odW50ZXIy") == std::string::npos);
  }
}

TEST_CASE("a step that prints a gigabyte is not held up and costs little memory") {
  LiveHost live;
  live.on_output = [&](NodeId, Stream, std::string_view) { live.heard.clear(); };
  std::ofstream("/proc/self/clear_refs") << "5";  // forget the peak of earlier tests
  const auto ended = live.run(misbehave({"flood", std::to_string(1ull << 30)}));
  CHECK(ended.how.code == 0);
  CHECK(ended.out.size() == 1 << 20);
  CHECK(ended.out_cut);
  CHECK(ended.log_size <= 64 << 20);
  CHECK(ended.log_size > 32 << 20);
  CHECK(ended.log_error.empty());
  const std::string status = read_file("/proc/self/status");
  const auto peak_kib = std::stol(status.substr(status.find("VmHWM:") + 6));
  INFO("peak " << peak_kib << " KiB");
#ifndef __SANITIZE_ADDRESS__
  CHECK(peak_kib < 64 << 10);
#endif
  const std::string log = live.log();
  CHECK(log.rfind("[runbook: ", 0) == 0);
  CHECK(ended.log_sha256 == hex(sha256(log)));
  const std::string end = ended.out.substr(ended.out.size() - 1000);
  CHECK(log.substr(log.size() - 1000) == end);
}

TEST_CASE("a log that cannot be written does not stop the step") {
  LiveHost live;
  write_file(live.directory / "logs/1.1.log", "of someone else");
  const auto ended = live.run(command({"sh", "-c", "echo hello; exit 4"}));
  CHECK(ended.how.code == 4);
  CHECK(ended.out == "hello\n");
  CHECK(ended.log.empty());
  CHECK(ended.log_error == "create log 1.1.log: File exists");
  CHECK(live.log() == "of someone else");
}

TEST_CASE("many steps at once, and one after the other, need no more keepers than run at once") {
  LiveHost live;
  for (NodeId node = 1; node <= 100; ++node) live.start(node, command({"sh", "-c", "echo " + std::to_string(node)}));
  std::vector<bool> seen(101);
  for (int i = 0; i < 100; ++i) {
    const auto ended = live.next();
    CHECK(ended.out == std::to_string(ended.node) + "\n");
    seen[ended.node] = true;
  }
  CHECK(std::count(seen.begin(), seen.end(), true) == 100);

  LiveHost sequential;
  auto keeper = [&] {
    const auto ended = sequential.run(command({"sh", "-c", "echo $PPID"}));
    std::filesystem::remove(sequential.directory / "logs/1.1.log");
    return ended.out;
  };
  const std::string first = keeper();
  for (int i = 0; i < 20; ++i) CHECK(keeper() == first);
}
