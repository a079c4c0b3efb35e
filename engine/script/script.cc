#include "script/script.h"

#include <charconv>

#include "expr/syntax/lua_syntax.h"
#include "expr/syntax/read_references.h"
#include "source/codes.h"

namespace runbook {
namespace {

constexpr std::string_view at_line = " at line ";

// Lua speaks of lines of the text; an author of lines of the file.
std::string in_lines_of_the_file(std::string message, const Text& text) {
  const auto found = message.find(at_line);
  if (found == std::string::npos || !text.span) return message;
  const auto begin = found + at_line.size();
  int line = 0;
  const auto [end, error] = std::from_chars(message.data() + begin, message.data() + message.size(), line);
  if (error != std::errc()) return message;
  const auto digits = static_cast<std::size_t>(end - message.data()) - begin;
  return message.replace(begin, digits, std::to_string(line_of(text, line).line()));
}

}  // namespace

Script parse_script(Text text, Dialect dialect, Diagnostics& diagnostics) {
  Script script{std::move(text), {}, {}};
  if (const auto syntax = check_lua_syntax(script.text.value, dialect)) {
    auto& error = diagnostics.error(code::expression_syntax, script.text.at(syntax->offset, syntax->length),
                                    in_lines_of_the_file(syntax->message, script.text));
    error.help = syntax->help;
    return script;
  }
  auto found = read_references(script.text, dialect, diagnostics);
  script.references = std::move(found.data);
  script.required = std::move(found.modules);
  return script;
}

Span line_of(const Text& text, int line) {
  std::size_t offset = 0;
  for (int i = 1; i < line; ++i) {
    const auto end = text.value.find('\n', offset);
    if (end == std::string::npos) break;
    offset = end + 1;
  }
  return text.at(offset, 0);
}

}  // namespace runbook
