// Scripts as they run; that they can be stopped is the host's to show (tests/host/lua_step_test.cc).
#include "script/script_run.h"

#include <catch2/catch.hpp>

#include "base/packed_value.h"
#include "expr/lua_testing.h"
#include "script/script.h"

namespace runbook {
namespace {

struct Ran {
  ScriptEnd end;
  std::string log;
};

Ran run(ScriptJob job, std::size_t memory = script_memory) {
  Ran ran;
  ran.end = run_script(
      job, [&](ScriptOutput, std::string_view text) { ran.log += text; }, memory);
  return ran;
}
Ran run(const std::string& text, const std::string& values = "{}") { return run(ScriptJob{text, {}, json(values)}); }

// What it returns, or "failed: …", "broken: … @line".
std::string result(const ScriptEnd& end) {
  if (end.kind == ScriptEnd::Kind::failed) return "failed: " + end.message;
  if (end.kind == ScriptEnd::Kind::returned) return to_json(end.outputs);
  std::string text = "broken: " + end.message;
  for (const auto& place : end.trace)
    text += " @" + place.module + (place.module.empty() ? "" : ":") + std::to_string(place.line);
  return text;
}
std::string result(const std::string& text, const std::string& values = "{}") { return result(run(text, values).end); }

TEST_CASE("a script returns its outputs") {
  CHECK(result("return { count = 3, names = {'a', 'b'}, deep = { x = { y = 1.5 } } }") ==
        R"({"count":3,"deep":{"x":{"y":1.5}},"names":["a","b"]})");
  CHECK(result("local x = 1") == "{}");
  CHECK(result("return {}") == "{}");
  CHECK(result("return nil") == "{}");
  CHECK(result("return 3") ==
        "broken: the script returns an integer, not its outputs: a table such as `{ count = 3 }`");
  CHECK(result("return {1, 2}") ==
        "broken: the script returns a list, not its outputs: a table with names, such as `{ count = 3 }`");
  CHECK(result("return { ['a-b'] = 1 }") ==
        "broken: `a-b` cannot be the name of an output: letters, digits and `_`, not a digit first");
  CHECK(result("return { f = function() end }") == "broken: the script gives a function, not a value");
  CHECK(result("return { n = 0/0 }") == "broken: the script gives a number that is none (0/0?)");
}

TEST_CASE("a script sees the run's data") {
  const std::string values = R"({"params":{"v":"v1.2.3","none":null},"attempt":2,
      "steps":{"a":{"ok":true,"stdout":"{\"n\": 7}","outputs":{"x":[1,2]}}}})";
  CHECK(result("return { v = params.v, n = steps.a.json.n, x = steps.a.outputs.x[2], a = attempt, none = params.none "
               "== nil }",
               values) == R"({"a":2,"n":7,"none":true,"v":"v1.2.3","x":2})");
  CHECK(result("local p = params\nreturn { v = p.w }", values) ==
        "broken: `params.w` does not exist; did you mean `v`? @2");
  CHECK(result("return { v = steps.a.outputs.y }", values) ==
        "broken: `steps.a.outputs.y` does not exist; did you mean `x`? @1");
  CHECK(result("log(steps.a.json.m.deep)", values) ==
        "broken: `steps.a.json.m` does not exist or is null; did you mean `n`? @1");
}

TEST_CASE("log writes lines as they come") {
  CHECK(run("log('one')\nlog(2, { a = {1} }, nil, true)\nfail('stop')").log == "one\n2 {\"a\":[1]} nil true\n");
}

TEST_CASE("fail and warn set the outcome") {
  CHECK(result("fail('disk is ' .. 97 .. ' % full')\nlog('never')") == "failed: disk is 97 % full");
  CHECK(result("pcall(fail, 'no')\nreturn { x = 1 }") == "failed: no");
  const auto ran = run("warn('slow')\nwarn('very', 'slow')\nreturn { x = 1 }");
  CHECK(ran.end.warnings == std::vector<std::string>{"slow", "very slow"});
  CHECK(ran.log == "warning: slow\nwarning: very slow\n");
  CHECK(result(ran.end) == R"({"x":1})");
  const auto many = run("for i = 1, 250 do warn(i) end");
  CHECK(many.end.warnings.size() == 101);
  CHECK(many.end.warnings.back() == "and 150 more, which are in the log");
}

