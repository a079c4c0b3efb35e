// The names an expression may use: the data a run provides, the functions of the sandbox, and what stock Lua has but
// the sandbox does not. One list for the checker and the sandbox, so that they cannot disagree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "expr/syntax/dialect.h"

namespace runbook::names {

bool is_data(std::string_view name);                       // params, steps, result…
bool is_strict_map(std::string_view name);                 // its missing keys are errors
bool is_function(std::string_view name, Dialect dialect);  // contains, json, string…; in scripts also log, table…
bool is_stock_lua(std::string_view name);  // os, load, pcall…: absent from expressions, and mostly from scripts

// Fields of `result` and `steps.ID`, and of `run`.
const std::vector<std::string_view>& result_fields();
const std::vector<std::string_view>& run_fields();
// Members of a table of functions (`json`: encode, decode); empty when `name` is none.
const std::vector<std::string_view>& members(std::string_view name, Dialect dialect);

// Every name that can be read, for suggestions.
const std::vector<std::string_view>& all(Dialect dialect);

bool one_of(std::string_view name, const std::vector<std::string_view>& list);
// "; did you mean `x`?", or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates);
// Where a data name exists: "`item` exists only in a step with `for_each`".
std::string where_it_exists(std::string_view name);

}  // namespace runbook::names
