// The tokens of a Lua expression: enough to see where a hole ends, what an expression reads and what it may not do.
// Whether it is Lua at all is for Lua's own parser to say.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runbook {

struct LuaToken {
  enum class Kind { name, keyword, number, string, symbol, unfinished };  // unfinished: a string or comment without end
  Kind kind;
  std::size_t offset;
  std::string_view text;

  bool is(std::string_view symbol_or_keyword) const {
    return (kind == Kind::symbol || kind == Kind::keyword) && text == symbol_or_keyword;
  }
  std::size_t end() const { return offset + text.size(); }
};

// The token that begins at or after `offset`, behind blanks and comments; nullopt at the end.
std::optional<LuaToken> next_lua_token(std::string_view text, std::size_t offset);
std::vector<LuaToken> lua_tokens(std::string_view text);

// What a string token stands for; nullopt when it holds escapes.
std::optional<std::string_view> plain_string(const LuaToken& token);

}  // namespace runbook