TEST_CASE("an error says what and where") {
  CHECK(result("local x\n\nreturn { y = x.z }") == "broken: `x` (nil) has no fields @3");
  CHECK(result("local function f() error('no route') end\nlog('a')\nf()\nlog('b')") == "broken: no route @1 @3");
  CHECK(result("error({ code = 7 })") == R"(broken: {"code":7} @1)");
  CHECK(result("error(function() end)") == "broken: an error without a message (a function) @1");
  CHECK(result("local t = {}\nlog(t:concat())") == "broken: `concat` (nil) is not a function @2");
  CHECK(result("log(('x'):foo())") == "broken: a string has no `foo` @1");
  CHECK(result("log(semver.compare('1', '2.0.0'))").starts_with("broken: `semver.compare`: `1` is not a version"));
  CHECK(result("local n = 'a' + 1").starts_with("broken: cannot calculate with "));
  CHECK(result("assert(1 == 2, 'sums')") == "broken: sums @1");
}

TEST_CASE("pcall catches errors as plain messages") {
  CHECK(result("local ok, why = pcall(function() error('no route') end)\nreturn { ok = ok, why = why }") ==
        R"({"ok":false,"why":"no route"})");
  CHECK(result("local ok, why = pcall(json.decode, '{')\nreturn { ok = ok, text = contains(why, 'JSON') }") ==
        R"({"ok":false,"text":true})");
  CHECK(result("local ok, a, b = pcall(function(x) return x, 2 end, 1)\nreturn { ok = ok, sum = a + b }") ==
        R"({"ok":true,"sum":3})");
}

