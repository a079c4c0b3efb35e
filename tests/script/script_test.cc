// Scripts as they are checked when a runbook is loaded.
#include "script/script.h"

#include <catch2/catch.hpp>

#include "expr/lua_testing.h"

namespace runbook {
namespace {

// The diagnostics as "code line:column message", each on a line.
std::string script_problems(const std::string& text, Dialect dialect = Dialect::script) {
  const SourceFile file("a.lua", text);
  Diagnostics diagnostics;
  parse_script(Text{text, Span{&file, 0, text.size()}, true, false}, dialect, diagnostics);
  std::string out;
  for (const auto& one : diagnostics.all()) {
    out += (out.empty() ? "" : "\n") + std::string(one.code) + " " + std::to_string(one.span.line()) + ":" +
           std::to_string(one.span.column()) + " " + one.message;
    if (!one.help.empty()) out += " (" + one.help + ")";
  }
  return out;
}

TEST_CASE("a script may do what a small program needs") {
  CHECK(script_problems(R"lua(
    local total, names = 0, {}
    local M = {}
    function M.add(n) total = total + n end
    function M:twice() return self, total * 2 end
    local function visit(list)
      for i, item in ipairs(list) do
        M.add(#item)
        names[#names + 1] = item:upper():gsub("A", "b")
        names.last = item
        if i > 3 then goto done end
        ::done::
      end
      return visit
    end
    local ok, why = pcall(visit, vars.hosts)
    if not ok then fail("no hosts: " .. why) end
    local a = 1
    a, total = total, a
    log(a)
    repeat local left = total - 1; total = left until left < 0
    while total < 0 do total = total + 1 end
    table.sort(names, function(x, y) return x < y end)
    log(string.format("%d hosts", #names), math.max(1, 2), utf8.char(8364))
    local copy <const> = setmetatable({}, { __index = M })
    warn(copy.twice and "twice" or "once")
    return { count = #names, name = params.version, steps.build.outputs.x, n = attempt, }
  )lua") == "");
}

TEST_CASE("what a script reads from outside is known") {
  Diagnostics diagnostics;
  const auto script =
      parse_script(text_of("local p = params.version\nlog(p, steps.a.outputs['x'], steps[p])\nreturn { run = run.id }"),
                   Dialect::script, diagnostics);
  REQUIRE(diagnostics.errors() == 0);
  std::vector<std::vector<std::string>> paths;
  for (const auto& reference : script.references) paths.push_back(reference.path);
  CHECK(paths == std::vector<std::vector<std::string>>{
                     {"params", "version"}, {"steps", "a", "outputs", "x"}, {"steps"}, {"run", "id"}});
  CHECK(script.references[2].dynamic);
}

TEST_CASE("names of modules are known") {
  Diagnostics diagnostics;
  const auto script =
      parse_script(text_of("local s = require \"stats\"\nlocal v = require('version')\nreturn { m = s.mean(v) }"),
                   Dialect::script, diagnostics);
  REQUIRE(diagnostics.errors() == 0);
  REQUIRE(script.required.size() == 2);
  CHECK(script.required[0].value == "stats");
  CHECK(script.required[1].value == "version");
}

TEST_CASE("mistakes of a script have a place and a way out") {
  CHECK(script_problems("local x = 1\nif x then\n  log(x)\n") == "RB030 3:9 `end` expected (to close `if` at line 2)");
  CHECK(script_problems("local x = \n") == "RB030 1:10 the script ends too early");
  CHECK(script_problems("local x = 1\nlog(x ++ 1)") == "RB030 2:8 unexpected `+`");
  CHECK(script_problems("x = 1") == "RB033 1:1 a script has no variable `x` (declare it first: `local x = …`)");
  CHECK(script_problems("local x = 1\nx += 1") == "RB030 2:3 unexpected `+=` (write `x = x + …`)");
  CHECK(script_problems("params.x = 1") ==
        "RB033 1:1 `params` cannot be changed (keep a value of your own: `local x = …`)");
  CHECK(script_problems("log = 1") == "RB033 1:1 `log` cannot be changed (keep a value of your own: `local x = …`)");
  CHECK(script_problems("function f() end") == "RB033 1:10 a script cannot define `f` (write `local function`)");
  CHECK(script_problems("function params.f() end") ==
        "RB033 1:10 `params` cannot be changed (keep a value of your own: `local x = …`)");
  CHECK(script_problems("print('x')") == "RB033 1:1 `print` is not available in scripts (write `log(text)`)");
  CHECK(script_problems("return { t = os.time() }") ==
        "RB033 1:14 `os` is not available in scripts (a script has no I/O, clock or randomness, and loads no code but "
        "modules by `require`)");
  CHECK(script_problems("local n = math.random()") == "RB031 1:16 `math.random` does not exist");
  CHECK(script_problems("logg('x')") == "RB031 1:1 `logg` is not known; did you mean `log`?");
  CHECK(script_problems("log(('x'):foo(), string.fromat('x'))") ==
        "RB031 1:25 `string.fromat` does not exist; did you mean `format`?");
  CHECK(script_problems("log(\"${{ params.x }}\")") == "");
  CHECK(script_problems("log(${{ params.x }})") ==
        "RB030 1:5 unexpected `$` (a script is plain Lua: write `params.x`, without `${{ }}`)");
  CHECK(script_problems("local m = require(params.x)") ==
        "RB033 1:11 `require` needs the module's name as plain text (write `require \"name\"`: what a run uses is "
        "known before it runs)");
  CHECK(script_problems("  \n -- nothing\n") == "RB030 1:1 a script is missing");
  CHECK(script_problems(std::string(300 << 10, ' ') + "x") ==
        "RB030 1:1 the script is longer than 262144 bytes (move parts of it into modules)");
}

TEST_CASE("a module sees no data") {
  CHECK(script_problems("local M = {}\nfunction M.f(x) return #x end\nreturn M", Dialect::module) == "");
  CHECK(script_problems("return { v = params.v }", Dialect::module) ==
        "RB033 1:14 a module does not see `params` (let its functions take what they need as arguments)");
}

TEST_CASE("expressions do not have what scripts have") {
  CHECK(problems("log('x')").find("`log` is not known") != std::string::npos);
  CHECK(problems("require 'stats'").find("`require` is not available in expressions") != std::string::npos);
  CHECK(problems("table.concat({}, '')").find("`table` is not available in expressions") != std::string::npos);
  CHECK(problems("string.format('%d', 1)").find("`string.format` does not exist") != std::string::npos);
}

TEST_CASE("a line of a script is a line of the file") {
  const std::string yaml = "steps:\n  - lua: |\n      local x = 1\n      log(x)\n";
  const SourceFile file("a.yaml", yaml);
  const Text text{"local x = 1\nlog(x)\n", Span{&file, yaml.find('|'), yaml.size() - yaml.find('|')}, false, true};
  CHECK(line_of(text, 1).line() == 3);
  CHECK(line_of(text, 2).line() == 4);
}

}  // namespace
}  // namespace runbook
