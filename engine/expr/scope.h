// Scope: the globals an expression sees. Data is plain tables, which expressions cannot change because nothing in an
// expression can assign; maps where a missing key is an error know their own name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"

namespace runbook {

class Interpreter;
struct Reference;

namespace scope {

// Builds the table of functions, and above it the globals of scope 0, which is entered.
void prepare(Interpreter& interpreter);
// The globals of the scope that is entered.
void push_globals(Interpreter& interpreter);
// The table that holds the functions.
void push_functions(Interpreter& interpreter);

// A further scope, under a number of its own. With `around` it sees all of that scope, its steps included, but for what
// it has itself; without, only the functions.
void open(Interpreter& interpreter, int id, std::optional<int> around);
bool is_open(Interpreter& interpreter, int id);
void enter(Interpreter& interpreter, int id);

// The stack is left as it was.
void set(Interpreter& interpreter, std::string_view name, const Value& value);
void unset(Interpreter& interpreter, std::string_view name);
void set_step(Interpreter& interpreter, std::string_view id, const Value& result);

// What the references read, in values: the inverse of set() and set_step(). A map of globals; of `params`, `steps` and
// the like only those entries that are named, if all are.
Value seen_by(Interpreter& interpreter, const std::vector<Reference>& references);

// How far a reference leads, without calling anything: the number of its parts that are there.
struct Walk {
  std::size_t present = 0;
  bool missing = false;               // the next part is nil
  std::vector<std::string> siblings;  // the names beside the first part that is missing
};
Walk walk(Interpreter& interpreter, const Reference& reference);

}  // namespace scope
}  // namespace runbook
