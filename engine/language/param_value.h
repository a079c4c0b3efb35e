// Values of parameters: from text to the parameter's type, and its limits.
// A duration is its number of seconds, a size its number of bytes: what `duration()` and `bytes()` give in expressions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runbook/runbook.h"

namespace runbook {

// `text` as a value of `type`; nullopt when it is not one. Lists and maps are JSON.
std::optional<Value> parse_param_value(ParamType type, std::string_view text);
// What a value of the type looks like: "an integer", "a length of time such as `30s` or `1h30m`".
std::string param_type_words(ParamType type);

// Which limit the value breaks: "must be at least 1, not 0"; empty when it keeps them all.
std::string broken_limit(const Param& param, const Value& value);

// For messages: the value as an author writes it (`30s`, not 30).
std::string write_param_value(ParamType type, const Value& value);

// Declarations as data, for who asks for the values elsewhere: a list of maps with the keys of `params` and the name;
// null when there are none.
Value describe_params(const std::vector<Param>& params);

// Why `pattern` is not an RE2 expression; empty when it is one.
std::string pattern_problem(std::string_view pattern);

}  // namespace runbook
