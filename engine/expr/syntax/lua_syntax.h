// Asks Lua's own parser whether a text is one expression, or a script.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "expr/syntax/dialect.h"

namespace runbook {

// Longer expressions are refused: they belong into a script of their own.
inline constexpr std::size_t longest_expression = 8192;
inline constexpr std::size_t longest_script = 256 << 10;

struct LuaSyntaxError {
  std::string message;
  std::string help;  // may be empty
  std::size_t offset = 0;
  std::size_t length = 0;
  bool refused = false;  // Lua, but not what an expression may do (an assignment)
};
// Lua's messages may say " at line N": lines count from the beginning of the text.
std::optional<LuaSyntaxError> check_lua_syntax(std::string_view text, Dialect dialect = Dialect::expression);

// What is compiled for an expression. The parentheses make `a, b` an error rather than two results.
std::string lua_chunk(std::string_view expression);

}  // namespace runbook
