// Regular expressions for lengths of time and sizes, made from the tables of units that parse them. RE2 and ECMA-262
// read them alike. What is a sum of its parts no pattern can bound: `365d48h` fits all of these, and no parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace runbook {

// The beginning of a URL that is, or may become, `http://` or `https://` by an expression.
inline constexpr std::string_view scheme_in_expression = "(h|ht|htt|https?|https?:|https?:/)?\\$\\{\\{";

// 0 to `most`, with leading zeros.
std::string number_pattern(std::uint64_t most);

std::string duration_pattern();          // parts in falling order of unit
std::string bounded_duration_pattern();  // the same, each part at most as long as a duration can be
std::string size_pattern();              // a number and a unit
std::string bounded_size_pattern(std::uint64_t most);

}  // namespace runbook
