// Values into Lua and back. A null has no place in a Lua table: it becomes nil. Tables remember whether they came from
// a list or a map, so that an empty one stays what it was.
#pragma once

#include <lua.h>

#include <string>
#include <string_view>

#include "base/value.h"

namespace runbook {

class Interpreter;

// Deeper results are refused; nothing that comes from YAML or JSON is deeper.
inline constexpr int deepest_value = 128;

// Once per state, before all else here.
void prepare_values(lua_State* state);

void push_text(lua_State* state, std::string_view text);
void push_value(lua_State* state, const Value& value);
// The value at `index`, maps by sorted key. Raises what cannot be one: functions, infinity, tables that are neither
// list nor map.
Value to_value(lua_State* state, int index);

// Marks the table on top of the stack.
void mark_list(lua_State* state);
void mark_map(lua_State* state);

// Reads one JSON text straight into Lua, under the state's limits, and pushes it; `what` names it in the error.
void push_json(Interpreter& interpreter, std::string_view text, std::string_view what);

// "a string", "nothing", "an integer"…: for messages.
std::string_view kind_of(lua_State* state, int index);

}  // namespace runbook
