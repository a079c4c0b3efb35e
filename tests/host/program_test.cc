// Processes that cannot be started: what is said is what helps.
#include "host/process/program.h"

#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

std::string reason_of(LiveHost& live, ProcessWork work) {
  const auto ended = live.run(std::move(work));
  CHECK(ended.how.kind == Termination::Kind::not_started);
  CHECK(ended.log.empty());
  return ended.how.reason;
}

}  // namespace

TEST_CASE("a program that is not there, or cannot be run, is told apart from its exit codes 126 and 127") {
  LiveHost live;
  const std::string plain = live.directory / "plain", script = live.directory / "script";
  CHECK(reason_of(live, command({"no-such-program"})) ==
        "start `no-such-program`: no such program in PATH (/usr/bin:/bin)");
  CHECK(reason_of(live, command({"/no/such/program"})) == "start `/no/such/program`: No such file or directory");
  write_file(plain, "echo hello\n");
  CHECK_THAT(reason_of(live, command({plain})), Contains("not executable") && Contains("chmod +x"));
  CHECK_THAT(reason_of(live, command({"plain"}, {{"PATH", live.directory.path()}})), Contains("not executable"));
  write_file(plain, "echo hello\n", 0755);
  CHECK_THAT(reason_of(live, command({plain})), Contains("#!/bin/sh"));
  write_file(script, "#!/no/such/interpreter -x\n", 0755);
  CHECK_THAT(reason_of(live, command({script})), Contains("the interpreter `/no/such/interpreter`"));
  write_file(script, "#!/bin/sh\r\n", 0755);
  CHECK_THAT(reason_of(live, command({script})), Contains("Windows line ends"));
  CHECK_THAT(reason_of(live, command({live.directory.path()})), EndsWith("it is a directory"));
  CHECK(live.run(command({"sh", "-c", "exit 127"})).how.code == 127);
  CHECK(live.run(command({"sh", "-c", "exit 126"})).how.code == 126);
}

TEST_CASE("a directory that cannot be used is named") {
  LiveHost live;
  ProcessWork work = command({"true"});
  work.cwd = "/no/such/directory";
  CHECK(reason_of(live, work) ==
        "start `/usr/bin/true`: its directory `/no/such/directory` cannot be used: No such file or directory");
  work.cwd = "/etc/passwd";
  CHECK_THAT(reason_of(live, work), Contains("`/etc/passwd` cannot be used: Not a directory"));
  work.argv[0] = "./relative";
  CHECK_THAT(reason_of(live, work), Contains("`/etc/passwd` cannot be used"));
}

TEST_CASE("programs with a relative name, or from a relative PATH, count from the step's directory") {
  LiveHost live;
  write_file(live.directory / "tool", "#!/bin/sh\npwd\n", 0755);
  ProcessWork work = command({"./tool"});
  work.cwd = live.directory.path();
  CHECK(live.run(work).out == live.directory.path() + "\n");
  work = command({"tool"}, {{"PATH", ":/nowhere"}});
  work.cwd = live.directory.path();
  CHECK(live.run(work).out == live.directory.path() + "\n");
  // Without a PATH there is a usual one.
  CHECK(live.run(command({"true"}, {})).how.code == 0);
}

TEST_CASE("what the kernel would not take is said before anything starts") {
  LiveHost live;
  CHECK_THAT(reason_of(live, command({"true", std::string(200 << 10, 'x')})),
             Contains("argument 1 of `true`") && Contains("128 KiB") && Contains("file"));
  CHECK_THAT(reason_of(live, command({"true"}, {{"PATH", "/bin"}, {"BIG", std::string(200 << 10, 'x')}})),
             Contains("`BIG`") && Contains("128 KiB") && Contains("file"));
  CHECK_THAT(reason_of(live, command({"true"}, {{"A", std::string("a\0b", 3)}})), Contains("`A`: it holds a NUL byte"));
  CHECK_THAT(reason_of(live, command({"true"}, {{"A=B", "x"}})), Contains("no name for a variable"));
  CHECK_THAT(reason_of(live, command({"true", std::string("a\0b", 3)})), Contains("argument 1"));
  CHECK_THAT(reason_of(live, command({})), Contains("no program is given"));
  std::vector<std::pair<std::string, std::string>> env{{"PATH", "/bin"}};
  for (int i = 0; i < 80; ++i) env.emplace_back("V" + std::to_string(i), std::string(120 << 10, 'x'));
  CHECK_THAT(reason_of(live, command({"true"}, env)), Contains("about 2 MiB"));
  // The limits themselves are fine.
  const std::string most((128 << 10) - 1, 'x');
  CHECK(live.run(command({"true", most})).how.code == 0);
  CHECK(live.run(command({"true"}, {{"PATH", "/bin"}, {"A", most.substr(2)}})).how.code == 0);
}

TEST_CASE("a secret in the name of a program is not in the reason") {
  LiveHost live(std::vector<SecretValue>{{"token", "hunter2-hunter2"}});
  CHECK(reason_of(live, command({"/no/hunter2-hunter2"})).find("hunter2") == std::string::npos);
  write_file(live.directory / "hunter2-hunter2", "no program", 0755);
  CHECK(reason_of(live, command({live.directory / "hunter2-hunter2"})).find("hunter2") == std::string::npos);
}
