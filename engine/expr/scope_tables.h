// The tables a scope is made of, as they are in Lua: for what builds them (scope.cc) and what reads them back
// (scope_read.cc).
#pragma once

#include <lua.h>

#include <string>
#include <vector>

namespace runbook::scope {

// The string at `index`; empty when it is none.
std::string text_at(lua_State* state, int index);
// The names among the keys of the table at `table`, sorted.
std::vector<std::string> names_in(lua_State* state, int table);
// __index of a strict map; upvalues: its name, and a table of the keys whose value is null (or nil).
int missing_key(lua_State* state);

}  // namespace runbook::scope
