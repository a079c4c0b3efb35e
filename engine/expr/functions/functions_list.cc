// Lists and maps. Whatever goes over a map does so in the order of its sorted keys: Lua's own order differs from run to
// run.
#include <lauxlib.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "expr/functions/functions.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"

namespace runbook {
namespace {

lua_Integer length(lua_State* state, int index) { return static_cast<lua_Integer>(lua_rawlen(state, index)); }

// Pushes a list of the table's keys: positions first, then names.
void push_sorted_keys(lua_State* state, int table) {
  std::vector<lua_Integer> positions;
  std::vector<std::string> names;
  auto& interpreter = Interpreter::of(state);
  for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1)) {
    interpreter.charge(1);
    if (lua_isinteger(state, -2)) {
      positions.push_back(lua_tointeger(state, -2));
    } else if (lua_type(state, -2) == LUA_TSTRING) {
      std::size_t size = 0;
      const char* name = lua_tolstring(state, -2, &size);
      names.emplace_back(name, size);
    } else {
      interpreter.fail(argument::caller(state) + " cannot go over a table with such keys (" +
                       std::string(kind_of(state, -2)) + ")");
    }
  }
  std::sort(positions.begin(), positions.end());
  std::sort(names.begin(), names.end());
  interpreter.charge((positions.size() + names.size()) * 8);
  lua_createtable(state, static_cast<int>(positions.size() + names.size()), 0);
  lua_Integer i = 0;
  for (const auto position : positions) {
    lua_pushinteger(state, position);
    lua_rawseti(state, -2, ++i);
  }
  for (const auto& name : names) {
    push_text(state, name);
    lua_rawseti(state, -2, ++i);
  }
  mark_list(state);
}

int keys(lua_State* state) {
  argument::table(state, 1);
  push_sorted_keys(state, 1);
  return 1;
}

// Upvalues: the table, its sorted keys, how many were given out.
int next_pair(lua_State* state) {
  const auto i = lua_tointeger(state, lua_upvalueindex(3)) + 1;
  lua_pushinteger(state, i);
  lua_replace(state, lua_upvalueindex(3));
  if (lua_rawgeti(state, lua_upvalueindex(2), i) == LUA_TNIL) return 1;
  lua_pushvalue(state, -1);
  lua_rawget(state, lua_upvalueindex(1));
  return 2;
}

int pairs(lua_State* state) {
  argument::table(state, 1);
  lua_pushvalue(state, 1);
  push_sorted_keys(state, 1);
  lua_pushinteger(state, 0);
  lua_pushcclosure(state, next_pair, 3);
  return 1;
}

int next_item(lua_State* state) {
  const auto i = lua_tointeger(state, 2) + 1;
  lua_pushinteger(state, i);
  return lua_rawgeti(state, 1, i) == LUA_TNIL ? 1 : 2;
}

int ipairs(lua_State* state) {
  argument::table(state, 1);
  lua_pushcfunction(state, next_item);
  lua_pushvalue(state, 1);
  lua_pushinteger(state, 0);
  return 3;
}

// A part of a text, an item of a list, or a key of a map.
int contains(lua_State* state) {
  argument::any(state, 2);
  auto& interpreter = Interpreter::of(state);
  if (lua_type(state, 1) == LUA_TSTRING) {
    const auto text = argument::text(state, 1), part = argument::text(state, 2);
    interpreter.charge(text.size() / 16);
    lua_pushboolean(state, text.find(part) != std::string_view::npos);
    return 1;
  }
  if (!lua_istable(state, 1)) argument::refuse(state, 1, "a string, list or map");
  bool found = false;
  for (lua_pushnil(state); !found && lua_next(state, 1); lua_pop(state, 1)) {
    interpreter.charge(1);
    const int compared = lua_isinteger(state, -2) ? -1 : -2;
    found = lua_rawequal(state, compared, 2);
    if (found) break;
  }
  lua_pushboolean(state, found);
  return 1;
}

int map(lua_State* state) {
  argument::table(state, 1);
  argument::function(state, 2);
  const auto count = length(state, 1);
  lua_createtable(state, 0, 0);
  const int result = lua_gettop(state);
  for (lua_Integer i = 1; i <= count; ++i) {
    Interpreter::of(state).charge(1);
    lua_pushvalue(state, 2);
    lua_rawgeti(state, 1, i);
    lua_pushinteger(state, i);
    lua_call(state, 2, 1);
    lua_rawseti(state, result, i);
  }
  mark_list(state);
  return 1;
}