TEST_CASE("nothing differs from run to run") {
  CHECK(result("local keys = {}\nfor k in pairs({ c = 1, a = 2, b = 3 }) do keys[#keys + 1] = k end\nreturn { k = "
               "table.concat(keys) }") == R"({"k":"abc"})");
  CHECK(result("log(string.format('%p', {}))").starts_with("broken: `string.format` has no `%p`"));
  CHECK(result("return { t = string.format('%s|%5.1f|%%|%q', {1, 2}, 2.25, 'a') }") ==
        R"({"t":"[1,2]|  2.2|%|\"a\""})");
  // Stable, whatever the comparison.
  CHECK(result(R"(
    local list = {}
    for i = 1, 500 do list[i] = { key = i % 3, i = i } end
    table.sort(list, function(a, b) return a.key < b.key end)
    for i = 2, 500 do
      if list[i].key < list[i - 1].key then fail("not sorted") end
      if list[i].key == list[i - 1].key and list[i].i < list[i - 1].i then fail("not stable") end
    end
    local words = { "b", "c", "a" }
    table.sort(words)
    table.sort(words, function() return true end)
    return { n = #words, last = list[500].i })") == R"({"last":500,"n":3})");
  CHECK(result("local t = { 3, 'x' }\ntable.sort(t)").starts_with("broken: cannot compare "));
}

TEST_CASE("a script has more of Lua than an expression has") {
  CHECK(result(R"lua(
    local words = {}
    for word in ("one two  three"):gmatch("%a+") do table.insert(words, word) end
    local first, rest = words[1], { select(2, table.unpack(words)) }
    return { n = #words, joined = table.concat(rest, "-"), up = first:upper(), at = ("abc"):find("c", 1, true),
             swapped = ("a=b"):gsub("(%w)=(%w)", "%2=%1"), long = #("x"):rep(3 * 1024 * 1024), max = math.max(1, 9, 3) })lua") ==
        R"({"at":3,"joined":"two-three","long":3145728,"max":9,"n":3,"swapped":"b=a","up":"ONE"})");
}

TEST_CASE("what a script cannot reach is not there at run time either") {
  CHECK(result("local g = getmetatable('').__index\nlog(type(g))") == "{}");
  for (const auto* name :
       {"os", "io", "load", "dofile", "collectgarbage", "debug", "package", "coroutine", "next", "_G", "print"}) {
    INFO(name);
    CHECK(
        result(std::string("log(type(") + name + "))").starts_with("broken: `" + std::string(name) + "` is not known"));
  }
}

TEST_CASE("the memory of a script is limited") {
  const std::string hog = "local t = {}\nfor i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end";
  CHECK(result(run(ScriptJob{hog, {}, Value::map()}, 8 << 20).end) ==
        "broken: the script used more than 8 MiB of memory");
  const std::string caught =
      "local ok = pcall(function() local s = 'x' while true do s = s .. s end end)\nreturn { ok = ok }";
  CHECK(result(run(ScriptJob{caught, {}, Value::map()}, 8 << 20).end)
            .starts_with("broken: the script used more than 8 MiB of memory"));
  CHECK(result("local function f() return 1 + f() end\nf()").starts_with("broken: calls itself too deeply"));
}

TEST_CASE("modules are loaded once and see no data") {
  ScriptJob job;
  job.values = json(R"({"params":{"v":1}})");
  job.modules = {
      {"stats",
       "local M = {}\nM.loads = 0\nfunction M.mean(l)\n  M.loads = M.loads + 1\n  return avg(l)\nend\nreturn M"},
      {"uses", "local stats = require 'stats'\nreturn { mean = stats.mean }"},
      {"empty", "local x = 1"},
      {"broken", "local M = {}\nfunction M.f(x)\n  return x.y.z\nend\nreturn M"}};
  const auto with = [&](const std::string& text) {
    job.text = text;
    return result(run(job).end);
  };
  CHECK(
      with(
          "local s, u = require 'stats', require 'uses'\nu.mean({1, 3})\nreturn { m = s.mean({1, 2}), n = s.loads }") ==
      R"({"m":1.5,"n":2})");
  CHECK(with("require 'empty'") == "broken: the module `empty` returns nothing; end it with `return M` @1");
  CHECK(with("local b = require 'broken'\n\nb.f({})") == "broken: `y` (nil) has no fields @broken:3 @3");
  CHECK(with("require('other')") == "broken: `require` knows no module `other` @1");
}

TEST_CASE("a job and its end survive being sent") {
  ScriptJob job{"return {}", {{"m", "return 1"}}, json(R"({"params":{"a":[1,null,"x"]}})")};
  job.values.set("bytes", std::string("\xff\0z", 3));
  const auto bytes = pack_value(to_value(job));
  const auto unpacked = unpack_value(bytes);
  REQUIRE(unpacked);
  const auto same = script_job(*unpacked);
  REQUIRE(same);
  CHECK(same->text == job.text);
  CHECK(same->values == job.values);
  CHECK(same->modules.at(0).text == "return 1");
  ScriptEnd end{ScriptEnd::Kind::broken, json(R"({"a":1})"), "why", {{"m", 3}, {"", 4}}, {"w"}};
  CHECK(script_end(to_value(end)) == end);
  CHECK(!script_end(Value("x")));
  CHECK(!script_job(Value::map()));
}

// What a script would read is exactly what an expression reads.
TEST_CASE("the values sent are those the sandbox shows, and only those") {
  Sandbox sandbox;
  sandbox.set("params", json(R"({"a":1,"b":{"c":[]},"none":null})"));
  sandbox.set("vars", json(R"({"x":"y"})"));
  sandbox.set("secrets", json(R"({"token":"t0ken","other":"0ther"})"));
  sandbox.set("attempt", 3);
  sandbox.set_step("one", json(R"({"ok":true,"stdout":"[1]","outputs":{"n":null,"m":2}})"));
  sandbox.set_step("two", json(R"({"ok":false})"));
  REQUIRE(eval(sandbox, "steps.one.json[1]") == "1");  // worked out and kept: not a part of the result
  const auto seen = [&](const std::string& text) {
    Diagnostics diagnostics;
    return to_json(sandbox.seen_by(parse_script(text_of(text), Dialect::script, diagnostics).references));
  };
  CHECK(seen("log(params.a, params.none)") == R"({"params":{"a":1,"none":null}})");
  CHECK(seen("for k in pairs(params) do log(k) end") == R"({"params":{"a":1,"b":{"c":[]},"none":null}})");
  CHECK(seen("log(secrets.token, attempt)") == R"({"secrets":{"token":"t0ken"},"attempt":3})");
  CHECK(seen("log(steps.one.json)") == R"({"steps":{"one":{"ok":true,"outputs":{"m":2,"n":null},"stdout":"[1]"}}})");
  CHECK(seen("for id in pairs(steps) do log(id) end") ==
        R"({"steps":{"one":{"ok":true,"outputs":{"m":2,"n":null},"stdout":"[1]"},"two":{"ok":false,"outputs":{}}}})");
  CHECK(seen("return {}") == "{}");
}

}  // namespace
}  // namespace runbook
