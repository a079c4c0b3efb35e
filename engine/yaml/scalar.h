// What an unquoted word of YAML is: only `true` and `false` are booleans, only plain decimals are numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runbook {

std::optional<bool> parse_boolean(std::string_view word);          // true false
std::optional<std::int64_t> parse_integer(std::string_view word);  // -?(0|[1-9][0-9]*), within 64 bits
std::optional<double> parse_decimal(std::string_view word);        // integers too, 0.5, 1e3; finite

// A word that YAML 1.1 or a person would take for a boolean or number, but which is text in a runbook.
struct Lookalike {
  std::string kind;     // "a boolean", "an integer", "a number", "a time"
  std::string instead;  // how to write what was probably meant; empty when that is not clear
};
std::optional<Lookalike> find_lookalike(std::string_view word);

// [A-Za-z_][A-Za-z0-9_]*
bool is_identifier(std::string_view word);
// Words of the expression language that cannot follow a dot: `params.end` would not parse.
inline constexpr std::array<std::string_view, 22> lua_keywords{
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
bool is_lua_keyword(std::string_view word);

}  // namespace runbook
