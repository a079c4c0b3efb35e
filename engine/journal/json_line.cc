#include "journal/json_line.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace runbook {
namespace {

// from_json refuses more than 128 levels; a value stands a few below the record that holds it.
constexpr int deepest_value = 100;

void append_integer(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";  // JSON has no infinity
    return;
  }
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

std::string& JsonLine::raw(std::string_view key) {
  if (!std::exchange(first_, false)) out_ += ',';
  out_ += '"';
  out_ += key;
  out_ += "\":";
  return out_;
}

void JsonLine::number(std::string_view key, std::int64_t number) { append_integer(raw(key), number); }
void JsonLine::flag(std::string_view key, bool flag) { raw(key) += flag ? "true" : "false"; }
void JsonLine::word(std::string_view key, std::string_view word) { append_json_string(raw(key), word); }

void JsonLine::text(std::string_view key, std::string_view text) {
  raw(key);
  append_text(text);
}

void JsonLine::words(std::string_view key, const std::vector<std::string>& words) {
  raw(key) += '[';
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out_ += ',';
    append_json_string(out_, words[i]);
  }
  out_ += ']';
}

void JsonLine::texts(std::string_view key, const std::vector<std::string>& texts) {
  raw(key) += '[';
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out_ += ',';
    append_text(texts[i]);
  }
  out_ += ']';
}

void JsonLine::value(std::string_view key, const Value& value) {
  raw(key);
  append_value(value, 0);
}

void JsonLine::append_text(std::string_view text) {
  if (redact_)
    append_json_string(out_, redact_(text));
  else
    append_json_string(out_, text);
}

void JsonLine::append_number(const Value& value) {
  std::string digits;
  if (value.is_integer())
    append_integer(digits, value.as_integer());
  else
    append_double(digits, value.as_number());
  // A secret may be a number, and be printed as one.
  if (redact_) {
    if (const auto redacted = redact_(digits); redacted != digits) {
      append_json_string(out_, redacted);
      return;
    }
  }
  out_ += digits;
}

void JsonLine::append_value(const Value& value, int depth) {
  if (value.is_null()) {
    out_ += "null";
  } else if (value.is_bool()) {
    out_ += value.as_bool() ? "true" : "false";
  } else if (value.is_number()) {
    append_number(value);
  } else if (value.is_string()) {
    append_text(value.as_string());
  } else if (depth == deepest_value) {
    append_text(to_json(value));
  } else if (value.is_list()) {
    out_ += '[';
    bool first = true;
    for (const auto& item : value.as_list()) {
      if (!std::exchange(first, false)) out_ += ',';
      append_value(item, depth + 1);
    }
    out_ += ']';
  } else {
    out_ += '{';
    bool first = true;
    for (const auto& [name, item] : value.as_map()) {
      if (!std::exchange(first, false)) out_ += ',';
      append_text(name);
      out_ += ':';
      append_value(item, depth + 1);
    }
    out_ += '}';
  }
}

}  // namespace runbook