int filter(lua_State* state) {
  argument::table(state, 1);
  argument::function(state, 2);
  const auto count = length(state, 1);
  lua_createtable(state, 0, 0);
  const int result = lua_gettop(state);
  lua_Integer kept = 0;
  for (lua_Integer i = 1; i <= count; ++i) {
    Interpreter::of(state).charge(1);
    lua_pushvalue(state, 2);
    lua_rawgeti(state, 1, i);
    lua_pushinteger(state, i);
    lua_call(state, 2, 1);
    const bool keep = lua_toboolean(state, -1);
    lua_pop(state, 1);
    if (!keep) continue;
    lua_rawgeti(state, 1, i);
    lua_rawseti(state, result, ++kept);
  }
  mark_list(state);
  return 1;
}

// Calls visit(index) for each number of the list, or of the arguments themselves: max(list), max(1, 2).
template <class Visit>
lua_Integer each_number(lua_State* state, Visit visit) {
  const bool list = lua_istable(state, 1);
  const auto count = list ? length(state, 1) : lua_gettop(state);
  if (!list) argument::any(state, 1);
  for (lua_Integer i = 1; i <= count; ++i) {
    if (list) {
      Interpreter::of(state).charge(1);
      lua_rawgeti(state, 1, i);
    } else {
      lua_pushvalue(state, static_cast<int>(i));
    }
    if (lua_type(state, -1) != LUA_TNUMBER)
      Interpreter::of(state).fail(argument::caller(state) + " needs numbers, but item " + std::to_string(i) + " is " +
                                  std::string(kind_of(state, -1)));
    visit(lua_gettop(state));
    lua_settop(state, -2);
  }
  return count;
}

// Integers as long as all are and it fits.
struct Sum {
  lua_Integer whole = 0;
  double number = 0;
  bool exact = true;
  void add(lua_State* state, int index) {
    number += lua_tonumber(state, index);
    if (!lua_isinteger(state, index) || __builtin_add_overflow(whole, lua_tointeger(state, index), &whole))
      exact = false;
  }
};

int sum(lua_State* state) {
  Sum total;
  each_number(state, [&](int index) { total.add(state, index); });
  if (total.exact) {
    lua_pushinteger(state, total.whole);
  } else {
    lua_pushnumber(state, total.number);
  }
  return 1;
}

int average(lua_State* state) {
  Sum total;
  const auto count = each_number(state, [&](int index) { total.add(state, index); });
  if (count == 0) return lua_pushnil(state), 1;
  lua_pushnumber(state, total.number / static_cast<double>(count));
  return 1;
}

// nil for an empty list.
template <int operation, bool swapped>
int extreme(lua_State* state) {
  lua_Integer best = 0, i = 0;
  const bool list = lua_istable(state, 1);
  const auto push = [&](lua_Integer at) {
    if (list) {
      lua_rawgeti(state, 1, at);
    } else {
      lua_pushvalue(state, static_cast<int>(at));
    }
  };
  each_number(state, [&](int index) {
    ++i;
    if (best == 0) {
      best = i;
      return;
    }
    push(best);
    const bool better = swapped ? lua_compare(state, -1, index, operation) : lua_compare(state, index, -1, operation);
    lua_pop(state, 1);
    if (better) best = i;
  });
  if (best == 0) return lua_pushnil(state), 1;
  push(best);
  return 1;
}

int percent(lua_State* state) {
  const double part = argument::number(state, 1), whole = argument::number(state, 2);
  if (whole == 0) Interpreter::of(state).fail(argument::caller(state) + " of nothing: argument 2 is 0");
  lua_pushnumber(state, 100 * part / whole);
  return 1;
}

int otherwise(lua_State* state) {
  argument::any(state, 2);
  lua_pushvalue(state, lua_isnil(state, 1) ? 2 : 1);
  return 1;
}

constexpr std::array list_table{
    Function{"contains", contains},
    Function{"keys", keys},
    Function{"map", map},
    Function{"filter", filter},
    Function{"sum", sum},
    Function{"min", extreme<LUA_OPLT, false>},
    Function{"max", extreme<LUA_OPLT, true>},
    Function{"avg", average},
    Function{"percent", percent},
    Function{"default", otherwise},
    Function{"pairs", pairs},
    Function{"ipairs", ipairs},
};

}  // namespace

std::span<const Function> list_functions() { return list_table; }

}  // namespace runbook
