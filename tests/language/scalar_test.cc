#include "yaml/scalar.h"

#include "language/loading.h"

using namespace runbook;

TEST_CASE("only plain decimals are integers") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-17") == -17);
  CHECK(parse_integer("9223372036854775807") == INT64_MAX);
  for (const char* word :
       {"", "-", "+1", "017", "-01", "1_000", "0x1F", "1.0", "1e3", " 1", "1 ", "9223372036854775808", "no"})
    CHECK_FALSE(parse_integer(word));
}

TEST_CASE("decimals are finite and written in full") {
  CHECK(parse_decimal("0.5") == 0.5);
  CHECK(parse_decimal("-2.25e2") == -225);
  CHECK(parse_decimal("1e3") == 1000);
  CHECK(parse_decimal("7") == 7);
  for (const char* word :
       {"", ".5", "5.", "+1", "00.5", ".inf", ".nan", "inf", "nan", "1e999", "0x10", "1.2.3", "1e", "1_0.0"})
    CHECK_FALSE(parse_decimal(word));
}

TEST_CASE("words that look like something else") {
  const auto instead = [](const char* word) { return find_lookalike(word) ? find_lookalike(word)->instead : "none"; };
  CHECK(instead("no") == "false");
  CHECK(instead("Off") == "false");
  CHECK(instead("YES") == "true");
  CHECK(instead("True") == "true");
  CHECK(instead("017") == "");
  CHECK(instead("0o17") == "15");
  CHECK(instead("08") == "");
  CHECK(instead("0x1F") == "31");
  CHECK(instead("-0x1F") == "-31");
  CHECK(instead("1_000") == "1000");
  CHECK(instead("1_000.5") == "1000.5");
  CHECK(instead("+5") == "5");
  CHECK(instead(".5") == "0.5");
  CHECK(instead("5.") == "5.0");
  CHECK(instead("12:30") == "");
  CHECK(instead(".inf") == "");
  for (const char* word : {"", "n", "y", "true", "5", "0.5", "text", "v1.2.3", "1.2.3", "a:b", "10.0.0.1", "2026-01-02",
                           "0x", "_1", "-", "+", "e5", "12:", ":30"})
    CHECK(instead(word) == "none");
}

TEST_CASE("a word that probably meant a number or boolean is told where any value may stand") {
  for (const char* word : {"no", "yes", "on", "017", "1_000", "12:30", "0x1F", "1.10", "99999999999999999999"}) {
    INFO(word);
    const Loading loading(with_top(std::string("vars: { v: ") + word + " }"));
    CHECK(loading.all() == "RB019 3:12");
    REQUIRE(loading.runbook);
    CHECK(Loading(with_top(std::string("vars: { v: '") + word + "' }")).all().empty());
  }
  CHECK(Loading(with_top("env: { A: no, B: 017, C: 12:30, D: true, E: 1.10 }")).all().empty());
  CHECK(Loading(with_top("title: on")).all().empty());
}

TEST_CASE("text keeps its digits") {
  const Loading loading(with_top("env: { V: 1.10 }\nparams: { p: { type: string, default: 1.10 } }"));
  REQUIRE(loading.runbook);
  CHECK(loading.runbook->env[0].second.source.value == "1.10");
  CHECK(*loading.runbook->params[0].default_value == Value("1.10"));
}

TEST_CASE("values of any kind are typed by how they are written") {
  const Loading loading(with_top("vars:\n  a: [1, -2.5, true, 'true', \"5\", text, null, ~, {k: v}]"));
  REQUIRE(loading.runbook);
  const auto& list = std::get<ValueTemplate::List>(loading.runbook->vars[0].second.data);
  const auto value = [&](std::size_t i) { return std::get<Value>(list.at(i).data); };
  CHECK(value(0) == Value(1));
  CHECK(value(1) == Value(-2.5));
  CHECK(value(2) == Value(true));
  CHECK(value(3) == Value("true"));
  CHECK(value(4) == Value("5"));
  CHECK(value(5) == Value("text"));
  CHECK(value(6).is_null());
  CHECK(value(7).is_null());
  CHECK(std::get<ValueTemplate::Map>(list.at(8).data)[0].key.value == "k");
}
