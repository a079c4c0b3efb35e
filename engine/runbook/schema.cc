#include "runbook/schema.h"

#include <nlohmann/json.hpp>

#include "runbook/shape.h"

namespace runbook {
namespace {

using Json = nlohmann::ordered_json;

Json requires_key(std::string_view key) { return {{"required", Json::array({key})}}; }

Json any_of(std::initializer_list<Json> alternatives) { return {{"anyOf", Json(Json::array_t(alternatives))}}; }

Json scalar() { return any_of({{{"type", "string"}}, {{"type", "number"}}, {{"type", "boolean"}}}); }

// The value of a key, without its description.
Json schema_of(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::text:
    case Shape::Kind::expression:
      return scalar();
    case Shape::Kind::pattern:
      return {{"type", "string"}, {"pattern", shape.pattern}};
    case Shape::Kind::boolean:
      return {{"type", "boolean"}};
    case Shape::Kind::integer:
      return {{"type", "integer"}, {"minimum", static_cast<int>(shape.min)}, {"maximum", static_cast<int>(shape.max)}};
    case Shape::Kind::number:
      return {{"type", "number"}, {"minimum", shape.min}, {"maximum", shape.max}};
    case Shape::Kind::duration:
      return {{"type", "string"}, {"pattern", "^([0-9]+(d|h|m|s|ms))+$"}};
    case Shape::Kind::size:
      return {{"type", "string"}, {"pattern", "^[0-9]+(B|KiB|MiB|GiB|TiB)$"}};
    case Shape::Kind::choice: {
      Json list = Json::array();  // constants rather than `enum`, so that an editor can explain each
      for (const auto& choice : shape.choices) list.push_back({{"const", choice.value}, {"description", choice.doc}});
      return {{"type", "string"}, {"oneOf", std::move(list)}};
    }
    case Shape::Kind::anything:
      return Json::object();
    case Shape::Kind::object:
      return {{"$ref", "#/definitions/" + std::string(object_info(shape.object).name)}};
    case Shape::Kind::list: {
      Json list{{"type", "array"}, {"items", schema_of(shape.of[0])}};
      if (!shape.may_be_empty) list["minItems"] = 1;
      return list;
    }
    case Shape::Kind::map: {
      Json map{{"type", "object"}, {"additionalProperties", schema_of(shape.of[0])}};
      if (!shape.pattern.empty()) map["propertyNames"] = {{"type", "string"}, {"pattern", shape.pattern}};
      return map;
    }
    case Shape::Kind::either:
      return any_of({schema_of(shape.of[0]), schema_of(shape.of[1])});
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

// One action by the presence of its key; each key only with the actions that take it.
void add_action_rules(Json& schema, const ObjectInfo& object) {
  std::vector<const KeyInfo*> actions;
  for (const auto& key : object.keys)
    if (key.supported && key.action != 0) actions.push_back(&key);
  if (actions.empty()) return;
  for (const auto* action : actions) schema["oneOf"].push_back(requires_key(action->name));
  for (const auto& key : object.keys) {
    if (!key.supported || key.action != 0) continue;
    Json others = Json::array();
    for (const auto* action : actions)
      if ((key.actions & action->action) == 0) others.push_back(requires_key(action->name));
    if (!others.empty()) schema["dependencies"][std::string(key.name)] = {{"not", {{"anyOf", std::move(others)}}}};
  }
}

// Rules between the keys of one map.
void add_own_rules(Json& schema, Object object) {
  const auto both = [](std::string_view a, std::string_view b) { return Json{{"required", Json::array({a, b})}}; };
  const auto value = [](std::string_view key, Json wanted) {
    return Json{{"required", Json::array({key})}, {"properties", {{std::string(key), {{"const", std::move(wanted)}}}}}};
  };
  switch (object) {
    case Object::step:
    case Object::rollback_step:
    case Object::handler:
      schema["if"] = value("effect", "irreversible");
      schema["then"] = requires_key("why");
      if (object == Object::step) schema["then"]["not"] = requires_key("rollback");
      schema["else"] = {{"not", requires_key("why")}};
      return;
    case Object::secret:
      schema["oneOf"] = Json::array({requires_key("env"), requires_key("file"), requires_key("exec")});
      return;
    case Object::http:
      schema["not"] = any_of({both("json", "form"), both("json", "body"), both("json", "file"), both("form", "body"),
                              both("form", "file"), both("body", "file")});
      return;
    case Object::http_auth:
      schema["oneOf"] = Json::array({requires_key("bearer"), requires_key("basic")});
      return;
    case Object::http_tls:
      schema["dependencies"] = {{"cert", {"key"}}, {"key", {"cert"}}, {"passphrase", {"key"}}};
      return;
    case Object::retry:
      schema["not"] = both("attempts", "unlimited");
      return;
    case Object::param:
      schema["if"] = value("required", true);
      schema["then"] = {{"not", requires_key("default")}};
      return;
    default:
      return;
  }
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
  add_action_rules(schema, object);
  add_own_rules(schema, object.object);
  return schema;
}

}  // namespace

std::string runbook_schema_json() {
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
              {"$id", "runbook.v1.schema.json"},
              {"title", "Runbook v1"}};
  schema.update(object_schema(object_info(Object::runbook)));
  for (const auto& object : all_objects())
    if (object.object != Object::runbook) schema["definitions"][std::string(object.name)] = object_schema(object);
  return schema.dump(2) + "\n";
}

}  // namespace runbook
