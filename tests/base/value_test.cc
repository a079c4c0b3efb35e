#include "base/value.h"

#include <catch2/catch.hpp>

#include "base/hash.h"
#include "base/text.h"

using namespace runbook;

TEST_CASE("JSON goes in and out with kinds and order kept") {
  Value value;
  const std::string text = R"({"b":1,"a":[true,null,1.5,"x\n\"é"],"c":{"d":-9007199254740993}})";
  REQUIRE(from_json(text, value));
  CHECK(to_json(value) == text);
  CHECK(value.find("b")->is_integer());
  CHECK(value.find("nope") == nullptr);
}

TEST_CASE("what is not one JSON text is refused and leaves the value alone") {
  Value value = 7;
  for (const char* bad : {"", "{", "{}{}", "[1,]", "'x'", "nul"}) CHECK_FALSE(from_json(bad, value));
  CHECK_FALSE(from_json(std::string(200, '[') + std::string(200, ']'), value));
  CHECK(value == Value(7));
}

TEST_CASE("JSON strings are always valid UTF-8 without control characters") {
  std::string out;
  append_json_string(out, std::string_view("a\xff\x1b\0b\xe2\x82", 7));
  CHECK(out == "\"a\xEF\xBF\xBD\\u001b\\u0000b\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("numbers in text have no needless digits") {
  CHECK(to_text(Value(0.1)) == "0.1");
  CHECK(to_text(Value(3.0)) == "3");
  CHECK(to_text(Value(1.0 / 3)) == "0.33333333333333331");
  CHECK(to_text(Value("s")) == "s");
}

TEST_CASE("printable text cannot steer a terminal") {
  CHECK(printable("a\x1b[2Jb\r\xc2\x9b\x07") == "a\\x1b[2Jb\\x0d\\x9b\\x07");
  CHECK(printable("x\ny", true) == "x\ny");
  CHECK(printable("\xe2\x80\xae") == "\xEF\xBF\xBD");
}

TEST_CASE("near misses are found, far ones are not") {
  CHECK(nearest("neeeds", {"name", "needs", "env"}) == "needs");
  CHECK(nearest("hsell", {"shell", "http"}) == "shell");
  CHECK(nearest("xyz", {"shell", "http"}).empty());
}

TEST_CASE("long text is cut in the middle") {
  CHECK(elide_middle("0123456789", 7) == "012…789");
  CHECK(elide_middle(std::string(1 << 20, 'x'), 5) == "xx…xx");  // in linear time, or this would take minutes
  CHECK(join({"", "a"}, ",") == ",a");
  CHECK(display_width(elide_middle("日本語日本語日本語", 9)) <= 9);
}

TEST_CASE("SHA-256 and its hexadecimal form") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Digest digest;
  CHECK(parse_hex(hex(sha256("abc")), digest));
  CHECK(digest == sha256("abc"));
  CHECK_FALSE(parse_hex("BA", digest));
}

TEST_CASE("a value as it reads back") {
  const auto back = [](Value value) {
    Value read;
    REQUIRE(from_json(to_json(value), read));
    const Value settled = as_read_back(std::move(value));
    CHECK(settled == read);
    return settled;
  };
  CHECK(back("a\xff\xe2\x82z") == Value("a\uFFFD\uFFFD\uFFFDz"));
  CHECK(back("käse\n") == Value("käse\n"));
  CHECK(back(2.0).is_integer());
  CHECK(back(0.5) == Value(0.5));
  CHECK(back(1e300) == Value(1e300));
  CHECK(back(9007199254740992.0).is_integer());
  CHECK(back(-0.0) == Value(0));
  CHECK(back(1.0 / 0.0).is_null());
  CHECK(to_json(back(Value::List{"\x80", Value::Map{{"\xc3", Value(3.0)}}})) == "[\"\uFFFD\",{\"\uFFFD\":3}]");
}
