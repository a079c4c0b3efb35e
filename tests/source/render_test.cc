#include "source/render.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "base/value.h"

using namespace runbook;

namespace {

Diagnostic problem_at(const SourceFile& file, std::string_view part, std::string label = "here") {
  Diagnostics diagnostics;
  auto& problem = diagnostics.error("RB014", {&file, file.text().find(part), part.size()}, "a message");
  problem.label = std::move(label);
  return problem;
}

std::string line_of(const std::string& text, std::size_t number) { return std::string(split_lines(text).at(number)); }

}  // namespace

TEST_CASE("a diagnostic as text") {
  const SourceFile file("deploy.yaml", std::string(29, '\n') + "steps:\n    neeeds: [migrate]\n");
  Diagnostics diagnostics;
  auto& problem = diagnostics.error("RB014", {&file, file.text().find("neeeds"), 6}, "unknown key `neeeds` in a step");
  problem.label = "not a step key";
  problem.notes = {"first note", "body     {\"a\":1}"};
  problem.help = "did you mean `needs`?";
  CHECK(render_text(diagnostics) == R"(error[RB014]: unknown key `neeeds` in a step
  --> deploy.yaml:31:5
   |
31 |     neeeds: [migrate]
   |     ^^^^^^ not a step key
   = first note
   = body     {"a":1}
   = help: did you mean `needs`?
)");
}

TEST_CASE("diagnostics are parted by an empty line and summed up") {
  const SourceFile file("a.yaml", "x: 1\n");
  Diagnostics diagnostics;
  CHECK(render_summary("a.yaml", diagnostics) == "a.yaml: no errors");
  diagnostics.error("RB001", {&file, 0, 1}, "one");
  diagnostics.error("RB001", {}, "two").help = "no place";
  CHECK(render_summary("a.yaml", diagnostics) == "a.yaml: 2 errors");
  diagnostics.warning("RB019", {&file, 3, 1}, "three");
  CHECK(render_summary("a.yaml", diagnostics) == "a.yaml: 2 errors, 1 warning");
  CHECK(render_text(diagnostics) == R"(error[RB001]: one
 --> a.yaml:1:1
  |
1 | x: 1
  | ^

error[RB001]: two
  = help: no place

warning[RB019]: three
 --> a.yaml:1:4
  |
1 | x: 1
  |    ^
)");
}

TEST_CASE("the caret stands under its words behind tabs, wide and combining characters") {
  const SourceFile tabs("t", "a:\t\tword\n");
  CHECK(line_of(render_text(problem_at(tabs, "word")), 3) == "1 | a:  word");
  CHECK(line_of(render_text(problem_at(tabs, "word")), 4) == "  |     ^^^^ here");
  const SourceFile wide("w", "日本語: word 日本 e\xCC\x81x\n");
  CHECK(line_of(render_text(problem_at(wide, "word")), 4) == "  |         ^^^^ here");
  CHECK(line_of(render_text(problem_at(wide, "日本 ")), 4) == "  |              ^^^^^ here");
  CHECK(line_of(render_text(problem_at(wide, "x")), 4) == "  |                    ^ here");
  CHECK(problem_at(wide, "word").span.column() == 6);
}

TEST_CASE("a place at the end of a line or file has one caret") {
  const SourceFile file("f", "ab\ncd");
  Diagnostics diagnostics;
  diagnostics.error("RB001", {&file, 2, 0}, "m");
  diagnostics.error("RB001", {&file, 5, 0}, "m");
  CHECK(line_of(render_text(diagnostics.all()[0]), 4) == "  |   ^");
  CHECK(line_of(render_text(diagnostics.all()[1]), 4) == "  |   ^");
}

TEST_CASE("a span of several lines is marked on its first") {
  const SourceFile file("f", "a: |\n  x\n  y\n");
  Diagnostics diagnostics;
  diagnostics.error("RB001", {&file, 3, 9}, "m");
  CHECK(line_of(render_text(diagnostics.all()[0]), 3) == "1 | a: |");
  CHECK(line_of(render_text(diagnostics.all()[0]), 4) == "  |    ^");
}

