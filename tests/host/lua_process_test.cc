// `lua` steps on the real host: real processes that can be stopped whatever the script does.
#include "host/process/lua_process.h"

#include <csignal>

#include "base/packed_value.h"
#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;
using Catch::Matchers::Contains;
using Kind = Termination::Kind;

namespace {

Work script_work(const std::string& text, Value values = Value::map()) {
  return {1, 1, "1.1.log", std::nullopt, ScriptWork{{text, {}, std::move(values)}}};
}

AttemptEnded run_script_step(LiveHost& live, const std::string& text, Value values = Value::map()) {
  live.host->start(script_work(text, std::move(values)));
  return live.next();
}

Value params(const std::string& name, Value value) {
  Value inner = Value::map(), outer = Value::map();
  inner.set(name, std::move(value));
  outer.set("params", std::move(inner));
  return outer;
}

}  // namespace

TEST_CASE("a script's outputs, warnings and log come back from its process") {
  LiveHost live;
  const auto ended =
      run_script_step(live, "log('one')\nwarn('slow')\nlog('two')\nreturn { n = params.n + 1, raw = params.raw }", [] {
        auto values = params("n", 41);
        auto inner = *values.find("params");
        inner.set("raw", std::string("\xff\0x", 3));
        values.set("params", inner);
        return values;
      }());
  CHECK(ended.how.kind == Kind::exited);
  CHECK(ended.how.code == 0);
  REQUIRE(ended.script);
  CHECK(ended.script->kind == ScriptEnd::Kind::returned);
  CHECK(*ended.script->outputs.find("n") == Value(42));
  CHECK(*ended.script->outputs.find("raw") == Value(std::string("\xff\0x", 3)));
  CHECK(ended.script->warnings == std::vector<std::string>{"slow"});
  CHECK(ended.out == "one\ntwo\n");
  CHECK(ended.err == "warning: slow\n");
  CHECK_THAT(live.log(), Contains("one\n") && Contains("warning: slow\n"));
}

TEST_CASE("fail and errors of a script are told by its process") {
  LiveHost live;
  const auto failed = run_script_step(live, "log('looking')\nfail('no room')");
  CHECK(failed.how.code == 1);
  REQUIRE(failed.script);
  CHECK(failed.script->kind == ScriptEnd::Kind::failed);
  CHECK(failed.script->message == "no room");
  const auto broken = run_script_step(live, "local x\n\nreturn x.y");
  REQUIRE(broken.script);
  CHECK(broken.script->kind == ScriptEnd::Kind::broken);
  CHECK(broken.script->message == "`x` (nil) has no fields");
  CHECK(broken.script->trace == std::vector<ScriptPlace>{{"", 3}});
}

TEST_CASE("a script is stopped, wherever it is stuck") {
  LiveHost live;
  const std::string stuck =
      GENERATE(as<std::string>(), "while true do end", "string.find(('a'):rep(5000), ('.-'):rep(30) .. 'b')",
               "pcall(function() while true do end end)",
               "local t <close> = setmetatable({}, { __close = function() while true do end end })");
  INFO(stuck);
  bool going = false;
  live.on_output = [&](NodeId, Stream, std::string_view) { going = true; };
  live.host->start(script_work("log('going')\n" + stuck));
  live.pump([&] { return going; });
  live.host->signal(1, Signal::term);
  const auto ended = live.next();
  CHECK(ended.how.kind == Kind::signaled);
  CHECK(ended.how.code == SIGTERM);
  CHECK_FALSE(ended.script);
  CHECK(ended.out == "going\n");
}

TEST_CASE("memory that a script takes has an end") {
  LiveHost live;
  const auto hog = run_script_step(live, "local t = {}\nfor i = 1, 1e9 do t[i] = ('x'):rep(100000) .. i end");
  REQUIRE(hog.script);
  CHECK(hog.script->message == "the script used more than 256 MiB of memory");
  // Not Lua's, but that of its result: many small values.
  const auto result = run_script_step(live, "local t = {}\nfor i = 1, 3000000 do t[i] = {} end\nreturn { t = t }");
  REQUIRE(result.script);
  CHECK_THAT(result.script->message, Contains("more than 256 MiB of memory") || Contains("returns more than 1 MiB"));
  const auto large = run_script_step(live, "return { t = ('x'):rep(2000000) }");
  REQUIRE(large.script);
  CHECK(large.script->message == "the script returns more than 1 MiB");
}

TEST_CASE("secrets do not leave a script's process in any form") {
  LiveHost live({{"token", "s3cr3t-t0ken"}, {"pin", "48151623"}});
  const auto ended = run_script_step(live,
                                     "log('it is ' .. params.t)\nwarn(params.t)\nreturn { t = params.t, deep = { "
                                     "[params.t] = { 'x' .. params.t } }, pin = 48151623 }",
                                     params("t", "s3cr3t-t0ken"));
  REQUIRE(ended.script);
  CHECK(to_json(ended.script->outputs) == R"({"deep":{"***":["x***"]},"pin":"***","t":"***"})");
  CHECK(ended.script->warnings == std::vector<std::string>{"***"});
  CHECK(ended.out == "it is ***\n");
  CHECK(run_script_step(live, "fail(params.t)", params("t", "s3cr3t-t0ken")).script->message == "***");
}

TEST_CASE("a script's process has what it needs and no more") {
  LiveHost live;
  bool going = false;
  live.on_output = [&](NodeId, Stream, std::string_view) { going = true; };
  live.host->start(script_work("log('going')\nwhile true do end"));
  live.pump([&] { return going; });
  // The process is the child of a keeper, which is the supervisor's.
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto comm = read_file(entry.path() / "comm");
    const auto variables = read_file(entry.path() / "environ");
    if (comm == "rb-lua\n" && variables.find(live.directory / "scratch") != std::string::npos) found = pid;
  }
  REQUIRE_FALSE(found.empty());
  const std::filesystem::path process = "/proc/" + found;
  const auto limits = read_file(process / "limits"), variables = read_file(process / "environ"),
             status = read_file(process / "status");
  CHECK_THAT(limits, Catch::Matchers::Matches("(.|\n)*Max open files +0 +0 (.|\n)*"));
  CHECK_THAT(limits, Catch::Matchers::Matches("(.|\n)*Max core file size +0 +0 (.|\n)*"));
#ifndef __SANITIZE_ADDRESS__
  CHECK_THAT(limits, !Catch::Matchers::Matches("(.|\n)*Max address space +unlimited(.|\n)*"));
#endif
  CHECK_THAT(status, Contains("NoNewPrivs:\t1"));
  CHECK(variables.rfind("RUNBOOK_OUTPUT=", 0) == 0);
  CHECK(variables.find('\0') == variables.size() - 1);  // nothing else
  int descriptors = 0;
  for (const auto& entry : std::filesystem::directory_iterator(process / "fd")) {
    static_cast<void>(entry);
    ++descriptors;
  }
  CHECK(descriptors == 4);  // in, out, err, and the file for the result
  live.host->signal(1, Signal::kill);
  CHECK(live.next().how.kind == Kind::signaled);
}

TEST_CASE("a result that was cut short, or is no result, is none") {
  const ScriptEnd end{ScriptEnd::Kind::returned, Value::map(), "", {}, {}};
  const auto bytes = pack_value(to_value(end));
  CHECK(read_script_end(bytes, nullptr) == end);
  CHECK_FALSE(read_script_end(bytes.substr(0, bytes.size() - 1), nullptr));
  CHECK_FALSE(read_script_end("", nullptr));
  CHECK_FALSE(read_script_end(pack_value(Value("x")), nullptr));
}
