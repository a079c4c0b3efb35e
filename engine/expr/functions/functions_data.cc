// Encodings, versions, units and time.
#include <lauxlib.h>

#include <array>
#include <cmath>

#include "base/duration.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/value.h"
#include "expr/functions/functions.h"
#include "expr/functions/semver.h"
#include "expr/functions/timestamp.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"

namespace runbook {
namespace {

constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string_view counted_text(lua_State* state, std::size_t bytes_per_step) {
  const auto text = argument::text(state, 1);
  Interpreter::of(state).charge(text.size() / bytes_per_step);
  return text;
}

int json_encode(lua_State* state) {
  argument::any(state, 1);
  push_text(state, to_json(to_value(state, 1)));
  return 1;
}

int json_decode(lua_State* state) {
  push_json(Interpreter::of(state), argument::text(state, 1), "the text given to `json.decode`");
  return 1;
}

int base64_encode(lua_State* state) {
  push_text(state, runbook::base64_encode(counted_text(state, 8)));
  return 1;
}

int base64_decode(lua_State* state) {
  auto text = counted_text(state, 8);
  auto& interpreter = Interpreter::of(state);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const auto size = text.size();
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  if (size % 4 != 0 || (padding > 0 && (text.size() + padding) % 4 != 0))
    interpreter.fail("`base64.decode`: the length of the text is no multiple of 4");
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  int bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = base64_letters.find(text[i]);
    if (digit == std::string_view::npos)
      interpreter.fail("`base64.decode`: the character at byte " + std::to_string(i + 1) + " is not base64");
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xff);
    }
  }
  push_text(state, out);
  return 1;
}

int sha256_of(lua_State* state) {
  push_text(state, hex(sha256(counted_text(state, 2))));
  return 1;
}

int url_encode(lua_State* state) {
  push_text(state, percent_encode(counted_text(state, 4)));
  return 1;
}

int semver_compare(lua_State* state) {
  const auto left = argument::text(state, 1), right = argument::text(state, 2);
  for (const auto text : {left, right})
    if (!is_version(text))
      Interpreter::of(state).fail("`semver.compare`: `" + std::string(text.substr(0, 80)) +
                                  "` is not a version such as 1.2.3 or v1.2.3-rc.1");
  lua_pushinteger(state, compare_versions(left, right));
  return 1;
}

void push_seconds(lua_State* state, std::int64_t milliseconds) {
  if (milliseconds % 1000 == 0) {
    lua_pushinteger(state, milliseconds / 1000);
  } else {
    lua_pushnumber(state, static_cast<double>(milliseconds) / 1000);
  }
}

[[noreturn]] void bad_unit(lua_State* state, std::string_view text, std::string_view what, std::string_view units) {
  Interpreter::of(state).fail(argument::caller(state) + ": `" + std::string(text.substr(0, 80)) + "` is not " +
                              std::string(what) + "; units are " + std::string(units));
}

int duration_of(lua_State* state) {
  const auto text = argument::text(state, 1);
  const auto parsed = parse_duration(text, true);
  if (!parsed) bad_unit(state, text, "a length of time such as 1h30m", duration_units);
  push_seconds(state, parsed->count());
  return 1;
}

int bytes_of(lua_State* state) {
  const auto text = argument::text(state, 1);
  const auto parsed = parse_size(text);
  if (!parsed) bad_unit(state, text, "a size such as 10MiB", size_units);
  lua_pushinteger(state, static_cast<lua_Integer>(*parsed));
  return 1;
}

int time_parse(lua_State* state) {
  const auto text = argument::text(state, 1);
  const auto time = parse_timestamp(text);
  if (!time)
    Interpreter::of(state).fail("`time.parse`: `" + std::string(text.substr(0, 80)) +
                                "` is not a time such as 2024-05-01T12:30:00Z");
  push_seconds(state, *time);
  return 1;
}

int time_format(lua_State* state) {
  const double seconds = argument::number(state, 1);
  const auto text = seconds >= -62135596800.0 && seconds < 253402300800.0
                        ? write_timestamp(static_cast<std::int64_t>(std::llround(seconds * 1000)))
                        : std::string();
  if (text.empty()) Interpreter::of(state).fail("`time.format`: the time is outside the years 1 to 9999");
  push_text(state, text);
  return 1;
}

constexpr std::array data_table{
    Function{"json.encode", json_encode},
    Function{"json.decode", json_decode},
    Function{"base64.encode", base64_encode},
    Function{"base64.decode", base64_decode},
    Function{"sha256", sha256_of},
    Function{"url.encode", url_encode},
    Function{"semver.compare", semver_compare},
    Function{"duration", duration_of},
    Function{"bytes", bytes_of},
    Function{"time.parse", time_parse},
    Function{"time.format", time_format},
};

}  // namespace

std::span<const Function> data_functions() { return data_table; }

}  // namespace runbook
