// JSON straight into Lua tables: a Value in between would be outside the sandbox's memory limit.
#include <lauxlib.h>

#include <nlohmann/json.hpp>

#include "expr/interpreter.h"
#include "expr/lua_values.h"

namespace runbook {
namespace {

class LuaBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit LuaBuilder(Interpreter& interpreter) : interpreter_(interpreter), state_(interpreter.state()) {}

  const std::string& error() const { return error_; }

  bool null() override { return lua_pushnil(state_), put(); }
  bool boolean(bool b) override { return lua_pushboolean(state_, b), put(); }
  bool number_integer(std::int64_t i) override { return lua_pushinteger(state_, i), put(); }
  bool number_unsigned(std::uint64_t u) override {
    if (u <= INT64_MAX) return lua_pushinteger(state_, static_cast<lua_Integer>(u)), put();
    return lua_pushnumber(state_, static_cast<double>(u)), put();
  }
  bool number_float(double d, const std::string&) override { return lua_pushnumber(state_, d), put(); }
  bool string(std::string& s) override { return push_text(state_, s), put(); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(false); }
  bool start_array(std::size_t) override { return open(true); }
  bool key(std::string& name) override {
    push_text(state_, name);
    return true;
  }
  bool end_object() override { return mark_map(state_), close(); }
  bool end_array() override { return mark_list(state_), close(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& problem) override {
    if (error_.empty()) error_ = describe(position, problem.what());
    return false;
  }

 private:
  static std::string describe(std::size_t position, std::string message) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …: REASON"
    if (message.find("number overflow") != std::string::npos)
      return "a number is too large at byte " + std::to_string(position);
    const auto begin = message.find("syntax error while");
    const auto dash = message.find(" - ", begin == std::string::npos ? 0 : begin);
    auto reason = dash == std::string::npos ? std::string() : message.substr(dash + 3);
    if (const auto last_read = reason.find("; last read"); last_read != std::string::npos) reason.resize(last_read);
    if (const auto expected = reason.find("; expected"); expected != std::string::npos) reason.resize(expected);
    return (reason.empty() ? "it breaks off" : reason) + " at byte " + std::to_string(position);
  }

  bool open(bool list) {
    if (lists_.size() == static_cast<std::size_t>(deepest_value)) {
      error_ = "it nests deeper than " + std::to_string(deepest_value);
      return false;
    }
    luaL_checkstack(state_, 8, "too deep");
    lua_createtable(state_, 0, 0);
    lists_.push_back(list);
    sizes_.push_back(0);
    return true;
  }
  bool close() {
    lists_.pop_back();
    sizes_.pop_back();
    return put();
  }
  // The value on top goes where it belongs: into the list or map below, or it is the result.
  bool put() {
    interpreter_.charge(1);
    if (lists_.empty()) return true;
    if (lists_.back()) {
      lua_rawseti(state_, -2, ++sizes_.back());
    } else {
      lua_rawset(state_, -3);
    }
    return true;
  }

  Interpreter& interpreter_;
  lua_State* state_;
  std::vector<bool> lists_;  // of the open containers: is it a list?
  std::vector<lua_Integer> sizes_;
  std::string error_;
};

}  // namespace

void push_json(Interpreter& interpreter, std::string_view text, std::string_view what) {
  luaL_checkstack(interpreter.state(), 8, "too deep");
  LuaBuilder builder(interpreter);
  if (nlohmann::json::sax_parse(text, &builder)) return;
  interpreter.fail(std::string(what) + " is not JSON: " + builder.error());
}

}  // namespace runbook
