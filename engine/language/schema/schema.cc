#include "language/schema/schema.h"

#include <re2/re2.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "language/keys/shape.h"
#include "language/patterns.h"
#include "language/schema/schema_rules.h"

namespace runbook {
namespace {

using Json = nlohmann::ordered_json;

Json any_of(std::initializer_list<Json> alternatives) { return {{"anyOf", Json(Json::array_t(alternatives))}}; }

Json reference(std::string_view definition) { return {{"$ref", "#/definitions/" + std::string(definition)}}; }

bool keeps(const TextRule& rule, std::string_view text) {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), rule.pattern) != rule.refuses;
}

bool keeps(const TextRules& rules, std::string_view text) {
  return std::all_of(rules.begin(), rules.end(), [&](const TextRule& rule) { return keeps(rule, text); });
}

// The loader takes a scalar as it is written, but to a schema `5` and `true` are no strings, and no pattern judges
// them.
Json types_of(const TextRules& rules) {
  Json types = Json::array({"string"});
  if (keeps(rules, "0.5"))
    types.push_back("number");
  else if (keeps(rules, "0"))
    types.push_back("integer");
  if (keeps(rules, "true") || keeps(rules, "True") || keeps(rules, "TRUE")) types.push_back("boolean");
  return types.size() == 1 ? types[0] : types;
}

// Each rule is asked only of a text that keeps those before it, as the loader does: one mistake, one message, which
// editors show instead of the pattern (`patternErrorMessage`). Of a `not` they say only that it is one, so what a rule
// refuses is refused by a `then` that nothing fits.
Json rules_schema(const TextRules& rules, std::size_t first = 0) {
  if (first == rules.size()) return Json::object();
  const auto& rule = rules[first];
  const Json holds{{"pattern", rule.pattern}}, message{{"patternErrorMessage", rule.says}};
  auto rest = rules_schema(rules, first + 1);
  if (rule.refuses) {
    Json schema{{"if", holds}, {"then", {{"pattern", "^$"}}}};
    schema["then"].update(message);
    if (!rest.empty()) schema["else"] = std::move(rest);
    return schema;
  }
  auto schema = holds;
  schema.update(message);
  if (rest.empty()) return schema;
  schema["if"] = holds;
  schema["then"] = std::move(rest);
  return schema;
}

Json text_schema(const TextRules& rules, Json types) {
  Json schema{{"type", std::move(types)}};
  schema.update(rules_schema(rules));
  return schema;
}

Json text_schema(const Shape& shape) {
  TextRules rules;
  if (!shape.may_be_empty && (keeps(shape.rules, "") || keeps(shape.rules, " "))) rules = filled_rules();
  rules.insert(rules.end(), shape.rules.begin(), shape.rules.end());
  auto types = types_of(rules);
  return text_schema(rules, std::move(types));
}

Json measure(const std::string& form, const std::string& bounds, const std::string& says, const std::string& too_large,
             bool may_be_zero) {
  TextRules rules{{form, says}, {"[0-9]", says}, {bounds, too_large}};
  if (!may_be_zero) rules.push_back({"[1-9]", "must be larger than zero"});
  auto schema = text_schema(rules, "string");
  schema["errorMessage"] = says;  // of a number
  return schema;
}

Json duration_schema(bool may_be_zero) {
  return measure(duration_pattern(), bounded_duration_pattern(),
                 "must be a length of time such as `500ms`, `30s` or `1h30m`", "must be at most 366 days", may_be_zero);
}

Json size_schema(bool may_be_zero) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return measure(size_pattern(), bounded_size_pattern(most), "must be a size such as `512B`, `64KiB` or `10MiB`",
                 "is too large", may_be_zero);
}

