#include "expr/expression.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "expr/lua_testing.h"

namespace runbook {
namespace {

// "steps.a.ok steps…": the paths an expression reads; `…` marks a dynamic end.
std::string reads(const std::string& text) {
  std::vector<std::string> paths;
  for (const auto& reference : expression(text).references)
    paths.push_back(join(reference.path, ".") + (reference.dynamic ? "…" : ""));
  return join(paths, " ");
}

TEST_CASE("references are the constant paths an expression reads") {
  CHECK(reads("steps.current.outputs.release") == "steps.current.outputs.release");
  CHECK(reads("steps['current'][\"outputs\"].x == params.y") == "steps.current.outputs.x params.y");
  CHECK(reads("steps[item].ok") == "steps… item");
  CHECK(reads("steps.a.lines[1]") == "steps.a.lines…");
  CHECK(reads("steps.a.lines[index + 1].x") == "steps.a.lines… index");
  CHECK(reads("steps.a.stdout:trim()") == "steps.a.stdout");
  CHECK(reads("json.decode(vars.x).y") == "vars.x");
  CHECK(reads("'steps.x' .. \"params.y\" .. [[ vars.z ]] -- run.id") == "");
  CHECK(reads("{ params = 1, ['run'] = run.id, env.X }") == "run.id env.X");
  CHECK(reads("a.steps.x") == "");
  CHECK(reads("map(params.l, function(item) return item.x .. index end)") == "params.l index");
  CHECK(reads("(function() local steps = steps.a; return steps.b end)()") == "steps.a");
  CHECK(reads("(function() for item = 1, index do local x = item end return item end)()") == "index item");
  CHECK(reads("(function() if run.id then local item = 1 else return item end end)()") == "run.id item");
  CHECK(reads("(function() local function result() return result end return result end)()") == "");
  CHECK(reads("(function() repeat local item = 1 until item return 1 end)()") == "");
}

TEST_CASE("a reference knows its place") {
  const auto parsed = expression(" params.a + steps [ 'b' ].ok ");
  REQUIRE(parsed.references.size() == 2);
  const auto& first = parsed.references[0];
  CHECK(first.offset == 1);
  CHECK(first.length == 8);
  CHECK(first.offsets == std::vector<std::size_t>{1, 8});
  const auto& second = parsed.references[1];
  CHECK(parsed.text.value.substr(second.offset, second.length) == "steps [ 'b' ].ok");
}

TEST_CASE("mistakes in an expression are named at their place") {
  struct Case {
    std::string text, code, message, place;
  };
  for (const auto& [text, code, message, place] : std::vector<Case>{
           {"1 +", "RB030", "the expression ends too early", ""},
           {"", "RB030", "an expression is missing", ""},
           {"-- only", "RB030", "an expression is missing", "-- only"},
           {"a b", "RB030", "unexpected `b`", "b"},
           {"params.a, params.b", "RB030", "unexpected `,`", ","},
           {"1) + (2", "RB030", "unexpected `)`", ")"},
           {"params.a != 'x'", "RB030", "unexpected `!=`", "!="},
           {"params.a && params.b", "RB030", "unexpected `&&`", "&&"},
           {"params.a || b", "RB030", "unexpected `||`", "||"},
           {"!params.a", "RB030", "unexpected `!`", "!"},
           {"params.a ? 1 : 2", "RB030", "unexpected `?`", "?"},
           {"params.a = 1", "RB033", "an expression cannot assign", "="},
           {"map(params.l, function(x) y = x end)", "RB033", "an expression cannot assign", "="},
           {"map(params.l, function(x) function f() end end)", "RB033", "an expression cannot define `f`", "f"},
           {"matches(params.a, '\\d')", "RB030", "invalid escape sequence", "'\\d'"},
           {"'abc", "RB030", "unfinished string", "'abc"},
           {"12ab", "RB030", "malformed number", "12ab"},
           {"parms.a", "RB031", "`parms` is not known; did you mean `params`?", "parms"},
           {"steps.a.exitcode", "RB031", "`steps.a.exitcode` does not exist; did you mean `exit_code`?", "exitcode"},
           {"result.jsn.x", "RB031", "`result.jsn` does not exist; did you mean `json`?", "jsn"},
           {"run.usr", "RB031", "`run.usr` does not exist; did you mean `user`?", "usr"},
           {"json.parse(result.stdout)", "RB031", "`json.parse` does not exist", "parse"},
           {"stdout", "RB031", "`stdout` is not known", "stdout"},
           {"params.a == null", "RB031", "`null` is not known", "null"},
           {"os.time()", "RB033", "`os` is not available in expressions", "os"},
           {"(function() return _ENV end)()", "RB033", "`_ENV` is not available in expressions", "_ENV"}}) {
    INFO(text);
    const SourceFile file("x", text);
    Diagnostics diagnostics;
    parse_expression(Text{text, Span{&file, 0, text.size()}, true, false}, diagnostics);
    REQUIRE(!diagnostics.all().empty());
    const auto& first = diagnostics.all().front();
    CHECK(first.code == code);
    CHECK(first.message == message);
    CHECK(first.span.text() == place);
  }
}

TEST_CASE("habits from other languages get a translation") {
  const auto help = [](const std::string& text) {
    Diagnostics diagnostics;
    parse_expression(text_of(text), diagnostics);
    return diagnostics.all().empty() ? std::string() : diagnostics.all().front().help;
  };
  CHECK(help("a != b") == "`not equal` is written `~=`");
  CHECK(help("a && b") == "write `and`");
  CHECK(help("a || b") == "write `or`");
  CHECK(help("!a") == "write `not`");
  CHECK(help("null") == "write `nil`");
  CHECK(help("True") == "write `true`");
  CHECK(help("stdout") == "write `result.stdout`, or `steps.ID.stdout` for a step before this one");
  CHECK(help("matches(x, '\\d')").find("[[") != std::string::npos);
}

TEST_CASE("good expressions have no diagnostics") {
  for (const char* text :
       {"true", "params.a", "steps.a.ok and not steps.b.ok", "#params.list > 0", "{ a = 1, b = { params.x } }",
        "item.x == nil", "map(params.l, function(x) local y <const> = x; if y then return y end return 1 end)",
        "[[a]] .. 'b' --[[ c ]] .. \"}}\"",
        "(function() for i, v in ipairs(params.l) do if v then return i end end end)()",
        "attempt < 3 and env.HOME ~= ''", "0x10 + 1e3 // 2 ^ 2 << 1", "steps.a.json.anything.at.all",
        "steps.a.outputs.x", "result.headers['content-type']"}) {
    INFO(text);
    CHECK(problems(text).empty());
  }
}

}  // namespace
}  // namespace runbook
