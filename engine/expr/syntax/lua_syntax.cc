#include "expr/syntax/lua_syntax.h"

#include <lauxlib.h>
#include <lua.h>

#include <memory>

#include "base/check.h"
#include "expr/syntax/lua_tokens.h"

namespace runbook {
namespace {

constexpr std::string_view prefix = "return (";

// Hands Lua one byte at a time, so that after an error we know how far it had read: exactly one byte past the token
// it stumbled over. Lua itself would only tell the line.
struct Reader {
  std::string_view text;
  std::size_t read = 0;
  static const char* next(lua_State*, void* data, std::size_t* size) {
    auto& self = *static_cast<Reader*>(data);
    if (self.read == self.text.size()) return *size = 0, nullptr;
    *size = 1;
    return self.text.data() + self.read++;
  }
};

lua_State* parser() {
  struct Close {
    void operator()(lua_State* state) const { lua_close(state); }
  };
  static thread_local std::unique_ptr<lua_State, Close> state(luaL_newstate());
  CHECK(state != nullptr);
  return state.get();
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// What people bring along from other languages.
std::string habit(const LuaToken& token, const LuaToken* next, bool expression) {
  const auto then = next && next->offset == token.end() ? next->text : std::string_view();
  if (token.text == "!=" || (token.text == "!" && then == "=")) return "`not equal` is written `~=`";
  if (token.text == "&&" || (token.text == "&" && then == "&")) return "write `and`";
  if (token.text == "||" || (token.text == "|" && then == "|")) return "write `or`";
  if (token.text == "!") return "write `not`";
  if (token.text == "?") return "write `condition and this or that`";
  if (token.text == "=>" || token.text == "->") return "write `function(x) return … end`";
  if (token.text == "$" || token.text == "`")
    return expression ? "an expression is plain Lua, without `$`"
                      : "a script is plain Lua: write `params.x`, without `${{ }}`";
  if (token.text == "+=" || token.text == "-=") return "write `x = x + …`";
  return "";
}

// Where the text ends for a person: behind its last token.
std::size_t end_of(const std::vector<LuaToken>& tokens) { return tokens.empty() ? 0 : tokens.back().end(); }

LuaSyntaxError explain(std::string message, std::string_view text, std::size_t reached, Dialect dialect) {
  const bool expression = dialect == Dialect::expression;
  if (const auto colon = message.find(": "); message.rfind("expression:", 0) == 0 && colon != std::string::npos)
    message.erase(0, colon + 2);
  std::string near;
  if (const auto at = message.rfind(" near "); at != std::string::npos) {
    near = message.substr(at + 6);
    message.erase(at);
    if (near.size() >= 2 && near.front() == '\'') near = near.substr(1, near.size() - 2);
  }
  // The token Lua stopped at: the last one that begins before what it had read.
  const auto tokens = lua_tokens(text);
  std::size_t stop = tokens.size();
  for (std::size_t i = 0; i < tokens.size() && tokens[i].offset < reached; ++i)
    if (near == tokens[i].text || near.empty() || tokens[i].text.rfind(near, 0) == 0) stop = i;
  if (stop == tokens.size()) {  // a broken string or number: Lua shows only its beginning
    for (std::size_t i = 0; i < tokens.size() && tokens[i].offset < reached; ++i)
      if (tokens[i].kind == LuaToken::Kind::unfinished || (!near.empty() && near.rfind(tokens[i].text, 0) == 0) ||
          (tokens[i].kind == LuaToken::Kind::string && tokens[i].end() >= reached))
        stop = i;
  }
  const bool bare = message == "unexpected symbol" || message == "syntax error" ||
                    (expression && message.rfind("')' expected", 0) == 0);
  if (stop == tokens.size() || near == "<eof>" || (expression && near == ")" && reached > text.size())) {
    const bool ends_early = message == "unexpected symbol" || message == "syntax error";
    replace_all(message, "'", "`");
    if (ends_early) message = expression ? "the expression ends too early" : "the script ends too early";
    return {std::move(message), "", expression ? text.size() : end_of(tokens), 0};
  }
  const auto& token = tokens[stop];
  const auto* next = stop + 1 < tokens.size() ? &tokens[stop + 1] : nullptr;
  LuaSyntaxError error{std::move(message), habit(token, next, expression), token.offset, token.text.size()};
  if (token.is("=") && bare && expression) {
    error.message = "an expression cannot assign";
    error.help = "to compare, write `==`";
    error.refused = true;
  } else if (bare) {
    error.message = "unexpected `" + std::string(token.text) + "`";
  } else {
    if (error.message.rfind("invalid escape sequence", 0) == 0 || error.message.rfind("unfinished string", 0) == 0)
      error.help = "in quotes a backslash is written `\\\\`; in `[[…]]` everything stands for itself";
    replace_all(error.message, "'", "`");
  }
  return error;
}

// Parentheses that only match the ones we add around the expression: `1) + (2`.
std::optional<LuaSyntaxError> unbalanced(std::string_view text) {
  int depth = 0;
  for (const auto& token : lua_tokens(text)) {
    if (token.is("(")) ++depth;
    if (token.is(")") && --depth < 0) return LuaSyntaxError{"unexpected `)`", "", token.offset, 1};
  }
  return std::nullopt;
}

}  // namespace

std::string lua_chunk(std::string_view expression) {
  std::string chunk(prefix);
  chunk += expression;
  return chunk += "\n)";  // the line end closes a comment
}

std::optional<LuaSyntaxError> check_lua_syntax(std::string_view text, Dialect dialect) {
  const bool expression = dialect == Dialect::expression;
  const auto what = std::string(expression ? "expression" : dialect == Dialect::script ? "script" : "module");
  if (const auto longest = expression ? longest_expression : longest_script; text.size() > longest)
    return LuaSyntaxError{"the " + what + " is longer than " + std::to_string(longest) + " bytes",
                          expression ? "move the work into a `lua` step" : "move parts of it into modules", 0, 0};
  if (!next_lua_token(text, 0))
    return LuaSyntaxError{(expression ? "an " : "a ") + what + " is missing", "", 0, text.size()};
  if (auto error = expression ? unbalanced(text) : std::nullopt) return error;
  const auto chunk = expression ? lua_chunk(text) : std::string(text);
  Reader reader{chunk};
  auto* state = parser();
  const int status = lua_load(state, Reader::next, &reader, "=expression", "t");
  std::optional<LuaSyntaxError> error;
  if (status != LUA_OK) {
    std::size_t size = 0;
    const char* message = lua_tolstring(state, -1, &size);
    const auto before = expression ? prefix.size() : 0;
    error = explain(message ? std::string(message, size) : "Lua cannot read this", text,
                    reader.read < before ? 0 : reader.read - before, dialect);
  }
  lua_settop(state, 0);
  return error;
}

}  // namespace runbook
