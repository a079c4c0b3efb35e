#include <catch2/catch.hpp>

#include "expr/lua_testing.h"

namespace runbook {
namespace {

void is(const std::string& text, const std::string& wanted) {
  INFO(text);
  CHECK(eval(text) == wanted);
}

TEST_CASE("strings") {
  is("('aBc'):upper()", "\"ABC\"");
  is("string.lower('ÄaB')", "\"Äab\"");
  is("('hello'):sub(2, 3) .. ('hello'):sub(-3) .. ('hello'):sub(0, -2)", "\"elllohell\"");
  is("('x'):sub(5)", "\"\"");
  is("('x'):sub(-9223372036854775807 - 1, 9223372036854775807)", "\"x\"");
  is("('abc'):len() + #'abc'", "6");
  is("('ab'):rep(3)", "\"ababab\"");
  is("('ab'):rep(-1)", "\"\"");
  is("('ab'):rep(600000)", "error: `string.rep` would make more than 1 MiB");
  is("('a,b,,c'):split(',')", R"(["a","b","","c"])");
  is("(''):split(',')", R"([""])");
  is("('a'):split('')", "error: `string.split` needs a separator");
  is("('  a b\\n'):trim()", "\"a b\"");
  is("('abc'):starts_with('ab')", "true");
  is("('abc'):ends_with('abcd')", "false");
  is("('abc'):ends_with('')", "true");
  is("('abc'):contains('bc')", "true");
  is("string.upper(nil)", "error: `string.upper` needs a string as argument 1, not nil");
  is("('a'):sub('b')", "error: `string.sub` needs an integer as argument 2, not a string");
}

TEST_CASE("numbers") {
  is("tostring(1) .. tostring(1.5) .. tostring(true) .. tostring(nil)", "\"11.5truenil\"");
  is("tostring({a = 1})", R"("{\"a\":1}")");
  is("tonumber('42') + 1", "43");
  is("tonumber(' 0x10 ')", "16");
  is("tonumber('1.5')", "1.5");
  is("tonumber('x')", "null");
  is("tonumber('')", "null");
  is("tonumber(nil)", "null");
  is("tonumber(('1'):rep(100))", "null");
  is("tonumber()", "error: `tonumber` needs 1 arguments");
  is("type(1) .. type('') .. type(nil) .. type({}) .. type(type)", R"("numberstringniltablefunction")");
  is("math.floor(1.7)", "1");
  is("math.floor(-1.2)", "-2");
  is("math.ceil(1.2)", "2");
  is("math.floor(1e300)", "1e+300");
  is("math.abs(-3)", "3");
  is("math.abs(-3.5)", "3.5");
}

TEST_CASE("lists and maps") {
  is("contains('hello', 'ell')", "true");
  is("contains({1, 2}, 2)", "true");
  is("contains({'a'}, 'b')", "false");
  is("contains({a = 1}, 'a')", "true");
  is("contains(1, 'a')", "error: `contains` needs a string, list or map as argument 1, not an integer");
  is("keys({b = 1, a = 2})", R"(["a","b"])");
  is("keys({})", "[]");
  is("map({1, 2}, function(x, i) return x * 10 + i end)", "[11,22]");
  is("filter({1, 2, 3}, function(x) return x ~= 2 end)", "[1,3]");
  is("map(nil, function() end)", "error: `map` needs a list as argument 1, not nil");
  is("map({1}, 2)", "error: `map` needs a function as argument 2, not an integer");
  is("sum({1, 2, 3})", "6");
  is("sum({1, 0.5})", "1.5");
  is("sum({9223372036854775807, 1})", "9.2233720368547758e+18");
  is("sum({})", "0");
  is("avg({1, 2})", "1.5");
  is("avg({})", "null");
  is("min({3, 1, 2})", "1");
  is("max(3, 7, 2.5)", "7");
  is("min({})", "null");
  is("max({1, 'a'})", "error: `max` needs numbers, but item 2 is a string");
  is("percent(1, 4)", "25");
  is("percent(1, 0)", "error: `percent` of nothing: argument 2 is 0");
  is("default(nil, 'd')", "\"d\"");
  is("default(false, 'd')", "false");
  is("(function() local s = '' local function add(k, v) return k .. v end return map(keys({b = 1, a = 2}), function(k) "
     "return k end) end)()",
     R"(["a","b"])");
  is("(function() for k, v in pairs({z = 1, a = 2}) do return k .. v end end)()", "\"a2\"");
  is("(function() for i, v in ipairs({'x', 'y'}) do if i == 2 then return v end end end)()", "\"y\"");
}

TEST_CASE("maps are walked in the same order in every run") {
  const std::string text = "map(keys({q = 1, w = 2, e = 3, r = 4, t = 5, y = 6}), function(k) return k end)";
  for (int i = 0; i < 20; ++i) CHECK(eval(text) == R"(["e","q","r","t","w","y"])");
}

TEST_CASE("encodings") {
  is("json.encode({b = {1, 2}, a = 'x'})", R"("{\"a\":\"x\",\"b\":[1,2]}")");
  is("json.decode('{\"a\":[1,2.5,null,true]}').a[2]", "2.5");
  is("json.decode('{')", "error: the text given to `json.decode` is not JSON: unexpected end of input at byte 2");
  is("json.decode('1e999')", "error: the text given to `json.decode` is not JSON: a number is too large at byte 5");
  is("json.decode(('['):rep(200))", "error: the text given to `json.decode` is not JSON: it nests deeper than 128");
  is("base64.encode('') .. base64.encode('f') .. base64.encode('fo') .. base64.encode('foo')", "\"Zg==Zm8=Zm9v\"");
  is("base64.decode('Zg==') .. base64.decode('Zm9v\\n')", "\"ffoo\"");
  is("base64.decode('Zg')", "error: `base64.decode`: the length of the text is no multiple of 4");
  is("base64.decode('Z*==')", "error: `base64.decode`: the character at byte 2 is not base64");
  is("sha256('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
  is("url.encode('a b/ü~')", "\"a%20b%2F%C3%BC~\"");
}

TEST_CASE("versions") {
  is("semver.compare('1.2.3', 'v1.2.3')", "0");
  is("semver.compare('1.2.3', '1.10.0')", "-1");
  is("semver.compare('1.0.0', '1.0.0-rc.1')", "1");
  is("semver.compare('1.0.0-alpha.1', '1.0.0-alpha.beta')", "-1");
  is("semver.compare('1.0.0-alpha', '1.0.0-alpha.1')", "-1");
  is("semver.compare('1.0.0-beta.11', '1.0.0-beta.2')", "1");
  is("semver.compare('1.0.0+a', '1.0.0+b')", "0");
  is("semver.compare('99999999999999999999.0.0', '2.0.0')", "1");
  for (const char* bad : {"1.2", "1.2.3.4", "a.b.c", "1.2.3-", "1.2.3-a..b", "", "1.2.x", "1.2.3+"})
    is("semver.compare('" + std::string(bad) + "', '1.0.0')",
       "error: `semver.compare`: `" + std::string(bad) + "` is not a version such as 1.2.3 or v1.2.3-rc.1");
}

TEST_CASE("units and time") {
  is("duration('1h30m')", "5400");
  is("duration('500ms')", "0.5");
  is("duration('0s')", "0");
  is("duration('5')", "error: `duration`: `5` is not a length of time such as 1h30m; units are ms, s, m, h, d");
  is("bytes('10MiB')", "10485760");
  is("bytes('10MB')", "error: `bytes`: `10MB` is not a size such as 10MiB; units are B, KiB, MiB, GiB, TiB");
  is("time.parse('1970-01-01T00:00:00Z')", "0");
  is("time.parse('2024-02-29T12:30:00.250+02:00')", "1709202600.25");
  is("time.format(1709202600)", "\"2024-02-29T10:30:00Z\"");
  is("time.format(-1)", "\"1969-12-31T23:59:59Z\"");
  is("time.format(time.parse('2024-02-29T10:30:00.5Z'))", "\"2024-02-29T10:30:00.500Z\"");
  is("time.format(1e300)", "error: `time.format`: the time is outside the years 1 to 9999");
  for (const char* bad :
       {"2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00.Z"})
    is("time.parse('" + std::string(bad) + "')",
       "error: `time.parse`: `" + std::string(bad) + "` is not a time such as 2024-05-01T12:30:00Z");
}

TEST_CASE("matches") {
  is("matches('v1.2.3', [[^v\\d+\\.]])", "true");
  is("matches('x v1', '^v')", "false");
  is("matches('a\\nb', 'b$')", "true");
  is("matches('a', '(')", "error: `matches` cannot read its pattern: missing ): (");
  is("matches('a', '(?=b)')", "error: `matches` cannot read its pattern: invalid perl operator: (?=");
}

}  // namespace
}  // namespace runbook
