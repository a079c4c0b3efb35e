#include "expr/sandbox.h"

#include <catch2/catch.hpp>

#include "expr/lua_testing.h"

namespace runbook {
namespace {

Sandbox a_run() {
  Sandbox sandbox;
  sandbox.set("params", json(R"({"version":"v1.2.3","replicas":3,"region":null,"tags":["a","b"],"labels":{}})"));
  sandbox.set("vars", json(R"({"url":"http://x"})"));
  sandbox.set("env", json(R"({"HOME":"/root"})"));
  sandbox.set("secrets", json(R"({"slack":"s3cret"})"));
  sandbox.set("run", json(R"({"id":"r1","name":"deploy","dry_run":false})"));
  sandbox.set_step("healthy", json(R"({"outcome":"succeeded","ok":true,"attempts":1,"duration":0.25,"exit_code":0,
      "stdout":"{\"a\":{\"b\":[1,2,null,4]}}","outputs":{"release":"r7"}})"));
  sandbox.set("result", json(R"({"ok":true,"status":200,"body":"{\"status\":\"ok\",\"n\":2}","duration":0.25})"));
  return sandbox;
}

TEST_CASE("values keep their kind on the way in and out") {
  auto sandbox = a_run();
  CHECK(eval(sandbox, "params.version") == R"("v1.2.3")");
  CHECK(eval(sandbox, "params.replicas") == "3");
  CHECK(eval(sandbox, "params.replicas / 2") == "1.5");
  CHECK(eval(sandbox, "params.tags") == R"(["a","b"])");
  CHECK(eval(sandbox, "params.labels") == "{}");
  CHECK(eval(sandbox, "{}") == "[]");
  CHECK(eval(sandbox, "params.region") == "null");
  CHECK(eval(sandbox, "params.region == nil") == "true");
  CHECK(eval(sandbox, "run.dry_run") == "false");
  CHECK(eval(sandbox, "params.tags[1] .. params.tags[#params.tags]") == R"("ab")");
  CHECK(eval(sandbox, "{z = 1, a = {x = {1, 2}}}") == R"({"a":{"x":[1,2]},"z":1})");
  CHECK(eval(sandbox, "{1, nil, 3}") == "[1,null,3]");
  CHECK(eval(sandbox, "9007199254740993") == "9007199254740993");
  CHECK(eval(sandbox, "json.decode(json.encode(params.labels))") == "{}");
  CHECK(eval(sandbox, "steps.healthy.json.a.b") == "[1,2,null,4]");
}

TEST_CASE("what is no value is refused") {
  CHECK(eval("tostring") == "error: the expression gives a function, not a value");
  CHECK(eval("{tostring}") == "error: the expression gives a function, not a value");
  CHECK(eval("1 / 0") == "error: the expression gives an infinite number (a division by zero?)");
  CHECK(eval("0 / 0") == "error: the expression gives a number that is none (0/0?)");
  CHECK(eval("{1, 2, x = 3}") ==
        "error: the expression gives a table that is both a list and a map (it has `x` and positions)");
  CHECK(eval("{[true] = 1}") == "error: the expression gives a table with a key that is neither a name nor a position");
  CHECK(eval("{[100000] = 1}") == "error: the expression gives a list with gaps (1 items, the last at 100000)");
  CHECK(eval("(function() local function deep(n) if n == 0 then return 1 end return {deep(n - 1)} end return deep(150) "
             "end)()") == "error: the expression gives a table that nests deeper than 128");
}

TEST_CASE("a missing key of a strict map is an error with a suggestion") {
  auto sandbox = a_run();
  CHECK(eval(sandbox, "params.verson") == "error: `params.verson` does not exist; did you mean `version`?");
  CHECK(eval(sandbox, "steps.helthy.ok") == "error: `steps.helthy` does not exist; did you mean `healthy`?");
  CHECK(eval(sandbox, "steps.healthy.outputs.relase") ==
        "error: `steps.healthy.outputs.relase` does not exist; did you mean `release`?");
  CHECK(eval(sandbox, "steps[params.version]") == "error: `steps.v1.2.3` does not exist");
  CHECK(eval(sandbox, "vars.nothing_like_it") == "error: `vars.nothing_like_it` does not exist");
  CHECK(eval(sandbox, "env.HOM") == "error: `env.HOM` does not exist; did you mean `HOME`?");
  CHECK(eval(sandbox, "secrets.slak") == "error: `secrets.slak` does not exist; did you mean `slack`?");
  CHECK(eval(sandbox, "result.outputs.x") == "error: `result.outputs.x` does not exist");
  CHECK(eval(sandbox, "(function(r) return r.exitcode end)(steps.healthy)") ==
        "error: `steps.healthy.exitcode` does not exist; did you mean `exit_code`?");
  CHECK(eval(sandbox, "(function(r) return r.nam end)(run)") ==
        "error: `run.nam` does not exist; did you mean `name`?");
  // Known fields that this result has not got are nil.
  CHECK(eval(sandbox, "steps.healthy.status") == "null");
  CHECK(eval(sandbox, "run.failed_step") == "null");
}

TEST_CASE("names exist only where they were set") {
  Sandbox sandbox;
  CHECK(eval(sandbox, "item.x") == "error: `item` exists only in a step with `for_each`");
  CHECK(eval(sandbox, "result.ok") == "error: `result` exists only in `outputs`, `expect` and `retry.if`");
  sandbox.set("item", Value("a"));
  sandbox.set("index", Value(2));
  CHECK(eval(sandbox, "item .. index") == R"("a2")");
  sandbox.unset("item");
  CHECK(eval(sandbox, "item") == "error: `item` exists only in a step with `for_each`");
  CHECK(eval(sandbox, "params.x") == "error: `params` is not known here");
}

TEST_CASE("what is nil is named as the author wrote it") {
  auto sandbox = a_run();
  CHECK(eval(sandbox, "result.json.data.id") == "error: `result.json.data` does not exist or is null");
  CHECK(eval(sandbox, "result.json.stats.x == 1") ==
        "error: `result.json.stats` does not exist or is null; did you mean `status`?");
  CHECK(eval(sandbox, "result.json.m + 1") == "error: `result.json.m` does not exist or is null; did you mean `n`?");
  CHECK(eval(sandbox, "result.json.x < 3") == "error: `result.json.x` does not exist or is null; did you mean `n`?");
  CHECK(eval(sandbox, "'a' .. result.json.xyz") == "error: `result.json.xyz` does not exist or is null");
  CHECK(eval(sandbox, "#result.json.xyz") == "error: `result.json.xyz` does not exist or is null");
  CHECK(eval(sandbox, "result.json.abc < result.json.xyz") ==
        "error: `result.json.abc` and `result.json.xyz` do not exist or are null");
  CHECK(eval(sandbox, "params.tags[9].x") == "error: `params.tags[…]` has nothing at that position");
  CHECK(eval(sandbox, "result.json.status.x") == "error: a string has no `x`");
  CHECK(eval(sandbox, "matches(result.json.xyz, 'a')") ==
        "error: `matches` needs a string as argument 1, not nil: `result.json.xyz` does not exist or is null");
  CHECK(eval(sandbox, "params.region .. 'x'") == "error: `params.region` does not exist or is null");
}

TEST_CASE("mistakes of kind say what to do") {
  CHECK(eval("1 < '2'") == "error: cannot compare a number with a string; use `tonumber(…)`");
  CHECK(eval("{} < {}") == "error: cannot compare two tables");
  CHECK(eval("'1' + 2") == "error: cannot calculate with `1` (string); use `tonumber(…)`");
  CHECK(eval("'a' .. {}") == "error: cannot join a table to a text; use `tostring(…)`");
  CHECK(eval("nil .. 'a'") == "error: cannot join nil to a text");
  CHECK(eval("(true).x") == "error: a boolean has no fields");
  CHECK(eval("(1)()") == "error: a number is not a function");
  CHECK(eval("1 // 0") == "error: cannot divide by zero");
  CHECK(eval("(function() local z = 0 return 1 % z end)()") == "error: cannot divide by zero");
  CHECK(eval("('x'):gsub('a', 'b')") == "error: a string has no `gsub`; did you mean `sub`?");
  CHECK(eval("(function(m) return m.floot end)(math)") == "error: `math.floot` does not exist; did you mean `floor`?");
}

TEST_CASE("json and lines are made from the result when they are asked for") {
  Sandbox sandbox;
  sandbox.set_step("a", json(R"({"stdout":"{\"n\":1}\nx"})"));
  CHECK(eval(sandbox, "steps.a.lines") == R"(["{\"n\":1}","x"])");
  CHECK(eval(sandbox, "steps.a.json") == "error: `steps.a.stdout` is not JSON: invalid literal at byte 9");
  sandbox.set_step("a", json(R"({"stdout":"{\"n\":1}"})"));
  CHECK(eval(sandbox, "steps.a.json.n") == "1");
  CHECK(eval(sandbox, "steps.a.json.n + steps.a.json.n") == "2");
  sandbox.set_step("b", json(R"({"body":"[1,2]","stdout":"no"})"));
  CHECK(eval(sandbox, "#steps.b.json") == "2");
  sandbox.set_step("c", json(R"({"body":"  "})"));
  CHECK(eval(sandbox, "steps.c.json") == "error: `steps.c.body` is empty, so `steps.c.json` does not exist");
  sandbox.set_step("d", json(R"({"ok":true})"));
  CHECK(eval(sandbox, "steps.d.json") == "null");
  sandbox.set_step("e", json(R"({"stdout":"x","json":{"given":1},"lines":["g"]})"));
  CHECK(eval(sandbox, "steps.e.json.given") == "1");
  CHECK(eval(sandbox, "steps.e.lines") == R"(["g"])");
  sandbox.set("result", json(R"({"body":"<html>"})"));
  CHECK(eval(sandbox, "result.json.status == 'ok'") == "error: `result.body` is not JSON: invalid literal at byte 1");
  sandbox.set("result", Value("a\r\nb"));
  sandbox.set("result", json(R"({"stdout":"a\r\nb\n\nc"})"));
  CHECK(eval(sandbox, "result.lines") == R"(["a","b","","c"])");
}

TEST_CASE("a large body is read within the limits of an evaluation") {
  Sandbox sandbox;
  std::string body = "[";
  for (int i = 0; i < 200'000; ++i)
    body += (i ? "," : "") + std::string(R"({"name":"pod","n":)") + std::to_string(i) + "}";
  Value result = Value::map();
  result.set("body", body + "]");
  sandbox.set("result", result);
  CHECK(eval(sandbox, "result.json[200000].n") == "199999");
}

TEST_CASE("test() takes true, false and nil, and guesses nothing") {
  auto sandbox = a_run();
  CHECK(sandbox.test(expression("params.replicas == 3")).value());
  CHECK_FALSE(sandbox.test(expression("params.replicas == 4")).value());
  CHECK_FALSE(sandbox.test(expression("params.region")).value());
  const auto wrong = sandbox.test(expression("0"));
  REQUIRE(!wrong);
  CHECK(wrong.error().message == "the condition gives an integer, neither true nor false");
  CHECK(!wrong.error().help.empty());
  CHECK(!sandbox.test(expression("'yes'")));
}

TEST_CASE("an evaluation changes nothing that a later one sees") {
  auto sandbox = a_run();
  for (const char* text : {"(function() params.version = 'x' end)()", "(function() params = 1 end)()",
                           "(function() steps.healthy = 1 end)()", "(function() x = 1 return x end)()",
                           "(function() tostring = 1 end)()", "(function() function f() end end)()"}) {
    INFO(text);
    // Also when the caller evaluates an expression that has errors.
    CHECK(eval(sandbox, text).rfind("error: an expression cannot ", 0) == 0);
  }
  CHECK(eval(sandbox, "params.version") == R"("v1.2.3")");
  CHECK(eval(sandbox, "(function() local t = params.tags return #t end)()") == "2");
}

TEST_CASE("a moved sandbox goes on") {
  auto first = a_run();
  Sandbox second(std::move(first));
  CHECK(eval(second, "params.replicas + steps.healthy.exit_code") == "3");
}

TEST_CASE("the same expression may be evaluated any number of times") {
  auto sandbox = a_run();
  const auto parsed = expression("index * 2");
  for (int i = 0; i < 10'000; ++i) {
    sandbox.set("index", Value(i));
    REQUIRE(sandbox.evaluate(parsed)->as_integer() == 2 * i);
  }
  for (int i = 0; i < 40'000; ++i) REQUIRE(sandbox.evaluate(expression(std::to_string(i)))->as_integer() == i);
}

TEST_CASE("errors carry the expression's place") {
  const SourceFile file("x.yaml", "when: steps.helthy.ok\n");
  Diagnostics diagnostics;
  const auto parsed = parse_expression(Text{"steps.helthy.ok", Span{&file, 6, 15}, true, false}, diagnostics);
  Sandbox sandbox;
  const auto value = sandbox.evaluate(parsed);
  REQUIRE(!value);
  CHECK(value.error().span.text() == "steps.helthy.ok");
}

}  // namespace
}  // namespace runbook
