// What is in a scope, read back: for scripts, which get it in a state of their own, and to explain why something is
// nil.
#include <lauxlib.h>

#include <algorithm>
#include <optional>

#include "expr/expression.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"
#include "expr/scope.h"
#include "expr/scope_tables.h"
#include "expr/syntax/names.h"

namespace runbook::scope {
namespace {

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
      seen.set(name, name == "steps"              ? read_steps(state, value, named)
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
    if (raw_look_up(state, lua_gettop(state) - 1) == LUA_TNIL) {
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
