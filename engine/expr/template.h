// Template: text with `${{ expression }}` holes, and trees of such texts.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/value.h"
#include "expr/expression.h"

namespace runbook {

struct Template {
  Text source;
  std::vector<std::variant<std::string, Expression>> parts;  // literal text and holes, in order

  bool is_literal() const;      // no holes
  std::string literal() const;  // REQUIRES: is_literal()
  // Calls `visit(const Expression&)` for each hole.
  template <class Visit>
  void each_expression(Visit&& visit) const {
    for (const auto& part : parts)
      if (const auto* expression = std::get_if<Expression>(&part)) visit(*expression);
  }
};

// `$${{` stands for a literal `${{`. An unclosed or empty `${{` is an error at its place. `}}` inside a Lua string or
// table of the expression does not end it.
Template parse_template(Text text, Diagnostics& diagnostics);

// A value whose strings are templates: `vars`, `http.json`. Scalars that are not strings are literals.
struct ValueTemplate {
  using List = std::vector<ValueTemplate>;
  using Map = std::vector<std::pair<Text, ValueTemplate>>;
  std::variant<Value, Template, List, Map> data;
  Span span;

  void each_expression(const std::function<void(const Expression&)>& visit) const;
};

}  // namespace runbook
