#include "script/script_library.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "expr/functions/functions.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"
#include "expr/scope.h"
#include "expr/syntax/names.h"

namespace runbook {
namespace {

// Catches errors, but neither fail() nor a limit: then the script is over. Errors are plain messages without a place.
int protected_call(lua_State* state) {
  argument::any(state, 1);
  auto& interpreter = Interpreter::of(state);
  const int status = lua_pcall(state, lua_gettop(state) - 1, LUA_MULTRET, 0);
  if (status == LUA_OK) {
    lua_pushboolean(state, true);
    lua_insert(state, 1);
    return lua_gettop(state);
  }
  if (interpreter.stopped()) return lua_error(state);
  if (const auto limit = interpreter.limit_reached(status); !limit.empty()) interpreter.stop(limit);
  if (const auto failure = interpreter.take_failure(); !failure.empty()) push_text(state, failure);
  lua_pushboolean(state, false);
  lua_insert(state, -2);
  return 2;
}

// error(message): where it happened is told by the trace, not in the message.
int raise(lua_State* state) {
  argument::any(state, 1);
  lua_settop(state, 1);
  return lua_error(state);
}

// Stable, and the same each time: Lua's own sort picks its pivots by the clock. Upvalue 1 is its name.
class Sorting {
 public:
  Sorting(lua_State* state, lua_Integer count) : state_(state), order_(static_cast<std::size_t>(count)) {
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<lua_Integer>(i) + 1;
  }

  // Positions of the items in their new order. The table is argument 1, what compares argument 2 or nil.
  const std::vector<lua_Integer>& sort() {
    std::vector<lua_Integer> merged(order_.size());
    for (std::size_t width = 1; width < order_.size(); width *= 2) {
      for (std::size_t begin = 0; begin < order_.size(); begin += 2 * width)
        merge(begin, std::min(begin + width, order_.size()), std::min(begin + 2 * width, order_.size()), merged);
      order_.swap(merged);
    }
    return order_;
  }

 private:
  // Whatever the author's function answers, each item is taken once.
  void merge(std::size_t left, std::size_t middle, std::size_t end, std::vector<lua_Integer>& into) {
    auto right = middle;
    for (auto i = left, out = left; out < end; ++out) {
      const bool take_right = i == middle || (right < end && less(order_[right], order_[i]));
      into[out] = order_[take_right ? right++ : i++];
    }
  }

  bool less(lua_Integer a, lua_Integer b) {
    const bool own = !lua_isnoneornil(state_, 2);
    if (own) lua_pushvalue(state_, 2);
    lua_rawgeti(state_, 1, a);
    lua_rawgeti(state_, 1, b);
    if (own) {
      lua_call(state_, 2, 1);
      const bool answer = lua_toboolean(state_, -1) != 0;
      lua_pop(state_, 1);
      return answer;
    }
    const bool answer = lua_compare(state_, -2, -1, LUA_OPLT) != 0;
    lua_pop(state_, 2);
    return answer;
  }

  lua_State* state_;
  std::vector<lua_Integer> order_;
};

int sort_list(lua_State* state) {
  argument::table(state, 1);
  if (!lua_isnoneornil(state, 2)) argument::function(state, 2);
  lua_settop(state, 2);
  Sorting sorting(state, static_cast<lua_Integer>(lua_rawlen(state, 1)));
  const auto& order = sorting.sort();
  lua_createtable(state, static_cast<int>(order.size()), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    lua_rawgeti(state, 1, order[i]);
    lua_rawseti(state, 3, static_cast<lua_Integer>(i) + 1);
  }
  for (std::size_t i = 1; i <= order.size(); ++i) {
    lua_rawgeti(state, 3, static_cast<lua_Integer>(i));
    lua_rawseti(state, 1, static_cast<lua_Integer>(i));
  }
  return 0;
}

// string.format, with tables as JSON and without addresses. Upvalue 2: Lua's own.
int format(lua_State* state) {
  const auto pattern = argument::text(state, 1);
  for (auto at = pattern.find('%'); at != std::string_view::npos; at = pattern.find('%', at + 1)) {
    at = pattern.find_first_not_of("-+ #0123456789.", at + 1);
    if (at == std::string_view::npos) break;
    if (pattern[at] == 'p') Interpreter::of(state).fail("`string.format` has no `%p`: scripts see no addresses");
  }
  for (int i = 2; i <= lua_gettop(state); ++i) {
    const int type = lua_type(state, i);
    if (type == LUA_TFUNCTION) argument::refuse(state, i, "a value");
    if (type != LUA_TTABLE) continue;
    push_text(state, to_text(to_value(state, i)));
    lua_replace(state, i);
  }
  lua_pushvalue(state, lua_upvalueindex(2));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, 1);
  return 1;
}

constexpr std::array own_functions{
    Function{"pcall", protected_call},
    Function{"error", raise},
    Function{"table.sort", sort_list},
};
constexpr std::array stock_functions{"assert", "select", "setmetatable", "getmetatable",
                                     "rawget", "rawset", "rawequal",     "rawlen"};
struct Library {
  const char* name;
  lua_CFunction open;
};
constexpr std::array libraries{Library{"string", luaopen_string}, Library{"math", luaopen_math},
                               Library{"table", luaopen_table}, Library{"utf8", luaopen_utf8}};

// From the stock library on top: the members that scripts have and expressions do not. Repeating a text has no limit of
// its own here.
void adopt(lua_State* state, int functions, const std::string& library) {
  const int stock = lua_gettop(state);
  for (const auto member : names::members(library, Dialect::script)) {
    const auto name = library + "." + std::string(member);
    lua_settop(state, stock);
    push_text(state, library);
    if (lua_rawget(state, functions) == LUA_TTABLE) {
      push_text(state, member);
      if (lua_rawget(state, -2) != LUA_TNIL && name != "string.rep") continue;
    }
    lua_settop(state, stock);
    if (name == "string.format") push_text(state, name);
    push_text(state, member);
    lua_rawget(state, stock);
    if (name == "string.format") lua_pushcclosure(state, format, 2);
    add_member(state, functions, name);
  }
  lua_settop(state, stock - 1);
}

}  // namespace

void add_script_library(Interpreter& interpreter) {
  auto* state = interpreter.state();
  const int top = lua_gettop(state);
  scope::push_functions(interpreter);
  const int functions = top + 1;
  for (const auto& function : own_functions) add_function(state, functions, function);
  scope::push_globals(interpreter);
  const int globals = top + 2;
  // Opening the libraries fills the globals and changes the methods of strings: both are put back.
  push_text(state, "");
  lua_getmetatable(state, -1);
  const int methods = lua_gettop(state);
  lua_newtable(state);
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushcfunction(state, luaopen_base);
  lua_call(state, 0, 1);
  for (const auto* name : stock_functions) {
    lua_getfield(state, -1, name);
    add_member(state, functions, name);
  }
  for (const auto& library : libraries) {
    lua_pushcfunction(state, library.open);
    lua_call(state, 0, 1);
    adopt(state, functions, library.name);
  }
  push_text(state, "");
  lua_pushvalue(state, methods);
  lua_setmetatable(state, -2);
  lua_pushvalue(state, globals);
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_settop(state, top);
}

}  // namespace runbook
