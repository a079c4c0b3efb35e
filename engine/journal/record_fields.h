// RecordFields: takes the members of a record out of its JSON object. The first thing that is missing or wrong is
// kept and everything after it reads as nothing, so that a decoder needs one check at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/text.h"
#include "base/value.h"
#include "run/node_names.h"

namespace runbook {


class RecordFields {
 public:
  // Both must outlive this. Anything but a map has no members.
  RecordFields(const Value& object, const NodeNames& names) : object_(object), names_(names) {}
  const NodeNames& names() const { return names_; }

  // Empty while everything was right: "has no `outcome`", "`attempt` is a string, not an integer".
  const std::string& error() const { return error_; }
  void fail(std::string why);

  std::int64_t integer(std::string_view key);
  std::uint64_t count(std::string_view key);  // not negative
  int small(std::string_view key);            // an int, not negative
  std::string text(std::string_view key);
  std::vector<std::string> texts(std::string_view key);
  Time time(std::string_view key);
  NodeId node(std::string_view key);
  std::vector<NodeId> nodes(std::string_view key);
  const Value& list(std::string_view key);

  // With a default for what is absent.
  bool has(std::string_view key) const { return object_.find(key) != nullptr; }
  std::string text_or_empty(std::string_view key) { return has(key) ? text(key) : std::string(); }
  std::optional<Time> maybe_time(std::string_view key);
  bool flag_or_false(std::string_view key);
  Value value_or_null(std::string_view key);

  // A word that `parse` knows.
  template <class Parse>
  auto word(std::string_view key, Parse parse) -> typename decltype(parse(std::string_view()))::value_type {
    const std::string name = text(key);
    const auto value = parse(std::string_view(name));
    if (!value && error_.empty()) fail("`" + std::string(key) + "` is " + ticked(name) + ", which is no known word");
    return value.value_or(typename decltype(parse(std::string_view()))::value_type{});
  }

 private:
  const Value* want(std::string_view key, bool (Value::*is)() const, std::string_view kind);
  NodeId find_node(std::string_view key, const Value& name);

  const Value& object_;
  const NodeNames& names_;
  std::string error_;
};

}  // namespace runbook
