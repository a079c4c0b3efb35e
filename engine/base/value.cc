#include "base/value.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/text.h"

namespace runbook {
namespace {

void append_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";  // JSON has no infinity; results that matter are checked before they get here
    return;
  }
  char buffer[40];
  for (int digits : {15, 17}) {  // the shorter form when it reads back as the same number
    std::snprintf(buffer, sizeof buffer, "%.*g", digits, number);
    if (std::strtod(buffer, nullptr) == number) break;
  }
  out += buffer;
}

void append_json(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_integer()) {
    out += std::to_string(value.as_integer());
  } else if (value.is_number()) {
    append_number(out, value.as_number());
  } else if (value.is_string()) {
    append_json_string(out, value.as_string());
  } else if (value.is_list()) {
    out += '[';
    bool first = true;
    for (const auto& item : value.as_list()) {
      if (!std::exchange(first, false)) out += ',';
      append_json(out, item);
    }
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : value.as_map()) {
      if (!std::exchange(first, false)) out += ',';
      append_json_string(out, key);
      out += ':';
      append_json(out, item);
    }
    out += '}';
  }
}

// Builds a Value from nlohmann's events; its own DOM would sort keys and recurse without a limit.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Value take() { return std::move(root_); }

  bool null() override { return put(Value()); }
  bool boolean(bool b) override { return put(b); }
  bool number_integer(std::int64_t i) override { return put(i); }
  bool number_unsigned(std::uint64_t u) override {
    return u <= INT64_MAX ? put(static_cast<std::int64_t>(u)) : put(static_cast<double>(u));
  }
  bool number_float(double d, const std::string&) override { return put(d); }
  bool string(std::string& s) override { return put(std::move(s)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Value::map()); }
  bool start_array(std::size_t) override { return open(Value::list()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    keys_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool open(Value container) {
    if (open_.size() == 128) return false;
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Value done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return put(std::move(done));
  }
  bool put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto& parent = open_.back(); parent.is_list()) {
      parent.as_list().push_back(std::move(value));
    } else {
      parent.as_map().emplace_back(std::move(keys_.back()), std::move(value));
    }
    return true;
  }

  Value root_;
  std::vector<Value> open_;
  std::vector<std::string> keys_;
};

}  // namespace

double Value::as_number() const { return is_integer() ? static_cast<double>(as_integer()) : std::get<double>(data_); }

const Value* Value::find(std::string_view key) const {
  if (!is_map()) return nullptr;
  for (const auto& [name, value] : as_map())
    if (name == key) return &value;
  return nullptr;
}

void Value::set(std::string_view key, Value value) {
  if (is_null()) data_ = Map{};
  for (auto& [name, old] : as_map()) {
    if (name == key) {
      old = std::move(value);
      return;
    }
  }
  as_map().emplace_back(std::string(key), std::move(value));
}

std::string_view Value::kind_name() const {
  static constexpr std::string_view names[] = {"nothing",  "a boolean", "an integer", "a number",
                                               "a string", "a list",    "a map"};
  return names[data_.index()];
}

std::string to_text(const Value& value) { return value.is_string() ? value.as_string() : to_json(value); }

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

Value as_read_back(Value value) {
  if (value.is_string()) {
    value.as_string() = valid_utf8(std::move(value.as_string()));
  } else if (value.is_number() && !value.is_integer()) {
    std::string text;
    append_number(text, value.as_number());
    CHECK(from_json(text, value));
  } else if (value.is_list()) {
    for (auto& item : value.as_list()) item = as_read_back(std::move(item));
  } else if (value.is_map()) {
    for (auto& [key, item] : value.as_map()) {
      key = valid_utf8(std::move(key));
      item = as_read_back(std::move(item));
    }
  }
  return value;
}

bool from_json(std::string_view text, Value& value) {
  Builder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) return false;
  value = builder.take();
  return true;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // start of the bytes not yet copied
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : utf8_sequence(text.substr(i));
    if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f && length > 0) {
      i += length;
      continue;
    }
    out.append(text, plain, i - plain);
    if (byte >= 0x80) {
      out += "\xEF\xBF\xBD";
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += static_cast<char>(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte == '\r') {
      out += "\\r";
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    }
    plain = ++i;
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

}  // namespace runbook
