#include "language/param_value.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "yaml/scalar.h"

namespace runbook {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

Value seconds(Duration duration) {
  const auto ms = duration.count();
  if (ms % 1000 == 0) return static_cast<std::int64_t>(ms / 1000);
  return static_cast<double>(ms) / 1000;
}

Value number(double value, std::string_view text) {
  if (const auto whole = parse_integer(text)) return *whole;
  return value;
}

bool same(const Value& a, const Value& b) {
  return a.is_number() && b.is_number() ? a.as_number() == b.as_number() : a == b;
}

}  // namespace

std::optional<Value> parse_param_value(ParamType type, std::string_view text) {
  switch (type) {
    case ParamType::string: return Value(text);
    case ParamType::integer:
      if (const auto value = parse_integer(text)) return Value(*value);
      return std::nullopt;
    case ParamType::number:
      if (const auto value = parse_decimal(text)) return number(*value, text);
      return std::nullopt;
    case ParamType::boolean:
      if (const auto value = parse_boolean(text)) return Value(*value);
      return std::nullopt;
    case ParamType::duration:
      if (const auto value = parse_duration(text, true)) return seconds(*value);
      return std::nullopt;
    case ParamType::size:
      if (const auto value = parse_size(text)) return Value(static_cast<std::int64_t>(*value));
      return std::nullopt;
    case ParamType::list:
    case ParamType::map: {
      Value value;
      if (!from_json(text, value)) return std::nullopt;
      if (type == ParamType::list ? !value.is_list() : !value.is_map()) return std::nullopt;
      return value;
    }
  }
  return std::nullopt;
}

std::string param_type_words(ParamType type) {
  switch (type) {
    case ParamType::string: return "text";
    case ParamType::integer: return "an integer";
    case ParamType::number: return "a number";
    case ParamType::boolean: return "`true` or `false`";
    case ParamType::duration: return "a length of time such as `30s` or `1h30m` (" + std::string(duration_units) + ")";
    case ParamType::size: return "a size such as `10MiB` (" + std::string(size_units) + ")";
    case ParamType::list: return "a list";
    case ParamType::map: return "a map";
  }
  return {};
}

std::string write_param_value(ParamType type, const Value& value) {
  if (type == ParamType::duration && value.is_number())
    return write_duration(Duration(static_cast<std::int64_t>(std::llround(value.as_number() * 1000))));
  if (type == ParamType::size && value.is_integer()) {
    constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto bytes = value.as_integer();
    std::size_t unit = 0;
    for (; unit + 1 < std::size(units) && bytes != 0 && bytes % 1024 == 0; ++unit) bytes /= 1024;
    return std::to_string(bytes) + std::string(units[unit]);
  }
  return to_text(value);
}

std::string broken_limit(const Param& param, const Value& value) {
  const auto written = "`" + elide_middle(printable(write_param_value(param.type, value)), 60) + "`";
  const auto limit = [&](double bound) {
    if (param.type == ParamType::duration || param.type == ParamType::size) {
      const auto whole = static_cast<std::int64_t>(bound);
      return "`" + write_param_value(param.type, static_cast<double>(whole) == bound ? Value(whole) : Value(bound)) +
             "`";
    }
    return to_text(Value(bound));
  };
  if (!param.one_of.empty() &&
      std::none_of(param.one_of.begin(), param.one_of.end(), [&](const Value& one) { return same(one, value); })) {
    std::string words;
    for (const auto& one : param.one_of) {
      if (!words.empty()) words += &one == &param.one_of.back() ? " or " : ", ";
      words += "`" + printable(write_param_value(param.type, one)) + "`";
    }
    return "must be " + words + ", not " + written;
  }
  if (value.is_number()) {
    if (param.min && value.as_number() < *param.min)
      return "must be at least " + limit(*param.min) + ", not " + written;
    if (param.max && value.as_number() > *param.max) return "must be at most " + limit(*param.max) + ", not " + written;
  }
  if (!param.pattern.empty() && value.is_string() && !RE2::FullMatch(value.as_string(), RE2(param.pattern, quiet())))
    return "must match `" + printable(param.pattern) + "`, and " + written + " does not";
  return {};
}

Value describe_params(const std::vector<Param>& params) {
  if (params.empty()) return {};
  auto all = Value::list();
  for (const auto& param : params) {
    auto one = Value::map();
    one.set("name", param.name.value);
    one.set("type", param_type_name(param.type));
    if (param.required) one.set("required", true);
    if (param.default_value) one.set("default", write_param_value(param.type, *param.default_value));
    if (!param.one_of.empty()) {
      auto words = Value::list();
      for (const auto& value : param.one_of) words.as_list().emplace_back(write_param_value(param.type, value));
      one.set("one_of", std::move(words));
    }
    if (param.min) one.set("min", *param.min);
    if (param.max) one.set("max", *param.max);
    if (!param.pattern.empty()) one.set("pattern", param.pattern);
    if (!param.description.empty()) one.set("description", param.description);
    all.as_list().push_back(std::move(one));
  }
  return all;
}

std::string pattern_problem(std::string_view pattern) {
  const RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), quiet());
  return compiled.ok() ? std::string() : compiled.error();
}

}  // namespace runbook
