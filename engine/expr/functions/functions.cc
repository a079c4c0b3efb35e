#include "expr/functions/functions.h"

#include <algorithm>
#include <string>
#include <vector>

#include "expr/interpreter.h"
#include "expr/lua_values.h"
#include "expr/syntax/names.h"

namespace runbook {
namespace argument {

std::string caller(lua_State* state) {
  std::size_t size = 0;
  const char* name = lua_tolstring(state, lua_upvalueindex(1), &size);
  return "`" + std::string(name, size) + "`";
}

void refuse(lua_State* state, int index, std::string_view wanted) {
  Interpreter::of(state).fail(caller(state) + " needs " + std::string(wanted) + " as argument " +
                              std::to_string(index) + ", not " + std::string(kind_of(state, index)));
}

std::string_view text(lua_State* state, int index) {
  const int type = lua_type(state, index);
  if (type != LUA_TSTRING && type != LUA_TNUMBER) refuse(state, index, "a string");
  std::size_t size = 0;
  const char* bytes = lua_tolstring(state, index, &size);
  return {bytes, size};
}

double number(lua_State* state, int index) {
  if (lua_type(state, index) != LUA_TNUMBER) refuse(state, index, "a number");
  return lua_tonumber(state, index);
}

lua_Integer integer(lua_State* state, int index) {
  int whole = 0;
  const auto value = lua_type(state, index) == LUA_TNUMBER ? lua_tointegerx(state, index, &whole) : 0;
  if (!whole) refuse(state, index, "an integer");
  return value;
}

lua_Integer optional_integer(lua_State* state, int index, lua_Integer otherwise) {
  return lua_isnoneornil(state, index) ? otherwise : integer(state, index);
}

void table(lua_State* state, int index) {
  if (!lua_istable(state, index)) refuse(state, index, "a list");
}

void function(lua_State* state, int index) {
  if (!lua_isfunction(state, index)) refuse(state, index, "a function");
}

void any(lua_State* state, int index) {
  if (lua_isnone(state, index))
    Interpreter::of(state).fail(caller(state) + " needs " + std::to_string(index) + " arguments");
}

}  // namespace argument

namespace {

// "; did you mean `x`?" for a key that the table of functions does not have.
std::string near_miss(lua_State* state, int table, const std::string& key) {
  std::vector<std::string> names;
  for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1))
    if (lua_type(state, -2) == LUA_TSTRING) names.emplace_back(lua_tostring(state, -2));
  std::sort(names.begin(), names.end());
  return names::did_you_mean(key, {names.begin(), names.end()});
}

// __index of a table of functions; upvalue 1: its name.
int missing_member(lua_State* state) {
  std::size_t size = 0;
  const char* table = lua_tolstring(state, lua_upvalueindex(1), &size);
  const std::string owner(table, size);
  const std::string key = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "?";
  Interpreter::of(state).fail("`" + owner + "." + key + "` does not exist" + near_miss(state, 1, key));
}

// Upvalue 1: the table of text functions. `s.size` is a mistake as much as `s:gsub()`.
int missing_method(lua_State* state) {
  lua_pushvalue(state, 2);
  if (lua_rawget(state, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const std::string key = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "[…]";
  Interpreter::of(state).fail("a string has no `" + key + "`" + near_miss(state, lua_upvalueindex(1), key));
}

}  // namespace

void add_function(lua_State* state, int table, const Function& function) {
  push_text(state, function.name);
  lua_pushcclosure(state, function.call, 1);
  add_member(state, table, function.name);
}

void add_member(lua_State* state, int table, std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) {
    push_text(state, name);
    lua_insert(state, -2);
    lua_rawset(state, table);
    return;
  }
  push_text(state, name.substr(0, dot));
  if (lua_rawget(state, table) == LUA_TNIL) {
    lua_pop(state, 1);
    lua_createtable(state, 0, 2);
    lua_createtable(state, 0, 1);
    push_text(state, name.substr(0, dot));
    lua_pushcclosure(state, missing_member, 1);
    lua_setfield(state, -2, "__index");
    lua_setmetatable(state, -2);
    push_text(state, name.substr(0, dot));
    lua_pushvalue(state, -2);
    lua_rawset(state, table);
  }
  push_text(state, name.substr(dot + 1));
  lua_pushvalue(state, -3);
  lua_rawset(state, -3);
  lua_pop(state, 2);
}

void add_functions(lua_State* state) {
  const int table = lua_gettop(state);
  for (const auto& group : {text_functions(), list_functions(), data_functions()})
    for (const auto& function : group) add_function(state, table, function);
  // All strings share one metatable.
  push_text(state, "");
  lua_createtable(state, 0, 1);
  push_text(state, "string");
  lua_rawget(state, table);
  lua_pushcclosure(state, missing_method, 1);
  lua_setfield(state, -2, "__index");
  lua_setmetatable(state, -2);
  lua_pop(state, 1);
}

}  // namespace runbook
