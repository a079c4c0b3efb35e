// Value: what expressions and YAML work with. The same seven kinds as JSON, integers kept apart from numbers;
// maps keep the order in which their keys were written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace runbook {

class Value {
 public:
  struct Null {
    bool operator==(const Null&) const = default;
  };
  using List = std::vector<Value>;
  using Entry = std::pair<std::string, Value>;
  using Map = std::vector<Entry>;

  Value() = default;
  Value(bool b) : data_(b) {}
  Value(int i) : data_(static_cast<std::int64_t>(i)) {}
  Value(std::int64_t i) : data_(i) {}
  Value(double d) : data_(d) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(std::string_view s) : data_(std::string(s)) {}
  Value(List l) : data_(std::move(l)) {}
  Value(Map m) : data_(std::move(m)) {}
  static Value map() { return Value(Map{}); }
  static Value list() { return Value(List{}); }

  bool is_null() const { return holds<Null>(); }
  bool is_bool() const { return holds<bool>(); }
  bool is_integer() const { return holds<std::int64_t>(); }
  bool is_number() const { return is_integer() || holds<double>(); }
  bool is_string() const { return holds<std::string>(); }
  bool is_list() const { return holds<List>(); }
  bool is_map() const { return holds<Map>(); }

  // REQUIRES: the kind that is asked for (as_number takes an integer too).
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_integer() const { return std::get<std::int64_t>(data_); }
  double as_number() const;
  const std::string& as_string() const { return std::get<std::string>(data_); }
  std::string& as_string() { return std::get<std::string>(data_); }
  const List& as_list() const { return std::get<List>(data_); }
  List& as_list() { return std::get<List>(data_); }
  const Map& as_map() const { return std::get<Map>(data_); }
  Map& as_map() { return std::get<Map>(data_); }

  // The value under `key`, or nullptr when there is none or this is no map.
  const Value* find(std::string_view key) const;
  // Replaces or appends. A null value becomes a map first; REQUIRES: null or a map.
  void set(std::string_view key, Value value);

  // "a string", "an integer", …: for messages.
  std::string_view kind_name() const;
  bool operator==(const Value&) const = default;

 private:
  template <class T>
  bool holds() const {
    return std::holds_alternative<T>(data_);
  }
  std::variant<Null, bool, std::int64_t, double, std::string, List, Map> data_;
};

// How a value reads inside text: a string as it is, a number without needless digits, lists and maps as JSON.
std::string to_text(const Value& value);
// Compact JSON, keys in order. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const Value& value);
// The value as it would be after to_json and from_json: text is UTF-8, a whole number an integer, infinity null.
Value as_read_back(Value value);
// The value of one JSON text; false when it is not one (or nests deeper than 128), `value` then untouched.
bool from_json(std::string_view text, Value& value);
// Appends `text` as a JSON string, quotes included: for hot paths that build JSON by hand.
void append_json_string(std::string& out, std::string_view text);

}  // namespace runbook
