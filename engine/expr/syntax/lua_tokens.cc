#include "expr/syntax/lua_tokens.h"

#include <algorithm>
#include <array>

namespace runbook {
namespace {

using Kind = LuaToken::Kind;

// Our own, because the answers of <cctype> depend on the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

constexpr std::array<std::string_view, 22> keywords{
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};

// Longest first. `!=`, `&&` and `||` are not Lua, but seeing them whole makes a better message.
constexpr std::array<std::string_view, 16> long_symbols{"...", "..", "==", "~=", "<=", ">=", "<<", ">>",
                                                        "//",  "::", "!=", "&&", "||", "+=", "-=", "=>"};

// Length of `[[`, `[=[`… at `at`; 0 when there is none.
std::size_t long_bracket(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] != '[') return 0;
  std::size_t i = at + 1;
  while (i < text.size() && text[i] == '=') ++i;
  return i < text.size() && text[i] == '[' ? i + 1 - at : 0;
}

// The end of the long string whose opening bracket has `length` bytes; npos when it has none.
std::size_t long_string_end(std::string_view text, std::size_t at, std::size_t length) {
  const std::string close = "]" + std::string(length - 2, '=') + "]";
  const auto end = text.find(close, at + length);
  return end == std::string_view::npos ? end : end + close.size();
}

std::size_t number_end(std::string_view text, std::size_t at) {
  const bool hexadecimal = text[at] == '0' && at + 1 < text.size() && (text[at + 1] | 0x20) == 'x';
  const char exponent = hexadecimal ? 'p' : 'e';
  auto i = at;
  while (i < text.size()) {
    if ((text[i] | 0x20) == exponent && i + 1 < text.size() && (text[i + 1] == '+' || text[i + 1] == '-')) {
      i += 2;
    } else if (is_digit(text[i]) || is_letter(text[i]) || text[i] == '.') {
      // Two dots are a concatenation, `1..2`; Lua calls that malformed and so it is reported, but as Lua sees it.
      ++i;
    } else {
      break;
    }
  }
  return i;
}

LuaToken quoted(std::string_view text, std::size_t at) {
  auto i = at + 1;
  while (i < text.size() && text[i] != text[at]) {
    if (text[i] == '\n') return {Kind::unfinished, at, text.substr(at, i - at)};
    if (text[i] == '\\' && text.substr(i + 1, 1) == "z") {  // \z skips line ends too
      for (i += 2; i < text.size() && is_blank(text[i]);) ++i;
      continue;
    }
    i += text[i] == '\\' ? 2 : 1;
  }
  if (i >= text.size()) return {Kind::unfinished, at, text.substr(at)};
  return {Kind::string, at, text.substr(at, i + 1 - at)};
}

}  // namespace

std::optional<LuaToken> next_lua_token(std::string_view text, std::size_t i) {
  for (;;) {
    while (i < text.size() && is_blank(text[i])) ++i;
    if (text.substr(i < text.size() ? i : text.size(), 2) != "--") break;
    if (const auto length = long_bracket(text, i + 2)) {
      const auto end = long_string_end(text, i + 2, length);
      if (end == std::string_view::npos) return LuaToken{Kind::unfinished, i, text.substr(i)};
      i = end;
    } else {
      while (i < text.size() && text[i] != '\n') ++i;
    }
  }
  if (i >= text.size()) return std::nullopt;
  const char c = text[i];
  if (is_letter(c)) {
    auto end = i;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
    const auto word = text.substr(i, end - i);
    const bool keyword = std::find(keywords.begin(), keywords.end(), word) != keywords.end();
    return LuaToken{keyword ? Kind::keyword : Kind::name, i, word};
  }
  if (is_digit(c) || (c == '.' && i + 1 < text.size() && is_digit(text[i + 1])))
    return LuaToken{Kind::number, i, text.substr(i, number_end(text, i) - i)};
  if (c == '"' || c == '\'') return quoted(text, i);
  if (const auto length = long_bracket(text, i)) {
    const auto end = long_string_end(text, i, length);
    if (end == std::string_view::npos) return LuaToken{Kind::unfinished, i, text.substr(i)};
    return LuaToken{Kind::string, i, text.substr(i, end - i)};
  }
  for (const auto symbol : long_symbols)
    if (text.substr(i, symbol.size()) == symbol) return LuaToken{Kind::symbol, i, text.substr(i, symbol.size())};
  return LuaToken{Kind::symbol, i, text.substr(i, 1)};
}

std::vector<LuaToken> lua_tokens(std::string_view text) {
  std::vector<LuaToken> tokens;
  for (auto token = next_lua_token(text, 0); token; token = next_lua_token(text, token->end()))
    tokens.push_back(*token);
  return tokens;
}

std::optional<std::string_view> plain_string(const LuaToken& token) {
  if (token.kind != Kind::string) return std::nullopt;
  auto text = token.text;
  if (text[0] == '[') {
    const auto length = long_bracket(text, 0);
    text = text.substr(length, text.size() - 2 * length);
    if (!text.empty() && (text[0] == '\n' || text[0] == '\r')) return std::nullopt;
    return text;
  }
  text = text.substr(1, text.size() - 2);
  if (text.find('\\') != std::string_view::npos) return std::nullopt;
  return text;
}

}  // namespace runbook
