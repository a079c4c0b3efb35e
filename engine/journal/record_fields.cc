#include "journal/record_fields.h"

#include <limits>

#include "base/text.h"

namespace runbook {
namespace {

const Value& nothing() {
  static const Value value = Value::list();
  return value;
}

}  // namespace

void RecordFields::fail(std::string why) {
  if (error_.empty()) error_ = std::move(why);
}

const Value* RecordFields::want(std::string_view key, bool (Value::*is)() const, std::string_view kind) {
  const auto* value = object_.find(key);
  if (!value) {
    fail("has no `" + std::string(key) + "`");
    return nullptr;
  }
  if (!(value->*is)()) {
    fail("`" + std::string(key) + "` is " + std::string(value->kind_name()) + ", not " + std::string(kind));
    return nullptr;
  }
  return value;
}

std::int64_t RecordFields::integer(std::string_view key) {
  const auto* value = want(key, &Value::is_integer, "an integer");
  return value ? value->as_integer() : 0;
}

std::uint64_t RecordFields::count(std::string_view key) {
  const auto number = integer(key);
  if (number < 0) fail("`" + std::string(key) + "` is negative");
  return number < 0 ? 0 : static_cast<std::uint64_t>(number);
}

int RecordFields::small(std::string_view key) {
  const auto number = count(key);
  if (number <= static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return static_cast<int>(number);
  fail("`" + std::string(key) + "` is too large");
  return 0;
}

std::string RecordFields::text(std::string_view key) {
  const auto* value = want(key, &Value::is_string, "a string");
  return value ? value->as_string() : std::string();
}

std::vector<std::string> RecordFields::texts(std::string_view key) {
  std::vector<std::string> texts;
  for (const auto& item : list(key).as_list()) {
    if (!item.is_string()) {
      fail("`" + std::string(key) + "` holds " + std::string(item.kind_name()) + ", not a string");
      break;
    }
    texts.push_back(item.as_string());
  }
  return texts;
}

Time RecordFields::time(std::string_view key) { return Time(Duration(integer(key))); }

std::optional<Time> RecordFields::maybe_time(std::string_view key) {
  return has(key) ? std::optional(time(key)) : std::nullopt;
}

bool RecordFields::flag_or_false(std::string_view key) {
  if (!has(key)) return false;
  const auto* value = want(key, &Value::is_bool, "a boolean");
  return value && value->as_bool();
}

Value RecordFields::value_or_null(std::string_view key) {
  const auto* value = object_.find(key);
  return value ? *value : Value();
}

const Value& RecordFields::list(std::string_view key) {
  const auto* value = want(key, &Value::is_list, "a list");
  return value ? *value : nothing();
}

NodeId RecordFields::find_node(std::string_view key, const Value& name) {
  if (!name.is_string()) {
    fail("`" + std::string(key) + "` holds " + std::string(name.kind_name()) + ", not a string");
    return no_node;
  }
  if (const auto id = names_.find(name.as_string())) return *id;
  fail("names " + ticked(name.as_string()) + ", which is no step of this run");
  return no_node;
}

NodeId RecordFields::node(std::string_view key) {
  const auto* value = want(key, &Value::is_string, "a string");
  return value ? find_node(key, *value) : no_node;
}

std::vector<NodeId> RecordFields::nodes(std::string_view key) {
  std::vector<NodeId> ids;
  for (const auto& name : list(key).as_list()) ids.push_back(find_node(key, name));
  return ids;
}

}  // namespace runbook
