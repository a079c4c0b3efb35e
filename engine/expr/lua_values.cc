#include "expr/lua_values.h"

#include <lauxlib.h>

#include <algorithm>
#include <cmath>

#include "expr/interpreter.h"

namespace runbook {
namespace {

// Registry keys, by address.
const char list_mark = 0, map_mark = 0;

void mark(lua_State* state, const char& which) {
  lua_rawgetp(state, LUA_REGISTRYINDEX, &which);
  lua_setmetatable(state, -2);
}

bool is_marked(lua_State* state, int index, const char& which) {
  if (!lua_getmetatable(state, index)) return false;
  lua_rawgetp(state, LUA_REGISTRYINDEX, &which);
  const bool same = lua_rawequal(state, -1, -2);
  lua_pop(state, 2);
  return same;
}

// A table's keys, sorted out.
struct Keys {
  std::vector<std::string> names;
  lua_Integer largest = 0;
  std::size_t positions = 0;
};

Keys keys_of(lua_State* state, int index) {
  auto& interpreter = Interpreter::of(state);
  Keys keys;
  for (lua_pushnil(state); lua_next(state, index); lua_pop(state, 1)) {
    interpreter.charge(1);
    if (lua_type(state, -2) == LUA_TSTRING) {
      std::size_t size = 0;
      const char* name = lua_tolstring(state, -2, &size);
      keys.names.emplace_back(name, size);
    } else if (lua_isinteger(state, -2) && lua_tointeger(state, -2) > 0) {
      ++keys.positions;
      keys.largest = std::max(keys.largest, lua_tointeger(state, -2));
    } else {
      interpreter.fail("gives a table with a key that is neither a name nor a position");
    }
  }
  std::sort(keys.names.begin(), keys.names.end());
  return keys;
}

Value read(lua_State* state, int index, int depth);

Value read_table(lua_State* state, int index, int depth) {
  auto& interpreter = Interpreter::of(state);
  if (depth > deepest_value) interpreter.fail("gives a table that nests deeper than " + std::to_string(deepest_value));
  luaL_checkstack(state, 8, "too deep");
  auto keys = keys_of(state, index);
  if (!keys.names.empty() && keys.positions > 0)
    interpreter.fail("gives a table that is both a list and a map (it has `" + keys.names.front() + "` and positions)");
  if (keys.positions > 0) {
    // Nulls leave gaps; a table that is mostly gaps was never a list.
    if (static_cast<std::size_t>(keys.largest) > 2 * keys.positions + 64)
      interpreter.fail("gives a list with gaps (" + std::to_string(keys.positions) + " items, the last at " +
                       std::to_string(keys.largest) + ")");
    auto list = Value::List();
    list.reserve(static_cast<std::size_t>(keys.largest));
    for (lua_Integer i = 1; i <= keys.largest; ++i) {
      lua_rawgeti(state, index, i);
      list.push_back(read(state, lua_gettop(state), depth));
      lua_pop(state, 1);
    }
    return list;
  }
  if (keys.names.empty()) {
    // `{}` as an author writes it is a list; all tables of ours that are no lists are maps.
    const bool ours = lua_getmetatable(state, index) != 0;
    if (ours) lua_pop(state, 1);
    return ours && !is_marked(state, index, list_mark) ? Value::map() : Value::list();
  }
  auto map = Value::Map();
  map.reserve(keys.names.size());
  for (auto& name : keys.names) {
    push_text(state, name);
    lua_rawget(state, index);
    auto value = read(state, lua_gettop(state), depth);
    lua_pop(state, 1);
    map.emplace_back(std::move(name), std::move(value));
  }
  return map;
}

Value read(lua_State* state, int index, int depth) {
  switch (lua_type(state, index)) {
    case LUA_TNIL: return {};
    case LUA_TBOOLEAN: return lua_toboolean(state, index) != 0;
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(state, index, &size);
      Interpreter::of(state).charge(size / 64);
      return std::string(text, size);
    }
    case LUA_TNUMBER: {
      if (lua_isinteger(state, index)) return static_cast<std::int64_t>(lua_tointeger(state, index));
      const double number = lua_tonumber(state, index);
      if (!std::isfinite(number))
        Interpreter::of(state).fail(std::isnan(number) ? "gives a number that is none (0/0?)"
                                                       : "gives an infinite number (a division by zero?)");
      return number;
    }
    case LUA_TTABLE: return read_table(state, index, depth + 1);
    default: Interpreter::of(state).fail("gives " + std::string(kind_of(state, index)) + ", not a value");
  }
}

}  // namespace

void prepare_values(lua_State* state) {
  for (const char* which : {&list_mark, &map_mark}) {
    lua_createtable(state, 0, 0);
    lua_rawsetp(state, LUA_REGISTRYINDEX, which);
  }
}

void push_text(lua_State* state, std::string_view text) { lua_pushlstring(state, text.data(), text.size()); }
void mark_list(lua_State* state) { mark(state, list_mark); }
void mark_map(lua_State* state) { mark(state, map_mark); }

void push_value(lua_State* state, const Value& value) {
  luaL_checkstack(state, 8, "too deep");
  if (value.is_null()) return lua_pushnil(state);
  if (value.is_bool()) return lua_pushboolean(state, value.as_bool());
  if (value.is_integer()) return lua_pushinteger(state, value.as_integer());
  if (value.is_number()) return lua_pushnumber(state, value.as_number());
  if (value.is_string()) return push_text(state, value.as_string());
  if (value.is_list()) {
    const auto& list = value.as_list();
    lua_createtable(state, static_cast<int>(list.size()), 0);
    for (std::size_t i = 0; i < list.size(); ++i) {
      push_value(state, list[i]);
      lua_rawseti(state, -2, static_cast<lua_Integer>(i) + 1);
    }
    return mark_list(state);
  }
  lua_createtable(state, 0, static_cast<int>(value.as_map().size()));
  for (const auto& [key, item] : value.as_map()) {
    push_text(state, key);
    push_value(state, item);
    lua_rawset(state, -3);
  }
  mark_map(state);
}

Value to_value(lua_State* state, int index) { return read(state, lua_absindex(state, index), 0); }

std::string_view kind_of(lua_State* state, int index) {
  switch (lua_type(state, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return "nil";
    case LUA_TBOOLEAN: return "a boolean";
    case LUA_TNUMBER: return lua_isinteger(state, index) ? "an integer" : "a number";
    case LUA_TSTRING: return "a string";
    case LUA_TTABLE: return is_marked(state, index, list_mark) ? "a list" : "a table";
    case LUA_TFUNCTION: return "a function";
    default: return "something unknown";
  }
}

}  // namespace runbook
