#include "language/patterns.h"

#include <re2/re2.h>

#include <catch2/catch.hpp>
#include <limits>

#include "base/duration.h"
#include "language/keys/shape.h"
#include "yaml/scalar.h"

using namespace runbook;

namespace {

bool matches(const std::string& text, const std::string& pattern) { return RE2::PartialMatch(text, pattern); }

bool keeps(const TextRules& rules, const std::string& text) {
  for (const auto& rule : rules)
    if (matches(text, rule.pattern) == rule.refuses) return false;
  return true;
}

bool looks_like_a_duration(const std::string& text) {
  return matches(text, duration_pattern()) && matches(text, bounded_duration_pattern()) && matches(text, "[0-9]");
}

}  // namespace

TEST_CASE("a number's pattern ends where the number does") {
  for (const std::uint64_t most : {0, 1, 9, 10, 19, 20, 99, 100, 101, 366, 909, 1000, 1099}) {
    const RE2 pattern(number_pattern(most));
    for (std::uint64_t n = 0; n <= 12000; ++n) {
      INFO(n << " of at most " << most << ": " << pattern.pattern());
      REQUIRE(RE2::FullMatch(std::to_string(n), pattern) == (n <= most));
      REQUIRE(RE2::FullMatch("00" + std::to_string(n), pattern) == (n <= most));
    }
    CHECK_FALSE(RE2::FullMatch("", pattern));
  }
}

TEST_CASE("a part of a duration is what the parser takes for one") {
  for (const auto& unit : time_units) {
    const auto most = longest_duration.count() / unit.size;
    for (const std::int64_t n : {std::int64_t{0}, std::int64_t{1}, most / 10, most - 1, most, most + 1, most * 10}) {
      for (const char* zeros : {"", "0", "000"}) {
        const auto text = zeros + std::to_string(n) + std::string(unit.name);
        INFO(text);
        CHECK(looks_like_a_duration(text) == parse_duration(text, true).has_value());
        if (parse_duration(text, true)) CHECK(matches(text, "[1-9]") == parse_duration(text).has_value());
      }
    }
  }
  for (const char* text : {"", "s", "1", "1.5h", "1m1h", "1s1s", "1h 30m", " 1s", "1s ", "-1s", "1S", "1w", "1h30m",
                           "1d2h3m4s5ms", "0d0ms", "0s", "1s\n"}) {
    INFO(text);
    CHECK(looks_like_a_duration(text) == parse_duration(text, true).has_value());
  }
  CHECK((looks_like_a_duration("365d48h") && !parse_duration("365d48h")));  // a sum
}

TEST_CASE("a size is what the parser takes for one") {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  const auto bounded = bounded_size_pattern(largest);
  for (const auto& unit : byte_units) {
    const auto most = static_cast<std::uint64_t>(largest / unit.size);
    for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{1}, most / 10, most - 1, most, most + 1}) {
      const auto text = std::to_string(n) + std::string(unit.name);
      INFO(text);
      CHECK((matches(text, size_pattern()) && matches(text, bounded)) == parse_size(text).has_value());
      CHECK(matches("0" + text, bounded) == parse_size("0" + text).has_value());
    }
  }
  for (const char* text : {"", "B", "1", "1MB", "1.5GiB", "1 B", "-1B", "1kiB", "1B\n"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text));
    CHECK_FALSE(matches(text, size_pattern()));
    CHECK_FALSE(matches(text, bounded));
  }
}

TEST_CASE("a name is what expressions can use after a dot") {
  for (const auto word : lua_keywords) CHECK_FALSE(keeps(name_rules(), std::string(word)));
  for (const char* word : {"a", "_", "A1", "ends", "End", "", "1a", "a-b", "a.b", "ä", "a\n", " a", "end"}) {
    INFO(word);
    CHECK(keeps(name_rules(), word) == (is_identifier(word) && !is_lua_keyword(word)));
    CHECK(keeps(variable_rules(), word) == is_identifier(word));
  }
}
