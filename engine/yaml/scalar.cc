#include "yaml/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/value.h"

namespace runbook {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view word) { return !word.empty() && std::all_of(word.begin(), word.end(), digit); }

std::string lower(std::string_view word) {
  std::string text(word);
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::optional<std::int64_t> parse_base(std::string_view digits, int base) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || digits[0] == '-' || error != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

// Takes `[0-9]+` off the front.
bool take_digits(std::string_view& word) {
  const auto begin = word.size();
  while (!word.empty() && digit(word[0])) word.remove_prefix(1);
  return word.size() < begin;
}

bool is_sexagesimal(std::string_view word) {
  int groups = 0;
  while (take_digits(word)) {
    ++groups;
    if (word.empty()) return groups > 1;
    if (word[0] != ':') return false;
    word.remove_prefix(1);
  }
  return false;
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view word) {
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view word) {
  const auto digits = word.starts_with('-') ? word.substr(1) : word;
  if (!all_digits(digits) || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_decimal(std::string_view word) {
  auto rest = word.starts_with('-') ? word.substr(1) : word;
  const bool leading_zero = rest.size() > 1 && rest[0] == '0' && digit(rest[1]);
  if (leading_zero || !take_digits(rest)) return std::nullopt;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (!take_digits(rest)) return std::nullopt;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    if (!take_digits(rest)) return std::nullopt;
  }
  if (!rest.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<Lookalike> find_lookalike(std::string_view word) {
  if (word.empty() || word.size() > 64 || parse_boolean(word) || parse_decimal(word)) return std::nullopt;
  const auto small = lower(word);
  if (small == "yes" || small == "on" || small == "true") return Lookalike{"a boolean", "true"};
  if (small == "no" || small == "off" || small == "false") return Lookalike{"a boolean", "false"};
  if (small == ".inf" || small == "-.inf" || small == "+.inf" || small == ".nan") return Lookalike{"a number", ""};
  if (is_sexagesimal(word)) return Lookalike{"a time", ""};

  auto number = std::string_view(small);
  const bool negative = number.starts_with('-');
  if (negative || number.starts_with('+')) number.remove_prefix(1);
  const auto integer = [&](std::optional<std::int64_t> value) {
    return Lookalike{"an integer", value ? (negative ? "-" : "") + std::to_string(*value) : ""};
  };
  const auto is_hex = [](char c) { return digit(c) || (c >= 'a' && c <= 'f'); };
  if (number.starts_with("0x") && number.size() > 2 && std::all_of(number.begin() + 2, number.end(), is_hex))
    return integer(parse_base(number.substr(2), 16));
  if (number.starts_with("0o") && all_digits(number.substr(2))) return integer(parse_base(number.substr(2), 8));
  // `017` is 15 to some readers of YAML and 17 to others: there is nothing to suggest.
  if (all_digits(number))
    return number.size() > 1 && number[0] == '0' ? integer(std::nullopt) : integer(parse_base(number, 10));
  std::string joined;
  for (const char c : number)
    if (c != '_') joined += c;
  if (joined.size() < number.size() && digit(number[0]) && parse_decimal(joined)) {
    const auto value = *parse_decimal(joined);
    if (const auto whole = parse_integer(joined)) return integer(whole);
    return Lookalike{"a number", (negative ? "-" : "") + to_text(Value(value))};
  }
  if (number.starts_with('.') && parse_decimal("0" + std::string(number)))
    return Lookalike{"a number", (negative ? "-0" : "0") + std::string(number)};
  if (number.ends_with('.') && all_digits(number.substr(0, number.size() - 1)))
    return Lookalike{"a number", (negative ? "-" : "") + std::string(number) + "0"};
  if (number.size() < word.size() && parse_decimal(number)) return Lookalike{"a number", std::string(number)};
  return std::nullopt;
}

bool is_identifier(std::string_view word) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !word.empty() && letter(word[0]) &&
         std::all_of(word.begin(), word.end(), [&](char c) { return letter(c) || digit(c); });
}

bool is_lua_keyword(std::string_view word) {
  return std::find(lua_keywords.begin(), lua_keywords.end(), word) != lua_keywords.end();
}

}  // namespace runbook
