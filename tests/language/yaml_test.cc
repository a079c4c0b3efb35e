#include "yaml/yaml.h"

#include <catch2/catch.hpp>

#include "source/render.h"

using namespace runbook;

namespace {

struct Parsing {
  explicit Parsing(const std::string& text) : file("x.yaml", text), root(parse_yaml(file, diagnostics)) {}
  std::string first() const {
    if (diagnostics.all().empty()) return "";
    const auto& each = diagnostics.all()[0];
    return std::string(each.code) + " " + std::to_string(each.span.line()) + ":" + std::to_string(each.span.column());
  }
  SourceFile file;
  Diagnostics diagnostics;
  std::optional<YamlNode> root;
};

// How the value of key `a` stands in the file.
std::string written(const std::string& text) {
  const Parsing parsing(text);
  INFO(render_text(parsing.diagnostics));
  REQUIRE(parsing.root.has_value());
  const auto* value = parsing.root->find("a");
  REQUIRE(value != nullptr);
  return std::string(value->span().text());
}

std::string repeat(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

}  // namespace

TEST_CASE("every kind of scalar knows where it begins and ends") {
  CHECK(written("a: word\n") == "word");
  CHECK(written("a: word") == "word");
  CHECK(written("a:   two words   # and a comment\n") == "two words");
  CHECK(written("a: x#y # z\n") == "x#y");
  CHECK(written("a: one\n  two\n\n  three\nb: c\n") == "one\n  two\n\n  three");
  CHECK(written("a: \"it: \\\" # \\\\\" # c\n") == "\"it: \\\" # \\\\\"");
  CHECK(written("a: 'it''s: # x'\n") == "'it''s: # x'");
  CHECK(written("a: \"one\n  two\"\nb: c\n") == "\"one\n  two\"");
  CHECK(written("a: |\n  one\n   two\n\n  three\n\nb: c\n") == "|\n  one\n   two\n\n  three");
  CHECK(written("a: >- # folded\n  one\n  two\nb: c\n") == ">- # folded\n  one\n  two");
  CHECK(written("a: |2\n   one\n  two\nb: c\n") == "|2\n   one\n  two");
  CHECK(written("a: |\n  one\n# no content\nb: c\n") == "|\n  one");
  CHECK(written("a: |\nb: c\n") == "|");
  CHECK(written("x: [\"q\", {k: 'r'}]\na: \"s\"\n") == "\"s\"");
  CHECK(written("x:\n- |\n  t: 'it\n- u\na: ok\n") == "ok");
  CHECK(written("a: ~\n") == "~");
  CHECK(written("a: null\n") == "null");
  CHECK(written("a:\nb: c\n").empty());
  CHECK(written("x: don't\na: \"s\"\n") == "\"s\"");
  CHECK(written("x: a 'b\n  c's d\na: 't'\n") == "'t'");
  CHECK(written("x: [it\n  's, 'y']\na: 't'\n") == "'t'");
  CHECK(written("\"q\": 1\n\"a\" : 'v'\n") == "'v'");
}

TEST_CASE("values are decoded, and quotes told from plain words") {
  const Parsing parsing(
      "plain: yes\nsingle: 'it''s'\ndouble: \"a\\tb\\u00e9\"\nblock: |\n  x\n  y\nfolded: >\n  x\n  y\ncrlf: |\r\n  "
      "p\r\n  q\r\n");
  REQUIRE(parsing.root);
  const auto& root = *parsing.root;
  CHECK(root.entries() == 6);
  CHECK((root.find("plain")->text.plain && root.find("plain")->text.value == "yes"));
  CHECK((!root.find("single")->text.plain && root.find("single")->text.value == "it's"));
  CHECK((!root.find("double")->text.plain && root.find("double")->text.value == "a\tb\xc3\xa9"));
  CHECK((root.find("block")->text.block && root.find("block")->text.value == "x\ny\n"));
  CHECK((root.find("folded")->text.block && root.find("folded")->text.value == "x y\n"));
  CHECK(root.find("crlf")->text.value == "p\nq\n");
  CHECK(root.find("block")->text.at(2, 1).line() == 6);
  CHECK(root.key(3).text.value == "block");
  CHECK(root.find("nope") == nullptr);
}

TEST_CASE("places are right behind a byte order mark and other characters") {
  const Parsing parsing("\xEF\xBB\xBF\xC3\xA9: [\xE6\x97\xA5, b]\r\na: b: c\n");
  CHECK(parsing.first() == "RB001 2:5");
  CHECK(written("\xEF\xBB\xBF\xC3\xA9: 1\na: v\n") == "v");
  CHECK(Parsing("\xEF\xBB\xBF\xEF\xBB\xBF"
                "a: b\n")
            .first() == "RB002 1:2");
}

TEST_CASE("bytes that readers see differently are refused") {
  CHECK(Parsing(std::string("a: x\0y\n", 7)).first() == "RB002 1:5");
  CHECK(Parsing("a: \x1b[2J\n").first() == "RB002 1:4");
  CHECK(Parsing("a: \x7f\n").first() == "RB002 1:4");
  CHECK(Parsing("a: \xc2\x9b\n").first() == "RB002 1:4");
  CHECK(Parsing("a: \xff\n").first() == "RB002 1:4");
  CHECK(Parsing("a: \xc0\x80\n").first() == "RB002 1:4");
  CHECK(Parsing("a: \xed\xa0\x80\n").first() == "RB002 1:4");
  CHECK(Parsing("a: |\n  \xe2\x80\xae\n").first() == "RB002 2:3");
  CHECK(Parsing("a: \xe2\x81\xa6\n").first() == "RB002 1:4");
  CHECK(Parsing("a: \xe2\x80\xa8\n").first() == "RB002 1:4");
  CHECK(Parsing("a: \xc2\x85\n").first() == "RB002 1:4");
  CHECK(Parsing("a: b\rc: d\n").first() == "RB002 1:5");
  CHECK(Parsing("a: b\nc: d\r").first() == "RB002 2:5");
  CHECK(Parsing(std::string("\xff\xfe"
                            "a\0",
                            4))
            .first() == "RB002 1:1");
  CHECK(Parsing(std::string("\xfe\xff\0a", 4)).first() == "RB002 1:1");
  CHECK(Parsing(std::string("\0a\0:", 4)).diagnostics.all()[0].message == "the file is UTF-16, not UTF-8");
  CHECK(Parsing("a: [\"x\\0y\"]\n").first() == "RB002 1:5");
  CHECK(Parsing("a: \"x\\ty\"\n").first().empty());
  CHECK(Parsing("a: \xe2\x80\x93 \xf0\x9f\x98\x80\n").first().empty());
}

TEST_CASE("size, depth and amount have limits") {
  CHECK(Parsing("a: " + std::string(max_yaml_bytes, 'x')).first() == "RB009 1:1");
  const auto nested = [](int depth) { return repeat("[", depth) + repeat("]", depth); };
  CHECK(Parsing(nested(32)).first().empty());
  CHECK(Parsing(nested(33)).first() == "RB008 1:33");
  CHECK(Parsing(repeat("- ", 33) + "x\n").first() == "RB008 1:65");
  for (const char* part : {"[", "{", "- ", "? ", "{a: ", "[[", "- [", "\"a\": {", "a: [", "!x [", "&a ["}) {
    INFO(part);
    const auto text = repeat(part, 100'000);
    CHECK_FALSE(Parsing(text).root.has_value());
    CHECK_FALSE(Parsing("a: " + text).root.has_value());
    CHECK_FALSE(Parsing(text + repeat("]", 100'000)).root.has_value());
  }
  std::string stairs;
  for (int i = 0; i < 100; ++i) stairs += std::string(i, ' ') + "a:\n";
  CHECK(Parsing(stairs).first() == "RB008 33:33");
  CHECK(Parsing("a: [" + repeat("x,", 400'000) + "]\n").first() == "RB009 1:4");
  CHECK(Parsing(repeat("- \n", 2'000'001)).first().substr(0, 5) == "RB009");
  CHECK(Parsing(repeat("''\"\"", 1'000'001)).first().substr(0, 5) == "RB009");
  CHECK(Parsing("a: \"" + std::string(1 << 20, 'x') + "\"\n").first().empty());
}

TEST_CASE("what the parser would loop on or cut off is refused") {
  for (const char* text : {",", ",,", "a: b\n...\nc: d\n", "a: b\n---\n", "--- \n---\n", "[a] c\n", "- a\nb: 1\n",
                           "a: 'x\nb: 1", "a: \"x", "a: [1", "a: {b: 1", "a: b\nnot-a-key", "a: b\nnot-a-key\n", "",
                           "\n\n", "# only", "---", "...", "%YAML 1.2\n---\na: b\n"}) {
    INFO(text);
    const Parsing parsing(text);
    CHECK(parsing.diagnostics.errors() > 0);
  }
}

TEST_CASE("one mistake is one message, and the rest of the file is still read") {
  const Parsing parsing(
      "a: &x 1\nb: *x\nc: !t 2\nd: {{ y }}\ne: 1\ne: 2\n<<: {q: 1}\n? f\n: 3\ng: [[1, {[2]: 3}]]\nlast: 4\n");
  std::string codes;
  for (const auto& each : parsing.diagnostics.all())
    codes += std::string(each.code).substr(2) + ":" + std::to_string(each.span.line()) + " ";
  CHECK(codes == "004:1 004:2 005:3 006:4 004:7 006:8 006:10 003:6 ");
  REQUIRE(parsing.root);
  CHECK(parsing.root->find("last")->text.value == "4");
  CHECK(parsing.root->find("e")->text.value == "1");
  CHECK(parsing.root->find("d")->is_broken());
  CHECK(parsing.root->find("<<") == nullptr);
}

TEST_CASE("a tag or anchor at the very end has a place in the file") {
  for (const char* text : {"!t ", "!t", "&a ", "a: !t ", "? !t ", "[!t ", "{!t : ", "!t :", "- !t\n"}) {
    INFO(text);
    const Parsing parsing(text);
    REQUIRE(parsing.diagnostics.errors() > 0);
    for (const auto& each : parsing.diagnostics.all())
      CHECK(each.span.offset + each.span.length <= parsing.file.text().size());
  }
}

TEST_CASE("a file full of mistakes ends the report early") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "a: 1\n";
  const Parsing parsing(text);
  CHECK(parsing.diagnostics.errors() <= 51);
  CHECK_FALSE(parsing.root);
}
