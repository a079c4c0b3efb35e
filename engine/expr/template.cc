#include "expr/template.h"

#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "expr/syntax/lua_tokens.h"
#include "source/codes.h"

namespace runbook {
namespace {

struct HoleEnd {
  std::size_t at = std::string_view::npos;  // of `}}`; npos when the hole is never closed
  std::optional<LuaToken> unfinished;       // the string or comment that swallowed the rest
};

// Where the hole whose expression begins at `begin` ends. Reads Lua, because `}}` may stand in a string or close two
// tables.
HoleEnd find_end(std::string_view text, std::size_t begin) {
  std::size_t tables = 0;
  for (auto token = next_lua_token(text, begin); token; token = next_lua_token(text, token->end())) {
    if (token->kind == LuaToken::Kind::unfinished) {
      // Only the rest of this line is lost for a quoted string; a `}}` after that would be a guess.
      return {std::string_view::npos, token};
    }
    if (token->is("{")) ++tables;
    if (!token->is("}")) continue;
    if (tables > 0) {
      --tables;
    } else if (text.substr(token->offset, 2) == "}}") {
      return {token->offset, std::nullopt};
    }
  }
  return {};
}

// The expression's text without the blanks around it, and its own place.
Text inner(const Text& source, std::size_t begin, std::size_t end) {
  const auto whole = std::string_view(source.value).substr(begin, end - begin);
  const auto trimmed = trim(whole);
  if (!trimmed.empty()) begin += static_cast<std::size_t>(trimmed.data() - whole.data());
  Text text;
  text.value = trimmed;
  text.span = source.at(begin, trimmed.size());
  text.plain = true;  // it stands in the file as it is, or its span is the whole scalar and does not match
  return text;
}

void report_unclosed(const Text& source, std::size_t open, const HoleEnd& end, Diagnostics& diagnostics) {
  auto& error = diagnostics.error(code::template_syntax, source.at(open, 3), "this `${{` is never closed");
  error.help = "end it with `}}`; for the characters themselves write `$${{`";
  if (end.unfinished) {
    error.notes.push_back(end.unfinished->text.substr(0, 2) == "--"
                              ? "a comment that begins in it never ends"
                              : "a string that begins in it never ends: `" +
                                    elide_middle(printable(end.unfinished->text), 40) + "`");
  }
}

}  // namespace

bool Template::is_literal() const {
  for (const auto& part : parts)
    if (std::holds_alternative<Expression>(part)) return false;
  return true;
}

std::string Template::literal() const {
  CHECK(is_literal());
  std::string text;
  for (const auto& part : parts) text += std::get<std::string>(part);
  return text;
}

Template parse_template(Text source, Diagnostics& diagnostics) {
  Template result;
  result.source = std::move(source);
  const std::string_view text = result.source.value;
  std::string literal;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto open = text.find("${{", at);
    literal += text.substr(at, open - at);
    if (open == std::string_view::npos) break;
    if (open > at && text[open - 1] == '$') {  // `$${{`: one `$` goes
      literal += "{{";
      at = open + 3;
      continue;
    }
    const auto end = find_end(text, open + 3);
    if (end.at == std::string_view::npos) {
      report_unclosed(result.source, open, end, diagnostics);
      literal += text.substr(open);
      break;
    }
    at = end.at + 2;
    if (!next_lua_token(text.substr(0, end.at), open + 3)) {
      diagnostics.error(code::template_syntax, result.source.at(open, at - open), "this `${{ }}` is empty").help =
          "write an expression in it, such as `${{ params.version }}`";
      continue;
    }
    if (!literal.empty()) result.parts.emplace_back(std::exchange(literal, {}));
    result.parts.emplace_back(parse_expression(inner(result.source, open + 3, end.at), diagnostics));
  }
  if (!literal.empty()) result.parts.emplace_back(std::move(literal));
  return result;
}

// Here, where an entry is complete.
ValueTemplate::ValueTemplate() = default;
ValueTemplate::ValueTemplate(std::variant<Value, Template, List, Map> what, Span where)
    : data(std::move(what)), span(where) {}
ValueTemplate::ValueTemplate(const ValueTemplate&) = default;
ValueTemplate::ValueTemplate(ValueTemplate&&) noexcept = default;
ValueTemplate& ValueTemplate::operator=(const ValueTemplate&) = default;
ValueTemplate& ValueTemplate::operator=(ValueTemplate&&) noexcept = default;
ValueTemplate::~ValueTemplate() = default;

void ValueTemplate::each_expression(const std::function<void(const Expression&)>& visit) const {
  if (const auto* text = std::get_if<Template>(&data)) {
    text->each_expression(visit);
  } else if (const auto* list = std::get_if<List>(&data)) {
    for (const auto& item : *list) item.each_expression(visit);
  } else if (const auto* map = std::get_if<Map>(&data)) {
    for (const auto& [key, item] : *map) item.each_expression(visit);
  }
}

}  // namespace runbook
