#include "lua/scope.h"

#include <lauxlib.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "lua/expression.h"
#include "lua/functions.h"
#include "lua/interpreter.h"
#include "lua/lua_values.h"
#include "lua/names.h"

namespace runbook::scope {
namespace {

std::string text_at(lua_State* state, int index) {
  std::size_t size = 0;
  const char* text = lua_type(state, index) == LUA_TSTRING ? lua_tolstring(state, index, &size) : nullptr;
  return text ? std::string(text, size) : std::string();
}

// A key as an author would name it; numbers and the like do not exist in maps of names.
std::string shown_key(lua_State* state, int index) {
  if (lua_type(state, index) == LUA_TSTRING) return text_at(state, index);
  if (lua_isinteger(state, index)) return std::to_string(lua_tointeger(state, index));
  return std::string(kind_of(state, index));
}

std::vector<std::string> names_in(lua_State* state, int table) {
  std::vector<std::string> names;
  for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1))
    if (lua_type(state, -2) == LUA_TSTRING) names.push_back(text_at(state, -2));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string_view> views(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

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

void push_result(lua_State* state, const Value& value, const std::string& name) {
  if (!value.is_map()) return push_value(state, value);
  lua_createtable(state, 0, static_cast<int>(value.as_map().size()) + 2);
  for (const auto& [key, item] : value.as_map()) {
    push_text(state, key);
    if (key == "outputs") {
      push_strict_map(state, item, name + ".outputs");
    } else {
      push_value(state, item);
    }
    lua_rawset(state, -3);
  }
  if (value.find("outputs") == nullptr) {
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

// Replaces the key on top by its value in the table at `table`, or in those the table falls back to. Calls nothing.
int raw_look_up(lua_State* state, int table) {
  const int key = lua_gettop(state);
  lua_pushvalue(state, table);
  for (;;) {
    lua_pushvalue(state, key);
    if (lua_rawget(state, key + 1) != LUA_TNIL) break;
    lua_settop(state, key + 1);
    if (luaL_getmetafield(state, key + 1, "__index") != LUA_TTABLE) {
      lua_settop(state, key);
      lua_pushnil(state);
      break;
    }
    lua_replace(state, key + 1);
  }
  lua_replace(state, key);
  lua_settop(state, key);
  return lua_type(state, key);
}

// The value of the table at `index` that push_strict_map made, with its nulls.
Value read_strict_map(lua_State* state, int index) {
  if (!lua_istable(state, index)) return to_value(state, index);
  Value map = Value::map();
  for (const auto& name : names_in(state, index)) {
    push_text(state, name);
    lua_rawget(state, index);
    map.set(name, to_value(state, -1));
    lua_pop(state, 1);
  }
  if (luaL_getmetafield(state, index, "__index") == LUA_TNIL) return map;
  if (lua_tocfunction(state, -1) == missing_key && lua_getupvalue(state, -1, 2) != nullptr) {
    if (lua_istable(state, -1))
      for (const auto& name : names_in(state, lua_gettop(state))) map.set(name, Value());
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
  return map;
}

// What push_result made; what was worked out from a text since is left out.
Value read_result(lua_State* state, int index) {
  if (!lua_istable(state, index)) return to_value(state, index);
  Value result = Value::map();
  for (const auto& name : names_in(state, index)) {
    if (name == "json" || name == "lines") continue;
    push_text(state, name);
    lua_rawget(state, index);
    result.set(name, name == "outputs" ? read_strict_map(state, lua_gettop(state)) : to_value(state, -1));
    lua_pop(state, 1);
  }
  return result;
}

using Entries = std::optional<std::vector<std::string>>;  // those named; nullopt: all

// Of the steps at `index`, and of those they fall back to.
Value read_steps(lua_State* state, int index, const Entries& named) {
  Value steps = Value::map();
  const auto take = [&](const std::string& name) {
    push_text(state, name);
    if (raw_look_up(state, index) != LUA_TNIL) steps.set(name, read_result(state, lua_gettop(state)));
    lua_pop(state, 1);
  };
  if (named) {
    for (const auto& name : *named) take(name);
    return steps;
  }
  lua_pushvalue(state, index);
  while (lua_istable(state, -1)) {
    for (const auto& name : names_in(state, lua_gettop(state)))
      if (steps.find(name) == nullptr) take(name);
    if (luaL_getmetafield(state, -1, "__index") == LUA_TNIL) break;
    lua_remove(state, -2);
  }
  lua_pop(state, 1);
  return steps;
}

Value only(Value map, const Entries& named) {
  if (!named || !map.is_map()) return map;
  std::erase_if(map.as_map(), [&](const auto& entry) {
    return std::find(named->begin(), named->end(), entry.first) == named->end();
  });
  return map;
}

std::vector<std::string> roots_of(const std::vector<Reference>& references) {
  std::vector<std::string> roots;
  for (const auto& reference : references)
    if (std::find(roots.begin(), roots.end(), reference.path[0]) == roots.end()) roots.push_back(reference.path[0]);
  return roots;
}

// Which entries of the map `root` are read; all, when that is not known.
Entries entries_read(const std::vector<Reference>& references, const std::string& root) {
  std::vector<std::string> entries;
  for (const auto& reference : references) {
    if (reference.path[0] != root) continue;
    if (reference.path.size() < 2) return std::nullopt;
    if (std::find(entries.begin(), entries.end(), reference.path[1]) == entries.end())
      entries.push_back(reference.path[1]);
  }
  return entries;
}

}  // namespace

void prepare(Interpreter& interpreter) {
  auto* state = interpreter.state();
  lua_createtable(state, 0, 48);
  add_functions(state);
  push_text(state, "steps");
  push_strict_map(state, Value::map(), "steps");
  lua_rawset(state, -3);
  set_missing(state, missing_global, 0);
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);  // what lua_load gives a chunk as its _ENV
}

void push_globals(Interpreter& interpreter) {
  lua_rawgeti(interpreter.state(), LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

void push_functions(Interpreter& interpreter) { push_globals(interpreter); }

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

Value seen_by(Interpreter& interpreter, const std::vector<Reference>& references) {
  auto* state = interpreter.state();
  const int top = lua_gettop(state);
  luaL_checkstack(state, 16, "values");
  push_globals(interpreter);
  Value seen = Value::map();
  for (const auto& name : roots_of(references)) {
    const auto named = entries_read(references, name);
    push_text(state, name);
    const int value = top + 2;
    if (raw_look_up(state, top + 1) != LUA_TNIL) {
      seen.set(name, name == "steps"                ? read_steps(state, value, named)
                     : names::is_strict_map(name) ? only(read_strict_map(state, value), named)
                     : name == "result"           ? read_result(state, value)
                                                  : to_value(state, value));
    }
    lua_settop(state, top + 1);
  }
  lua_settop(state, top);
  return seen;
}

Walk walk(Interpreter& interpreter, const Reference& reference) {
  auto* state = interpreter.state();
  Walk walk;
  push_globals(interpreter);
  for (const auto& part : reference.path) {
    if (!lua_istable(state, -1)) break;
    push_text(state, part);
    if (lua_rawget(state, -2) == LUA_TNIL) {
      lua_pop(state, 1);
      walk.missing = true;
      if (walk.present > 0) walk.siblings = names_in(state, lua_gettop(state));
      break;
    }
    lua_remove(state, -2);
    ++walk.present;
  }
  lua_pop(state, 1);
  return walk;
}

}  // namespace runbook::scope
