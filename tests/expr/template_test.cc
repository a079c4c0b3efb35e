#include "expr/template.h"

#include <catch2/catch.hpp>

#include "expr/lua_testing.h"

namespace runbook {
namespace {

// "a|{params.x}|b": literals and holes.
std::string parts(const std::string& text) {
  Diagnostics diagnostics;
  const auto parsed = parse_template(text_of(text), diagnostics);
  std::string out;
  for (const auto& part : parsed.parts) {
    if (!out.empty()) out += "|";
    if (const auto* literal = std::get_if<std::string>(&part)) out += *literal;
    if (const auto* hole = std::get_if<Expression>(&part)) out += "{" + hole->text.value + "}";
  }
  for (const auto& one : diagnostics.all()) out += "!" + std::string(one.code);
  return out;
}

TEST_CASE("a template is literals and holes") {
  CHECK(parts("") == "");
  CHECK(parts("plain $x ${y} {{z}}") == "plain $x ${y} {{z}}");
  CHECK(parts("a ${{ params.x }} b") == "a |{params.x}| b");
  CHECK(parts("${{params.x}}${{ params.y }}") == "{params.x}|{params.y}");
  CHECK(parts("${{\n  params.x\n}}") == "{params.x}");
}

TEST_CASE("braces of Lua do not end a hole") {
  CHECK(parts("${{ '}}' }}!") == "{'}}'}|!");
  CHECK(parts("${{ [[ }} ]] }}") == "{[[ }} ]]}");
  CHECK(parts("${{ [==[ ]] }} ]==] }}") == "{[==[ ]] }} ]==]}");
  CHECK(parts("${{ {a={b=1}} }}") == "{{a={b=1}}}");
  CHECK(parts("${{{a={}}}}x") == "{{a={}}}|x");
  CHECK(parts("${{ 1 --[[ }} ]] + 1 }}") == "{1 --[[ }} ]] + 1}");
  CHECK(parts("${{ 1 -- }}\n }}") == "{1 -- }}}");
  CHECK(parts("${{ \"\\\"}}\" }}") == "{\"\\\"}}\"}");
}

TEST_CASE("$${{ stands for itself") {
  CHECK(parts("$${{ github.sha }}") == "${{ github.sha }}");
  CHECK(parts("$${{ a }} ${{ params.b }}") == "${{ a }} |{params.b}");
}

TEST_CASE("a broken hole is an error at its place") {
  CHECK(parts("a ${{ params.x") == "a ${{ params.x!RB032");
  CHECK(parts("a ${{ params.x }") == "a ${{ params.x }!RB032");
  CHECK(parts("a ${{ 'x }} b") == "a ${{ 'x }} b!RB032");
  CHECK(parts("a ${{ }} b") == "a  b!RB032");
  const SourceFile file("x.yaml", "url: http://${{ params.x }}/${{ parms.y }}\n");
  Diagnostics diagnostics;
  parse_template(Text{"http://${{ params.x }}/${{ parms.y }}", Span{&file, 5, 37}, true, false}, diagnostics);
  REQUIRE(diagnostics.errors() == 1);
  CHECK(diagnostics.all()[0].span.text() == "parms");
  CHECK(diagnostics.all()[0].span.column() == 33);
}

TEST_CASE("places in a block are those of the file") {
  const SourceFile file("x.yaml", "shell: |\n  echo hi\n  echo ${{ parms.y }}\n");
  Diagnostics diagnostics;
  parse_template(Text{"echo hi\necho ${{ parms.y }}\n", Span{&file, 7, file.text().size() - 7}, false, true},
                 diagnostics);
  REQUIRE(diagnostics.errors() == 1);
  CHECK(diagnostics.all()[0].span.line() == 3);
  CHECK(diagnostics.all()[0].span.text() == "parms");
}

Evaluated<Value> render(Sandbox& sandbox, const std::string& text) {
  Diagnostics diagnostics;
  return sandbox.render(parse_template(text_of(text), diagnostics));
}

TEST_CASE("rendering keeps the kind of a single hole, and makes text of the rest") {
  Sandbox sandbox;
  sandbox.set("params", json(R"({"n":3,"f":0.5,"whole":2.0,"list":[1,"a"],"map":{"k":true},"none":null,"s":"x"})"));
  CHECK(to_json(*render(sandbox, "${{ params.n }}")) == "3");
  CHECK(to_json(*render(sandbox, "${{ params.list }}")) == R"([1,"a"])");
  CHECK(to_json(*render(sandbox, "n=${{ params.n }} f=${{ params.f }} w=${{ params.whole }}")) == R"("n=3 f=0.5 w=2")");
  CHECK(to_json(*render(sandbox, "${{ params.list }} ${{ params.map }}")) == R"("[1,\"a\"] {\"k\":true}")");
  CHECK(to_json(*render(sandbox, "${{ params.s == 'x' }}!")) == R"("true!")");
  CHECK(to_json(*render(sandbox, "")) == R"("")");
  const auto missing = render(sandbox, "a ${{ params.none }}");
  REQUIRE(!missing);
  CHECK(missing.error().message == "`params.none` does not exist or is null");
  CHECK(!missing.error().help.empty());
  CHECK(render(sandbox, "${{ params.none }}").error().message == "`params.none` does not exist or is null");
  CHECK(render(sandbox, "${{ nil }}").error().message == "the expression gives nil, which is no text");
}

TEST_CASE("trees of templates render leaf by leaf") {
  Sandbox sandbox;
  sandbox.set("params", json(R"({"n":3,"none":null})"));
  Diagnostics diagnostics;
  const auto leaf = [&](const std::string& text) {
    return ValueTemplate{parse_template(text_of(text), diagnostics), {}};
  };
  ValueTemplate tree;
  tree.data = ValueTemplate::Map{
      {text_of("b"), leaf("${{ params.n }}")},
      {text_of("a"),
       ValueTemplate{ValueTemplate::List{leaf("n=${{ params.n }}"), ValueTemplate{Value(true), {}}}, {}}}};
  CHECK(to_json(*sandbox.render(tree)) == R"({"b":3,"a":["n=3",true]})");
  int seen = 0;
  tree.each_expression([&](const Expression&) { ++seen; });
  CHECK(seen == 2);
  tree.data = ValueTemplate::List{leaf("${{ params.none }}")};
  CHECK(!sandbox.render(tree));
}

}  // namespace
}  // namespace runbook
