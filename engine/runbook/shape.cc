#include "runbook/shape.h"

#include <utility>

namespace runbook {
namespace {

Shape of_kind(Shape::Kind kind) {
  Shape shape;
  shape.kind = kind;
  return shape;
}

}  // namespace

Shape text_shape() { return of_kind(Shape::Kind::text); }

Shape template_shape() {
  auto shape = of_kind(Shape::Kind::text);
  shape.templated = true;
  return shape;
}

Shape pattern_shape(std::string_view pattern) {
  auto shape = of_kind(Shape::Kind::pattern);
  shape.pattern = pattern;
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

Shape map_of(Shape value, std::string_view key_pattern) {
  auto shape = of_kind(Shape::Kind::map);
  shape.pattern = key_pattern;
  shape.of.push_back(std::move(value));
  return shape;
}

Shape either(Shape a, Shape b) {
  auto shape = of_kind(Shape::Kind::either);
  shape.of.push_back(std::move(a));
  shape.of.push_back(std::move(b));
  return shape;
}

}  // namespace runbook
