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
  struct Entry;
  using List = std::vector<ValueTemplate>;
  using Map = std::vector<Entry>;
  std::variant<Value, Template, List, Map> data;
  Span span;

  ValueTemplate();
  ValueTemplate(std::variant<Value, Template, List, Map> what, Span where);
  ValueTemplate(const ValueTemplate&);
  ValueTemplate(ValueTemplate&&) noexcept;
  ValueTemplate& operator=(const ValueTemplate&);
  ValueTemplate& operator=(ValueTemplate&&) noexcept;
  ~ValueTemplate();

  void each_expression(const std::function<void(const Expression&)>& visit) const;
};

struct ValueTemplate::Entry {
  Entry(Text name, ValueTemplate what) : key(std::move(name)), value(std::move(what)) {}
  Text key;
  ValueTemplate value;
};

}  // namespace runbook