// Of alternatives editors show the mistakes of one. Those of different types need none: what a keyword says of one type
// is nothing to the others.
Json either_schema(Json a, Json b) {
  const auto mergeable = [](const Json& schema) {
    return schema.contains("type") && !schema.contains("if") && !schema.contains("anyOf") && !schema.contains("oneOf");
  };
  const auto types_in = [](const Json& schema) {
    return schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
  };
  bool apart = mergeable(a) && mergeable(b);
  for (const auto& [key, value] : b.items()) apart = apart && (key == "type" || !a.contains(key));
  if (!apart) return any_of({std::move(a), std::move(b)});
  auto types = types_in(a);
  for (const auto& type : types_in(b)) {
    if (std::find(types.begin(), types.end(), type) != types.end()) return any_of({std::move(a), std::move(b)});
    types.push_back(type);
  }
  a.update(b);
  a["type"] = std::move(types);
  return a;
}

// The value of a key, without its description.
Json schema_of(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::text:
    case Shape::Kind::pattern: return text_schema(shape);
    case Shape::Kind::expression: return text_schema(text_shape(expression_rules()));
    case Shape::Kind::boolean: return {{"type", "boolean"}};
    case Shape::Kind::integer:
      return {{"type", "integer"}, {"minimum", static_cast<int>(shape.min)}, {"maximum", static_cast<int>(shape.max)}};
    case Shape::Kind::number: return {{"type", "number"}, {"minimum", shape.min}, {"maximum", shape.max}};
    case Shape::Kind::duration: return reference(shape.may_be_empty ? "duration_or_zero" : "duration");
    case Shape::Kind::size: return reference("size");
    case Shape::Kind::choice: {
      Json list = Json::array();  // constants rather than `enum`, so that an editor can explain each
      for (const auto& choice : shape.choices) list.push_back({{"const", choice.value}, {"description", choice.doc}});
      return {{"type", "string"}, {"oneOf", std::move(list)}};
    }
    case Shape::Kind::anything: return Json::object();
    case Shape::Kind::object: return reference(object_info(shape.object).name);
    case Shape::Kind::list: {
      Json list{{"type", "array"}, {"items", schema_of(shape.of[0])}};
      if (shape.of.size() > 1) {
        list["additionalItems"] = std::move(list["items"]);
        list["items"] = Json::array({schema_of(shape.of[1])});
      }
      if (!shape.may_be_empty) list["minItems"] = 1;
      return list;
    }
    case Shape::Kind::map: {
      Json map{{"type", "object"}, {"errorMessage", "must be a map"}, {"additionalProperties", schema_of(shape.of[0])}};
      if (!shape.rules.empty()) map["propertyNames"] = text_schema(shape.rules, "string");
      return map;
    }
    case Shape::Kind::either: return either_schema(schema_of(shape.of[0]), schema_of(shape.of[1]));
  }
  return Json::object();
}

Json property(const KeyInfo& key) {
  Json described{{"description", std::string(key.doc) + "."}};
  auto schema = schema_of(key.shape);
  if (schema.contains("$ref")) {
    described["allOf"] = Json::array({std::move(schema)});  // draft-07 ignores what stands beside a `$ref`
  } else {
    described.update(schema);
  }
  return described;
}

Json object_schema(const ObjectInfo& object) {
  Json schema{{"description", object.doc}, {"type", "object"}, {"additionalProperties", false}};
  Json required = Json::array();
  for (const auto& key : object.keys) {
    if (!key.supported) continue;
    schema["properties"][std::string(key.name)] = property(key);
    if (key.required) required.push_back(key.name);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  schema.update(Json::parse(rules_between_keys_json(object)), true);
  return schema;
}

}  // namespace

std::string runbook_schema_json() {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"$id", "runbook.v1.schema.json"},
              {"title", "Runbook v1"}};
  schema.update(object_schema(object_info(Object::runbook)));
  schema["definitions"] = {{"duration", duration_schema(false)},
                           {"duration_or_zero", duration_schema(true)},
                           {"size", size_schema(false)},
                           {"size_or_zero", size_schema(true)}};
  for (const auto& object : all_objects())
    if (object.object != Object::runbook) schema["definitions"][std::string(object.name)] = object_schema(object);
  return schema.dump(2) + "\n";
}

}  // namespace runbook
