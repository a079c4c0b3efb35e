#include "expr/scope.h"

#include <lauxlib.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "expr/expression.h"
#include "expr/functions/functions.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"
#include "expr/scope_tables.h"
#include "expr/syntax/names.h"

namespace runbook::scope {
namespace {

const char functions_key = 0, scopes_key = 0;  // their addresses are keys of the registry

// A key as an author would name it; numbers and the like do not exist in maps of names.
std::string shown_key(lua_State* state, int index) {
  if (lua_type(state, index) == LUA_TSTRING) return text_at(state, index);
  if (lua_isinteger(state, index)) return std::to_string(lua_tointeger(state, index));
  return std::string(kind_of(state, index));
}

std::vector<std::string_view> views(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

int missing_run_field(lua_State* state) {
  const auto key = shown_key(state, 2);
  if (names::one_of(key, names::run_fields())) return 0;
  Interpreter::of(state).fail("`run." + key + "` does not exist" + names::did_you_mean(key, names::run_fields()));
}

// Upvalue 1: the result's name. `json` and `lines` are made when they are first asked for, and kept.
int missing_result_field(lua_State* state) {
  auto& interpreter = Interpreter::of(state);
  const auto result = text_at(state, lua_upvalueindex(1)), key = shown_key(state, 2);
  if (key == "json" || key == "lines") {
    std::string_view source = "body";
    push_text(state, source);
    if (lua_rawget(state, 1) != LUA_TSTRING) {
      source = "stdout";
      push_text(state, source);
      if (lua_rawget(state, 1) != LUA_TSTRING) return 0;
    }
    std::size_t size = 0;
    const char* bytes = lua_tolstring(state, -1, &size);
    const std::string_view text(bytes, size);
    {
      const Interpreter::Pause unhurried(interpreter);  // the host limits how long a body or an output is
      if (key == "json") {
        const auto what = "`" + result + "." + std::string(source) + "`";
        if (trim(text).empty()) interpreter.fail(what + " is empty, so `" + result + ".json` does not exist");
        push_json(interpreter, text, what);
      } else {
        push_lines(state, text);
      }
    }
    lua_pushvalue(state, 2);
    lua_pushvalue(state, -2);
    lua_rawset(state, 1);
    return 1;
  }
  if (names::one_of(key, names::result_fields())) return 0;
  interpreter.fail("`" + result + "." + key + "` does not exist" + names::did_you_mean(key, names::result_fields()));
}

int missing_global(lua_State* state) {
  const auto name = shown_key(state, 2);
  auto& interpreter = Interpreter::of(state);
  if (names::is_data(name)) interpreter.fail(names::where_it_exists(name));
  interpreter.fail("`" + name + "` is not known" + names::did_you_mean(name, names::all(Dialect::expression)));
}

// Gives the table on top a metatable whose __index is `function` with the `count` upvalues above the table.
void set_missing(lua_State* state, lua_CFunction function, int count) {
  lua_pushcclosure(state, function, count);
  lua_createtable(state, 0, 1);
  lua_insert(state, -2);
  lua_setfield(state, -2, "__index");
  lua_setmetatable(state, -2);
}

// What the table below the top does not have is looked for in the one on top, which is taken away.
void set_fallback(lua_State* state) {
  lua_createtable(state, 0, 1);
  lua_insert(state, -2);
  lua_setfield(state, -2, "__index");
  lua_setmetatable(state, -2);
}

void push_strict_map(lua_State* state, const Value& value, const std::string& name) {
  if (!value.is_null() && !value.is_map()) return push_value(state, value);
  lua_createtable(state, 0, value.is_map() ? static_cast<int>(value.as_map().size()) : 0);
  lua_pushnil(state);  // the keys whose value is null
  if (value.is_map()) {
    for (const auto& [key, item] : value.as_map()) {
      push_text(state, key);
      if (item.is_null()) {
        if (lua_isnil(state, -2)) {
          lua_createtable(state, 0, 1);
          lua_replace(state, -3);
        }
        lua_pushboolean(state, true);
        lua_rawset(state, -3);
      } else {
        push_value(state, item);
        lua_rawset(state, -4);
      }
    }
  }
  push_text(state, name);
  lua_insert(state, -2);
  set_missing(state, missing_key, 2);
}

// It has no outputs, whatever it declares: they are nil, so that `default(…)` can stand in.
bool is_skipped(const Value& result) {
  const auto* outcome = result.find("outcome");
  return outcome && outcome->is_string() && outcome->as_string() == "skipped";
}

void push_result(lua_State* state, const Value& value, const std::string& name) {
  if (!value.is_map()) return push_value(state, value);
  lua_createtable(state, 0, static_cast<int>(value.as_map().size()) + 2);
  for (const auto& [key, item] : value.as_map()) {
    push_text(state, key);
    if (key == "outputs" && !is_skipped(value)) {
      push_strict_map(state, item, name + ".outputs");
    } else {
      push_value(state, item);
    }
    lua_rawset(state, -3);
  }
  if (value.find("outputs") == nullptr && !is_skipped(value)) {
    push_text(state, "outputs");
    push_strict_map(state, Value::map(), name + ".outputs");
    lua_rawset(state, -3);
  }
  push_text(state, name);
  set_missing(state, missing_result_field, 1);
}

void push_global(lua_State* state, std::string_view name, const Value& value) {
  if (name == "result") return push_result(state, value, "result");
  if (names::is_strict_map(name)) return push_strict_map(state, value, std::string(name));
  push_value(state, value);
  if (name == "run" && value.is_map()) set_missing(state, missing_run_field, 0);
}

}  // namespace

std::string text_at(lua_State* state, int index) {
  std::size_t size = 0;
  const char* text = lua_type(state, index) == LUA_TSTRING ? lua_tolstring(state, index, &size) : nullptr;
  return text ? std::string(text, size) : std::string();
}

std::vector<std::string> names_in(lua_State* state, int table) {
  std::vector<std::string> names;
  for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1))
    if (lua_type(state, -2) == LUA_TSTRING) names.push_back(text_at(state, -2));
  std::sort(names.begin(), names.end());
  return names;
}

