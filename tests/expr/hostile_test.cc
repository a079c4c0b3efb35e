// Expressions written to run for ever, eat the memory or get out. Each must end, with an error that says why; the
// suite's own time limit is the clock.
#include <catch2/catch.hpp>

#include "expr/lua_testing.h"

namespace runbook {
namespace {

SandboxLimits small() { return {1'000'000, std::chrono::milliseconds(250), 16 << 20}; }

std::string eval_small(const std::string& text) {
  Sandbox sandbox(small());
  return eval(sandbox, text);
}

std::string in_function(const std::string& body) { return "(function() " + body + " end)()"; }

TEST_CASE("endless work is stopped") {
  for (const auto& text :
       {in_function("while true do end"), in_function("repeat until false"), in_function("::a:: goto a"),
        in_function("for i = 1, 1e18 do end"), in_function("for _, v in ipairs({1}) do while true do end end"),
        in_function("local function f() return f() end return f()"),
        std::string("(function(f) return f(f) end)(function(f) return f(f) end)"),
        std::string("map({1}, function() while true do end end)"),
        std::string("filter({1}, function() while true do end end)")}) {
    INFO(text);
    const auto answer = eval_small(text);
    CHECK((answer == "error: the expression stopped after 1000000 instructions" ||
           answer == "error: the expression stopped after 250ms"));
  }
}

TEST_CASE("endless depth is stopped") {
  for (const auto& text : {in_function("local function f() return 1 + f() end return f()"),
                           in_function("local function f(x) return map({1}, f) end return f(1)"),
                           in_function("local function f(x) return {f(x)} end return f(1)")}) {
    INFO(text);
    const auto answer = eval_small(text);
    CHECK((answer.rfind("error: the expression ", 0) == 0 || answer == "error: calls itself too deeply"));
  }
}

TEST_CASE("memory is limited") {
  for (const auto& text :
       {in_function("local function grow(s) return grow(s .. s) end return grow('xxxxxxxxxxxxxxxx')"),
        in_function("local function grow(t) return grow({t, t, t, t}) end return grow({})"),
        std::string("string.rep(string.rep('x', 1000000), 1000000)"), std::string("('x'):rep(1e18)"),
        std::string("(''):rep(1e18)"),
        std::string(
            "map(json.decode('[' .. ('1,'):rep(400000) .. '1]'), function(x) return ('y'):rep(1000) .. x end)")}) {
    INFO(text);
    const auto answer = eval_small(text);
    CHECK((answer.rfind("error: ", 0) == 0 || answer == "\"\""));
  }
  CHECK(eval_small("(''):rep(1e18)") == "\"\"");
  CHECK(eval_small(in_function("local function grow(s) return grow(s .. s) end return grow('xxxxxxxxxxxxxxxx')")) ==
        "error: the expression used more than 16 MiB of memory");
}

TEST_CASE("a sandbox is as good as new after a limit") {
  Sandbox sandbox(small());
  sandbox.set("params", json(R"({"x":1})"));
  for (int i = 0; i < 20; ++i) {
    CHECK(eval(sandbox, in_function("local function grow(s) return grow(s .. s) end return grow('xxxxxxxxxxxxxxxx')"))
              .rfind("error: the expression used more", 0) == 0);
    CHECK(eval(sandbox, in_function("while true do end")).rfind("error: the expression stopped", 0) == 0);
    CHECK(eval(sandbox, "params.x + #('a'):rep(1000)") == "1001");
  }
}

TEST_CASE("many small copies of large text are stopped") {
  const auto text = in_function("local function f(s, n) return f(s .. 'x', n + 1) end return f(('x'):rep(1000000), 0)");
  CHECK(eval(text).rfind("error: the expression ", 0) == 0);
}

TEST_CASE("patterns that explode elsewhere are linear here") {
  CHECK(eval("matches(('a'):rep(30000), '(.*)(.*)(.*)(.*)b')") == "false");
  CHECK(eval("matches(('a'):rep(100), ('a?'):rep(100) .. ('a'):rep(100))") == "true");
  CHECK(eval("matches(('a'):rep(50000), '(a*)*$')") == "true");
  CHECK(eval("matches('x', '(?:a{1000}){1000}')").rfind("error: `matches` cannot read its pattern", 0) == 0);
  CHECK(eval("matches(('a'):rep(1000000), '(x+x+)+y|(a|b|ab)*c[a-z]{900}')") ==
        "error: `matches`: the pattern is too large for a text of this length");
  CHECK(eval("matches(('a'):rep(1000000), [[^\\w+@[\\w.]+\\.(com|org)$]])") == "false");
}

TEST_CASE("nothing of the host is in reach") {
  for (const char* name :
       {"os",       "io",     "require", "package",   "load",  "loadstring",   "loadfile",       "dofile", "pcall",
        "xpcall",   "error",  "assert",  "coroutine", "debug", "getmetatable", "setmetatable",   "rawget", "rawset",
        "rawequal", "rawlen", "next",    "select",    "print", "warn",         "collectgarbage", "table",  "utf8",
        "_G",       "_ENV"}) {
    INFO(name);
    CHECK(problems(name).rfind("RB033", 0) == 0);
    CHECK(eval(name).rfind("error: ", 0) == 0);
  }
  CHECK(problems("string.format('%s', 1)") == "RB031 `string.format` does not exist");
  for (const char* method : {"find", "match", "gmatch", "gsub", "format", "dump", "byte", "char", "pack", "reverse"})
    CHECK(eval(std::string("('x'):") + method + "()").rfind("error: a string has no", 0) == 0);
  CHECK(eval("('').__index").rfind("error: a string has no", 0) == 0);
  CHECK(eval("params.__index").rfind("error: ", 0) == 0);
  CHECK(eval("\"\\27Lua\"") == R"("\u001bLua")");
}

TEST_CASE("no address leaks") {
  CHECK(eval("tostring({})") == "\"[]\"");
  CHECK(eval("tostring(tostring)") == "error: `tostring` needs a value as argument 1, not a function");
  CHECK(eval("tostring .. ''") == "error: cannot join `tostring` (function) to a text; use `tostring(…)`");
  CHECK(eval("json.encode({f = tostring})") == "error: the expression gives a function, not a value");
}

TEST_CASE("text that is not for people passes through") {
  Sandbox sandbox;
  Value params = Value::map();
  params.set("x", Value(std::string("a\0b\xff", 4)));
  sandbox.set("params", params);
  CHECK(eval(sandbox, "#params.x") == "4");
  CHECK(sandbox.evaluate(expression("params.x"))->as_string() == std::string("a\0b\xff", 4));
  CHECK(sandbox.evaluate(expression("params.x .. 'c'"))->as_string() == std::string("a\0b\xff"
                                                                                    "c",
                                                                                    5));
}

TEST_CASE("deep syntax is refused, not followed") {
  CHECK(!problems(std::string(3000, '(') + "1" + std::string(3000, ')')).empty());
  CHECK(!problems(std::string(3000, '{') + std::string(3000, '}')).empty());
  CHECK(problems("'" + std::string(9000, 'x') + "'") == "RB030 the expression is longer than 8192 bytes");
}

}  // namespace
}  // namespace runbook
