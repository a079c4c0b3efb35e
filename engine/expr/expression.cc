#include "expr/expression.h"

#include "expr/syntax/lua_syntax.h"
#include "expr/syntax/read_references.h"
#include "source/codes.h"

namespace runbook {

Expression parse_expression(Text text, Diagnostics& diagnostics) {
  Expression expression{std::move(text), {}};
  if (const auto syntax = check_lua_syntax(expression.text.value)) {
    const auto code = syntax->refused ? code::expression_refused : code::expression_syntax;
    auto& error = diagnostics.error(code, expression.text.at(syntax->offset, syntax->length), syntax->message);
    error.help = syntax->help;
    return expression;
  }
  expression.references = read_references(expression.text, Dialect::expression, diagnostics).data;
  return expression;
}

}  // namespace runbook