// __index of a strict map; upvalues: its name, and a table of the keys whose value is null (or nil).
int missing_key(lua_State* state) {
  if (lua_istable(state, lua_upvalueindex(2))) {
    lua_pushvalue(state, 2);
    lua_rawget(state, lua_upvalueindex(2));
    if (lua_toboolean(state, -1)) return 0;
  }
  const auto map = text_at(state, lua_upvalueindex(1)), key = shown_key(state, 2);
  Interpreter::of(state).fail("`" + map + "." + key + "` does not exist" +
                              names::did_you_mean(key, views(names_in(state, 1))));
}

void prepare(Interpreter& interpreter) {
  auto* state = interpreter.state();
  lua_createtable(state, 0, 48);
  add_functions(state);
  set_missing(state, missing_global, 0);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &functions_key);
  lua_newtable(state);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &scopes_key);
  open(interpreter, 0, std::nullopt);
  enter(interpreter, 0);
}

void push_globals(Interpreter& interpreter) { lua_rawgeti(interpreter.state(), LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS); }

void push_functions(Interpreter& interpreter) { lua_rawgetp(interpreter.state(), LUA_REGISTRYINDEX, &functions_key); }

void open(Interpreter& interpreter, int id, std::optional<int> around) {
  auto* state = interpreter.state();
  lua_rawgetp(state, LUA_REGISTRYINDEX, &scopes_key);
  lua_newtable(state);
  push_text(state, "steps");
  if (around) {
    lua_rawgeti(state, -3, *around);
    CHECK(lua_istable(state, -1));
    lua_newtable(state);
    push_text(state, "steps");
    lua_rawget(state, -3);
    set_fallback(state);
    lua_insert(state, -2);  // scopes, globals, "steps", steps, around
    lua_pushvalue(state, -1);
    lua_insert(state, -5);
    lua_pop(state, 1);  // scopes, around, globals, "steps", steps
    lua_rawset(state, -3);
    lua_insert(state, -2);
  } else {
    push_strict_map(state, Value::map(), "steps");
    lua_rawset(state, -3);
    lua_rawgetp(state, LUA_REGISTRYINDEX, &functions_key);
  }
  set_fallback(state);  // scopes, globals
  lua_rawseti(state, -2, id);
  lua_pop(state, 1);
}

bool is_open(Interpreter& interpreter, int id) {
  auto* state = interpreter.state();
  lua_rawgetp(state, LUA_REGISTRYINDEX, &scopes_key);
  const bool found = lua_rawgeti(state, -1, id) == LUA_TTABLE;
  lua_pop(state, 2);
  return found;
}

void enter(Interpreter& interpreter, int id) {
  auto* state = interpreter.state();
  lua_rawgetp(state, LUA_REGISTRYINDEX, &scopes_key);
  CHECK(lua_rawgeti(state, -1, id) == LUA_TTABLE);
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pop(state, 1);
}

void set(Interpreter& interpreter, std::string_view name, const Value& value) {
  auto* state = interpreter.state();
  push_globals(interpreter);
  push_text(state, name);
  push_global(state, name, value);
  lua_rawset(state, -3);
  lua_pop(state, 1);
}

void unset(Interpreter& interpreter, std::string_view name) {
  auto* state = interpreter.state();
  push_globals(interpreter);
  push_text(state, name);
  lua_pushnil(state);
  lua_rawset(state, -3);
  lua_pop(state, 1);
}

void set_step(Interpreter& interpreter, std::string_view id, const Value& result) {
  auto* state = interpreter.state();
  push_globals(interpreter);
  push_text(state, "steps");
  lua_rawget(state, -2);
  push_text(state, id);
  push_result(state, result, "steps." + std::string(id));
  lua_rawset(state, -3);
  lua_pop(state, 2);
}

}  // namespace runbook::scope