TEST_CASE("long lines are cut around the caret") {
  const auto check = [](const std::string& text, std::size_t at, std::size_t length, std::size_t width) {
    const SourceFile file("f", text);
    Diagnostics diagnostics;
    diagnostics.error("RB001", {&file, at, length}, "m");
    const auto shown = render_text(diagnostics.all()[0], {.width = width});
    const auto source = line_of(shown, 3), marks = line_of(shown, 4);
    CHECK(display_width(source) <= width);
    const auto first = marks.find('^');
    REQUIRE(first != std::string::npos);
    CHECK(display_width(marks) <= width);
    return std::pair(source, marks);
  };
  const std::string filler(5000, 'x');
  const auto [source, marks] = check(filler + "WORD" + filler, 5000, 4, 80);
  CHECK(source.find("WORD") != std::string::npos);
  CHECK(display_width(source.substr(0, source.find("WORD"))) == marks.find('^'));
  CHECK(source.find("…") != std::string::npos);
  check(filler, 0, 5000, 60);
  check(filler, 4999, 1, 60);
  check(filler, 10, 3000, 30);
  std::string wide;
  for (int i = 0; i < 3000; ++i) wide += "日";
  check(wide + "W" + wide, wide.size(), 1, 40);
  check(std::string(3 << 20, 'y'), 1 << 20, 5, 100);
}

TEST_CASE("nothing in a file, a path or a message can steer a terminal") {
  const SourceFile file("a\x1b[2J.yaml", "k: \x1b]0;x\x07 \xc2\x9b \xff\xe2\x80\xae r\rz\n");
  Diagnostics diagnostics;
  auto& problem = diagnostics.error("RB002", {&file, 0, 1}, "say `\x1b[31m`");
  problem.label = "\x07";
  problem.notes = {"n\x1b\rm"};
  problem.help = "\x9b";
  for (const auto& text :
       {render_text(diagnostics), render_json(diagnostics), render_summary(file.path(), diagnostics)}) {
    for (const char c : text) CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
    CHECK(text.find("\xc2\x9b") == std::string::npos);
    CHECK(is_utf8(text));
  }
  CHECK(render_text(diagnostics).find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("notes and help of several lines stay in their column") {
  Diagnostics diagnostics;
  auto& problem = diagnostics.error("RB001", {}, "m");
  problem.notes = {"one\ntwo"};
  problem.help = "a\nb";
  CHECK(render_text(diagnostics) == "error[RB001]: m\n  = one\n    two\n  = help: a\n          b\n");
}

TEST_CASE("colour only adds escapes") {
  const SourceFile file("deploy.yaml", "a: b\n");
  const auto plain = render_text(problem_at(file, "b"));
  auto colored = render_text(problem_at(file, "b"), {.color = true});
  CHECK(colored.find("\x1b[1;31m") != std::string::npos);
  for (auto at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b'))
    colored.erase(at, colored.find('m', at) - at + 1);
  CHECK(colored == plain);
}

TEST_CASE("a diagnostic as JSON") {
  const SourceFile file("ü.yaml", "é: \"x\"\n");
  Diagnostics diagnostics;
  auto& problem = diagnostics.warning("RB019", {&file, 4, 3}, "say \"what\"");
  problem.label = "l";
  problem.notes = {"n"};
  problem.help = "h";
  diagnostics.error("RB050", {}, "m");
  CHECK(
      render_json(diagnostics) ==
      R"({"severity":"warning","code":"RB019","message":"say \"what\"","file":"ü.yaml","line":1,"column":4,"end_line":1,"end_column":7,"label":"l","notes":["n"],"help":"h"})"
      "\n"
      R"({"severity":"error","code":"RB050","message":"m"})"
      "\n");
}

TEST_CASE("diagnostics sort by place, those without one first") {
  const SourceFile a("a", "0123456789"), b("b", "0123456789");
  Diagnostics diagnostics;
  diagnostics.error("RB001", {&b, 1, 1}, "4");
  diagnostics.error("RB001", {&a, 5, 1}, "3");
  diagnostics.error("RB001", {}, "1");
  diagnostics.error("RB001", {&a, 2, 1}, "2");
  diagnostics.sort();
  std::string order;
  for (const auto& each : diagnostics.all()) order += each.message;
  CHECK(order == "1234");
}
