// Text: the string methods, matches(), and numbers as text.
#include <lauxlib.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "expr/functions/functions.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"

namespace runbook {
namespace {

constexpr std::size_t longest_repeat = 1 << 20;
constexpr std::size_t longest_number = 64;
constexpr std::size_t most_pattern_steps = 100'000'000;  // about a second when the worst comes

// Reads argument 1 and counts the work of going over it once.
std::string_view subject(lua_State* state) {
  const auto text = argument::text(state, 1);
  Interpreter::of(state).charge(text.size() / 16);
  return text;
}

template <char first, char last, int shift>
int change_case(lua_State* state) {
  std::string text(subject(state));
  for (char& c : text)
    if (c >= first && c <= last) c = static_cast<char>(c + shift);
  push_text(state, text);
  return 1;
}

int text_len(lua_State* state) {
  lua_pushinteger(state, static_cast<lua_Integer>(subject(state).size()));
  return 1;
}

// As in Lua: positions from 1, negative ones from the end.
int text_sub(lua_State* state) {
  const auto text = subject(state);
  const auto size = static_cast<lua_Integer>(text.size());
  auto first = argument::integer(state, 2), last = argument::optional_integer(state, 3, -1);
  if (first < 0) first = first < -size ? 1 : size + first + 1;
  if (last < 0) last = last < -size ? 0 : size + last + 1;
  first = std::max<lua_Integer>(first, 1);
  last = std::min(last, size);
  push_text(state, first > last ? std::string_view() : text.substr(first - 1, last - first + 1));
  return 1;
}

int text_rep(lua_State* state) {
  const auto text = subject(state);
  const auto count = argument::integer(state, 2);
  if (count <= 0 || text.empty()) return lua_pushliteral(state, ""), 1;
  if (static_cast<std::uint64_t>(count) > longest_repeat / text.size())
    Interpreter::of(state).fail(argument::caller(state) + " would make more than 1 MiB");
  std::string repeated;
  repeated.reserve(text.size() * static_cast<std::size_t>(count));
  for (lua_Integer i = 0; i < count; ++i) repeated += text;
  push_text(state, repeated);
  return 1;
}

int text_split(lua_State* state) {
  auto text = subject(state);
  const auto separator = argument::text(state, 2);
  if (separator.empty()) Interpreter::of(state).fail(argument::caller(state) + " needs a separator");
  lua_createtable(state, 0, 0);
  for (lua_Integer i = 1;; ++i) {
    Interpreter::of(state).charge(1);
    const auto end = text.find(separator);
    push_text(state, text.substr(0, end));
    lua_rawseti(state, -2, i);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + separator.size());
  }
  mark_list(state);
  return 1;
}

int text_trim(lua_State* state) {
  push_text(state, trim(subject(state)));
  return 1;
}

int text_starts_with(lua_State* state) {
  const auto text = subject(state), part = argument::text(state, 2);
  lua_pushboolean(state, text.substr(0, part.size()) == part);
  return 1;
}

int text_ends_with(lua_State* state) {
  const auto text = subject(state), part = argument::text(state, 2);
  lua_pushboolean(state, text.size() >= part.size() && text.substr(text.size() - part.size()) == part);
  return 1;
}

int text_contains(lua_State* state) {
  const auto text = subject(state);
  lua_pushboolean(state, text.find(argument::text(state, 2)) != std::string_view::npos);
  return 1;
}

// Somewhere in the text; an author who means all of it writes ^ and $.
int matches(lua_State* state) {
  const auto text = subject(state), pattern = argument::text(state, 2);
  auto& interpreter = Interpreter::of(state);
  const auto& compiled = interpreter.pattern(pattern);
  // Linear in the text, but a pattern can be made so that RE2 looks at every state of it for every byte; and a match
  // cannot be stopped half way.
  const auto worst = (text.size() + 1) * static_cast<std::size_t>(std::max(1, compiled.ProgramSize()));
  if (worst > most_pattern_steps) interpreter.fail("`matches`: the pattern is too large for a text of this length");
  interpreter.charge(worst / 64);
  lua_pushboolean(state, re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled));
  return 1;
}

int to_string(lua_State* state) {
  argument::any(state, 1);
  if (lua_isnil(state, 1)) return lua_pushliteral(state, "nil"), 1;
  if (lua_isfunction(state, 1)) argument::refuse(state, 1, "a value");
  push_text(state, to_text(to_value(state, 1)));
  return 1;
}

// nil for what is no number, as in Lua; hexadecimal and blanks around it are allowed.
int to_number(lua_State* state) {
  argument::any(state, 1);
  if (lua_type(state, 1) == LUA_TNUMBER) return lua_settop(state, 1), 1;
  const auto text = lua_type(state, 1) == LUA_TSTRING ? argument::text(state, 1) : std::string_view();
  if (text.empty() || text.size() > longest_number || text.find('\0') != std::string_view::npos ||
      lua_stringtonumber(state, std::string(text).c_str()) == 0)
    lua_pushnil(state);
  return 1;
}

int type_of(lua_State* state) {
  argument::any(state, 1);
  lua_pushstring(state, lua_typename(state, lua_type(state, 1)));
  return 1;
}

template <double (*round)(double)>
int rounded(lua_State* state) {
  const double number = argument::number(state, 1);
  if (lua_isinteger(state, 1)) return lua_settop(state, 1), 1;
  const double whole = round(number);
  lua_Integer integer = 0;
  if (lua_numbertointeger(whole, &integer)) {
    lua_pushinteger(state, integer);
  } else {
    lua_pushnumber(state, whole);  // too large for an integer
  }
  return 1;
}

int absolute(lua_State* state) {
  const double number = argument::number(state, 1);
  if (!lua_isinteger(state, 1)) return lua_pushnumber(state, std::fabs(number)), 1;
  const auto integer = lua_tointeger(state, 1);
  lua_pushinteger(state, integer < 0 ? static_cast<lua_Integer>(0 - static_cast<lua_Unsigned>(integer)) : integer);
  return 1;
}

double floor_of(double number) { return std::floor(number); }
double ceil_of(double number) { return std::ceil(number); }

constexpr std::array text_table{
    Function{"string.upper", change_case<'a', 'z', -32>},
    Function{"string.lower", change_case<'A', 'Z', 32>},
    Function{"string.len", text_len},
    Function{"string.sub", text_sub},
    Function{"string.rep", text_rep},
    Function{"string.split", text_split},
    Function{"string.trim", text_trim},
    Function{"string.starts_with", text_starts_with},
    Function{"string.ends_with", text_ends_with},
    Function{"string.contains", text_contains},
    Function{"matches", matches},
    Function{"tostring", to_string},
    Function{"tonumber", to_number},
    Function{"type", type_of},
    Function{"math.floor", rounded<floor_of>},
    Function{"math.ceil", rounded<ceil_of>},
    Function{"math.abs", absolute},
};

}  // namespace

std::span<const Function> text_functions() { return text_table; }

void push_lines(lua_State* state, std::string_view text) {
  lua_createtable(state, 0, 0);
  lua_Integer i = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    push_text(state, line);
    lua_rawseti(state, -2, ++i);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  mark_list(state);
}

}  // namespace runbook
