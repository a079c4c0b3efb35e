#include "language/schema/schema_rules.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "language/patterns.h"
#include "runbook/http_action.h"

namespace runbook {
namespace {

using Json = nlohmann::ordered_json;
using Keys = std::vector<std::string_view>;

Json required(const Keys& keys) { return {{"required", keys}}; }

// Rather than a `not`: of that an editor says only that it is one, of this which key.
Json without(const Keys& keys) {
  Json schema = Json::object();
  for (const auto key : keys) schema["properties"][std::string(key)] = false;
  return schema;
}

Json value_is(std::string_view key, Json wanted) {
  auto schema = required({key});
  schema["properties"][std::string(key)] = {{"const", std::move(wanted)}};
  return schema;
}

Json any_of(Json::array_t alternatives) { return {{"anyOf", std::move(alternatives)}}; }
Json not_any_of(Json::array_t alternatives) { return {{"not", any_of(std::move(alternatives))}}; }

// Another rule for maps that `condition` holds for.
void when(Json& schema, Json condition, Json then) {
  schema["allOf"].push_back({{"if", std::move(condition)}, {"then", std::move(then)}});
}

void at_most_one(Json& schema, const Keys& keys) {
  for (const auto key : keys)
    for (const auto other : keys)
      if (other != key) schema["dependencies"][std::string(key)]["properties"][std::string(other)] = false;
}

void exactly_one(Json& schema, const Keys& keys) {
  std::string words;
  for (const auto key : keys) words += (words.empty() ? "`" : ", `") + std::string(key) + "`";
  for (const auto key : keys) {
    schema["anyOf"].push_back(required({key}));
    schema["anyOf"].back()["errorMessage"] = "must have one of " + words;
  }
  at_most_one(schema, keys);
}

// One action by the presence of its key; each key only with the actions that take it.
void add_action_rules(Json& schema, const ObjectInfo& object) {
  Keys actions;
  for (const auto& action : object.keys) {
    if (!action.supported || action.action == 0) continue;
    actions.push_back(action.name);
    for (const auto& key : object.keys)
      if (key.supported && key.action == 0 && (key.actions & action.action) == 0)
        schema["dependencies"][std::string(action.name)]["properties"][std::string(key.name)] = false;
  }
  if (!actions.empty()) exactly_one(schema, actions);
}

void add_effect_rules(Json& schema, Object object) {
  schema["if"] = value_is("effect", "irreversible");
  schema["then"] = object == Object::step ? without({"rollback"}) : Json::object();
  schema["then"].update(required({"why"}));
  schema["else"] = without({"why"});
}

void add_step_rules(Json& schema) {
  const Json many = any_of({required({"steps"}), required({"parallel"}), required({"for_each"})});
  for (const char* key : {"max_parallel", "fail_fast"})
    schema["dependencies"][key] = {{"if", many}, {"then", true}, {"else", without({key})}};
  schema["dependencies"]["on_overrun"] = {"budget"};
  // What only reads has no effect to probe.
  auto other_method = required({"method"});
  other_method["properties"]["method"] = {{"not", {{"enum", {"GET", "HEAD"}}}}};
  auto download = required({"http"});
  download["properties"]["http"] = not_any_of({required({"save_to"}), other_method});
  auto approval = required({"manual"});
  approval["not"] = required({"rollback"});
  auto by_itself = any_of({required({"wait"}), required({"lua"}), download, approval});
  by_itself["not"] = required({"effect"});
  schema["dependencies"]["probe"] = {{"if", any_of({value_is("effect", "read"), by_itself})},
                                     {"then", without({"probe"})}};
}

// A check only reads.
void add_check_rules(Json& schema) { schema["properties"]["http"] = without({"save_to"}); }

// The default, the limits and the choices of a parameter are of its type.
void add_param_rules(Json& schema) {
  const Keys values{"default", "one_of", "min", "max"};
  const auto rule = [&](std::string_view type, const Json& value, const Keys& others) {
    auto then = without(others);
    for (const auto key : values)
      if (std::find(others.begin(), others.end(), key) == others.end())
        then["properties"][std::string(key)] = key == "one_of" ? Json{{"items", value}} : value;
    when(schema, value_is("type", type), std::move(then));
  };
  const auto is = [](std::string_view type) { return Json{{"type", type}}; };
  const auto defined = [](const std::string& name) { return Json{{"$ref", "#/definitions/" + name}}; };
  using Limits = std::numeric_limits<std::int64_t>;
  rule("string", {{"type", {"string", "number", "boolean"}}}, {"min", "max"});
  rule("integer", {{"type", "integer"}, {"minimum", Limits::min()}, {"maximum", Limits::max()}}, {"pattern"});
  rule("number", is("number"), {"pattern"});
  rule("boolean", is("boolean"), {"one_of", "min", "max", "pattern"});
  rule("duration", defined("duration_or_zero"), {"pattern"});
  rule("size", defined("size_or_zero"), {"pattern"});
  rule("list", is("array"), {"one_of", "min", "max", "pattern"});
  rule("map", {{"type", "object"}, {"errorMessage", "must be a map"}}, {"one_of", "min", "max", "pattern"});
  when(schema, value_is("required", true), without({"default"}));
}

void add_http_rules(Json& schema) {
  const auto url = [](const std::string& pattern, std::string_view says) {
    return Json{{"pattern", "^(" + pattern + "|" + std::string(scheme_in_expression) + ")"},
                {"patternErrorMessage", says}};
  };
  at_most_one(schema, {"json", "form", "body", "file"});
  when(schema, value_is("method", "HEAD"), without({"json", "form", "body", "file", "save_to"}));
  auto& auth = schema["dependencies"]["auth"]["properties"];
  auth["url"] = url("https?://[^/?#@]*([/?#]|$)", "must not say who asks: `auth` does");
  auth["headers"]["patternProperties"]["^[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn]$"] = false;
  schema["dependencies"]["tls"]["properties"]["url"] =
      url("https://", "must begin with `https://`, for there is `tls`");
  const Json in_memory{{"pattern", bounded_size_pattern(most_in_memory)},
                       {"patternErrorMessage", "must be at most `32MiB`, unless there is `save_to`"}};
  schema["allOf"].push_back(
      {{"if", required({"save_to"})}, {"then", true}, {"else", {{"properties", {{"max_body", in_memory}}}}}});
}

}  // namespace

std::string rules_between_keys_json(const ObjectInfo& object) {
  Json schema = Json::object();
  add_action_rules(schema, object);
  switch (object.object) {
    case Object::step:
      add_effect_rules(schema, object.object);
      add_step_rules(schema);
      break;
    case Object::rollback_step:
    case Object::handler: add_effect_rules(schema, object.object); break;
    case Object::precondition:
    case Object::probe: add_check_rules(schema); break;
    case Object::secret: exactly_one(schema, {"env", "file", "exec"}); break;
    case Object::param: add_param_rules(schema); break;
    case Object::http: add_http_rules(schema); break;
    case Object::http_auth: exactly_one(schema, {"bearer", "basic"}); break;
    case Object::http_tls:
      schema["minProperties"] = 1;
      schema["dependencies"] = {{"cert", {"key"}}, {"key", {"cert"}}, {"passphrase", {"key"}}};
      when(schema, value_is("insecure", true), without({"ca"}));
      break;
    case Object::retry:
      schema["minProperties"] = 1;
      when(schema, value_is("unlimited", true), without({"attempts"}));
      break;
    default: break;
  }
  return schema.dump();
}

}  // namespace runbook
