#include "language/keys/shape.h"

#include <utility>

#include "yaml/scalar.h"

namespace runbook {
namespace {

Shape of_kind(Shape::Kind kind) {
  Shape shape;
  shape.kind = kind;
  return shape;
}

Shape text(TextRules rules, bool templated, bool may_be_empty) {
  auto shape = of_kind(Shape::Kind::text);
  shape.templated = templated;
  shape.may_be_empty = may_be_empty;
  shape.rules = std::move(rules);
  return shape;
}

TextRule no_keyword() {
  std::string words;
  for (const auto& word : lua_keywords) words += (words.empty() ? "" : "|") + std::string(word);
  return {"^(" + words + ")$", "is a word of the expression language; choose another", true};
}

}  // namespace

Shape text_shape(TextRules rules) { return text(std::move(rules), false, false); }
Shape text_or_empty() { return text({}, false, true); }
Shape template_shape(TextRules rules) { return text(std::move(rules), true, false); }
Shape template_or_empty(TextRules rules) { return text(std::move(rules), true, true); }

Shape pattern_shape(TextRules rules) {
  auto shape = of_kind(Shape::Kind::pattern);
  shape.rules = std::move(rules);
  return shape;
}

Shape expression_shape() { return of_kind(Shape::Kind::expression); }
Shape boolean_shape() { return of_kind(Shape::Kind::boolean); }

Shape integer_shape(double min, double max) {
  auto shape = of_kind(Shape::Kind::integer);
  shape.min = min;
  shape.max = max;
  return shape;
}

Shape number_shape(double min, double max) {
  auto shape = integer_shape(min, max);
  shape.kind = Shape::Kind::number;
  return shape;
}

Shape duration_shape() { return of_kind(Shape::Kind::duration); }

Shape duration_or_zero() {
  auto shape = duration_shape();
  shape.may_be_empty = true;
  return shape;
}

Shape size_shape() { return of_kind(Shape::Kind::size); }

Shape choice_shape(std::vector<Choice> choices) {
  auto shape = of_kind(Shape::Kind::choice);
  shape.choices = std::move(choices);
  return shape;
}

Shape anything_shape() { return of_kind(Shape::Kind::anything); }

Shape object_shape(Object object) {
  auto shape = of_kind(Shape::Kind::object);
  shape.object = object;
  return shape;
}

Shape list_of(Shape item) {
  auto shape = of_kind(Shape::Kind::list);
  shape.of.push_back(std::move(item));
  return shape;
}

Shape list_or_empty(Shape item) {
  auto shape = list_of(std::move(item));
  shape.may_be_empty = true;
  return shape;
}

Shape list_with_first(Shape first, Shape item) {
  auto shape = list_of(std::move(item));
  shape.of.push_back(std::move(first));
  return shape;
}

Shape map_of(Shape value, TextRules keys) {
  auto shape = of_kind(Shape::Kind::map);
  shape.rules = std::move(keys);
  shape.of.push_back(std::move(value));
  return shape;
}

Shape either(Shape a, Shape b) {
  auto shape = of_kind(Shape::Kind::either);
  shape.of.push_back(std::move(a));
  shape.of.push_back(std::move(b));
  return shape;
}

TextRules filled_rules() { return {{"[^ \\t\\r\\n]", "must not be empty"}}; }

// No expression begins with `$`.
TextRules expression_rules() { return {{"^[ \\t\\r\\n]*[^$ \\t\\r\\n]", "must be an expression, without `${{ }}`"}}; }

TextRules no_template_rules() { return {{"\\$\\{\\{", "takes no `${{ }}`: write it out", true}}; }

TextRules variable_rules() {
  return {{"^[A-Za-z_][A-Za-z0-9_]*$", "must be letters, digits and `_`, not a digit first"}};
}

TextRules own_variable_rules() {
  auto rules = variable_rules();
  rules.push_back({"^(RUNBOOK_OUTPUT|RB_V[0-9]+)$", "is set by the engine itself; choose another name", true});
  return rules;
}

TextRules name_rules() {
  auto rules = variable_rules();
  rules.push_back(no_keyword());
  return rules;
}

TextRules step_id_rules() {
  return {{"^[a-z][a-z0-9_]{0,63}$", "must be lower-case letters, digits and `_`, a letter first, at most 64"},
          no_keyword()};
}

TextRules runbook_name_rules() {
  return {{"^[a-z0-9-]{1,64}$", "must be lower-case letters, digits and `-`, at most 64"}};
}

}  // namespace runbook
