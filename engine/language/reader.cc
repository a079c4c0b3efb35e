#include "language/reader.h"

#include "base/text.h"
#include "source/codes.h"
#include "yaml/scalar.h"

namespace runbook {
namespace {

constexpr std::size_t max_errors = 100;

std::string_view kind_words(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "a map";
    case YamlNode::Kind::null: return "nothing";
    default: return "text";
  }
}

// The author's word for a message: short, and one line.
std::string ticked_choices(const std::vector<std::string_view>& choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += "`" + std::string(choices[i]) + "`";
  }
  return text;
}

std::string number_words(double number) { return to_text(Value(number)); }

}  // namespace

std::string Field::describe() const {
  const auto ticks = "`" + elide_middle(printable(name()), 60) + "`";
  return is_item ? "an item of " + ticks : ticks;
}

Diagnostic& Reader::error(std::string_view code, Span span, std::string message) {
  if (full_) return dropped_ = {};
  if (diagnostics_.errors() >= max_errors) {
    full_ = true;
    diagnostics_.error(code::wrong_type, span, "too many errors; the rest of the file was not checked");
    return dropped_ = {};
  }
  return diagnostics_.error(code, span, std::move(message));
}

Diagnostic& Reader::warning(std::string_view code, Span span, std::string message) {
  if (full_ || diagnostics_.warnings() >= max_errors) return dropped_ = {};
  return diagnostics_.warning(code, span, std::move(message));
}

bool Reader::usable(const Field& field) {
  if (field.value.is_broken()) return false;
  if (!field.value.is_null()) return true;
  const bool written = field.value.span().length > 0;
  auto& problem =
      error(code::wrong_type, written ? field.value.span() : field.key.span(), field.describe() + " has no value");
  problem.label = written ? "means nothing" : "nothing follows";
  problem.help = "give it a value, or remove the key";
  return false;
}

Diagnostic& Reader::wrong_type(const Field& field, std::string_view wanted) {
  return error(code::wrong_type, field.value.span(),
               field.describe() + " must be " + std::string(wanted) + ", not " + std::string(kind_words(field.value)));
}

bool Reader::scalar(const Field& field, std::string_view wanted) {
  if (!usable(field)) return false;
  if (field.value.is_scalar()) return true;
  auto& problem = wrong_type(field, wanted);
  if (wanted != "text") return false;
  const auto first = field.value.span().text().substr(0, 1);
  if (first == "[" || first == "{")
    problem.help = "text that begins with `" + std::string(first) + "` needs quotes";
  else
    problem.help = "write one text; longer text can follow `|`, indented";
  return false;
}

std::optional<Text> Reader::text(const Field& field) {
  if (!scalar(field, "text")) return std::nullopt;
  return field.value.text;
}

std::optional<Text> Reader::filled_text(const Field& field) {
  auto found = text(field);
  if (!found || !trim(found->value).empty()) return found;
  error(code::bad_value, found->span, field.describe() + " is empty").help =
      field.is_item ? "give it a value, or remove the item" : "give it a value, or remove the key";
  return std::nullopt;
}

std::optional<bool> Reader::boolean(const Field& field) {
  if (!scalar(field, "`true` or `false`")) return std::nullopt;
  const auto& text = field.value.text;
  const auto value = parse_boolean(text.value);
  if (value && text.plain) return value;
  auto& problem =
      error(code::wrong_type, text.span,
            field.describe() + " must be `true` or `false`, not " + (value ? "text in quotes" : ticked(text.value)));
  if (value) {
    problem.help = "remove the quotes";
  } else if (const auto likely = find_lookalike(text.value); likely && likely->kind == "a boolean") {
    problem.help = "write `" + likely->instead + "`";
  }
  return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(const Field& field, std::int64_t min, std::int64_t max) {
  if (!scalar(field, "an integer")) return std::nullopt;
  const auto& text = field.value.text;
  const auto value = parse_integer(text.value);
  if (!value || !text.plain) {
    auto& problem = error(code::wrong_type, text.span,
                          field.describe() + " must be an integer, not " + (value ? "text in quotes" : ticked(text.value)));
    if (value) {
      problem.help = "remove the quotes";
    } else if (text.value.find("${{") != std::string::npos) {
      problem.help = "this key takes no expression: write the number";
    } else if (const auto likely = find_lookalike(text.value); likely && likely->kind == "an integer") {
      problem.help = likely->instead.empty() ? "write it without leading zeros" : "write `" + likely->instead + "`";
    }
    return std::nullopt;
  }
  if (*value >= min && *value <= max) return value;
  error(code::bad_value, text.span,
        field.describe() + " must be between " + std::to_string(min) + " and " + std::to_string(max) + ", not " +
            text.value);
  return std::nullopt;
}

std::optional<double> Reader::number(const Field& field, double min, double max) {
  if (!scalar(field, "a number")) return std::nullopt;
  const auto& text = field.value.text;
  const auto value = parse_decimal(text.value);
  if (!value || !text.plain) {
    auto& problem = error(code::wrong_type, text.span,
                          field.describe() + " must be a number, not " + (value ? "text in quotes" : ticked(text.value)));
    const auto likely = find_lookalike(text.value);
    if (value)
      problem.help = "remove the quotes";
    else if (likely && !likely->instead.empty() && likely->kind != "a boolean")
      problem.help = "write `" + likely->instead + "`";
    return std::nullopt;
  }
  if (*value >= min && *value <= max) return value;
  error(
      code::bad_value, text.span,
      field.describe() + " must be between " + number_words(min) + " and " + number_words(max) + ", not " + text.value);
  return std::nullopt;
}

std::optional<Duration> Reader::duration(const Field& field, bool allow_zero) {
  if (!scalar(field, "a length of time")) return std::nullopt;
  const auto& text = field.value.text;
  if (const auto value = parse_duration(text.value, allow_zero)) return value;
  auto& problem =
      error(code::bad_value, text.span, field.describe() + " must be a length of time, not " + ticked(text.value));
  if (parse_decimal(text.value) && text.value != "0" && text.value[0] != '-') {
    problem.label = "which unit?";
    problem.help = "add a unit (" + std::string(duration_units) + "): `" + text.value + "s`";
    if (text.value.find_first_of(".eE") != std::string::npos)
      problem.help = "write whole numbers with units (" + std::string(duration_units) + "): `1m30s`, `500ms`";
  } else if (text.value.find("${{") != std::string::npos) {
    problem.help = "this key takes no expression: write the duration";
  } else {
    problem.help = "write it like `500ms`, `30s`, `5m`, `1h30m` or `2d`: larger than zero, at most 366 days";
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Reader::size(const Field& field) {
  if (!scalar(field, "a size")) return std::nullopt;
  const auto& text = field.value.text;
  const auto value = parse_size(text.value);
  if (value && *value > 0) return value;
  auto& problem = error(code::bad_value, text.span, field.describe() + " must be a size, not " + ticked(text.value));
  if (parse_decimal(text.value) && text.value[0] != '-' && text.value != "0") {
    problem.label = "which unit?";
    problem.help = "add a unit (" + std::string(size_units) + "): `" + text.value + "B`";
  } else if (text.value.find("${{") != std::string::npos) {
    problem.help = "this key takes no expression: write the size";
  } else {
    problem.help = "write it like `512B`, `64KiB`, `10MiB` or `2GiB`: larger than zero";
  }
  return std::nullopt;
}

std::optional<std::size_t> Reader::choice(const Field& field, const std::vector<std::string_view>& choices) {
  if (!scalar(field, ticked_choices(choices))) return std::nullopt;
  const auto& text = field.value.text;
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (choices[i] == text.value) return i;
  auto& problem = error(code::bad_value, text.span, field.describe() + " cannot be " + ticked(text.value));
  if (const auto near = nearest(text.value, choices); !near.empty()) {
    problem.help = "did you mean `" + std::string(near) + "`?";
    problem.notes.push_back("it can be " + ticked_choices(choices));
  } else {
    problem.help = "it can be " + ticked_choices(choices);
  }
  return std::nullopt;
}

std::optional<Expression> Reader::expression(const Field& field) {
  auto found = filled_text(field);
  if (!found) return std::nullopt;
  if (const auto bare = trim(found->value); bare.starts_with("${{") && bare.ends_with("}}")) {
    auto& problem =
        error(code::template_syntax, found->span, field.describe() + " is an expression already, without `${{ }}`");
    const auto inner = bare.substr(3, bare.size() - 5);
    if (inner.find("${{") == std::string_view::npos)
      problem.help = "write `" + elide_middle(printable(trim(inner)), 80) + "`";
    else
      problem.help = "write one Lua expression, such as `params.a == params.b`";
    return std::nullopt;
  }
  return parse_expression(std::move(*found), diagnostics_);
}

std::optional<Template> Reader::templated(const Field& field) {
  auto found = text(field);
  if (!found) return std::nullopt;
  return parse_template(std::move(*found), diagnostics_);
}

Value Reader::plain_value(const Text& text) {
  if (!text.plain) return text.value;
  if (const auto value = parse_boolean(text.value)) return *value;
  if (const auto value = parse_integer(text.value)) return *value;
  if (const auto value = parse_decimal(text.value); value && !find_lookalike(text.value)) {
    const auto all_digits = text.value.find_first_of(".eE") == std::string::npos;
    if (const auto reads = to_text(Value(*value)); reads != text.value) {
      auto& problem = warning(code::ambiguous_scalar, text.span, ticked(text.value) + " is the number " + reads);
      problem.help = "quote it to keep it as it is: '" + text.value + "'";
      if (all_digits) problem.label = "too large for an exact integer";
    }
    return *value;
  }
  if (const auto likely = find_lookalike(text.value)) {
    auto& problem = warning(code::ambiguous_scalar, text.span, ticked(text.value) + " is text here, not " + likely->kind);
    const auto quoted = "quote it: '" + text.value + "'";
    problem.help = likely->instead.empty() ? "if text is meant, " + quoted
                                           : "write `" + likely->instead + "`, or if text is meant, " + quoted;
  }
  return text.value;
}

std::optional<ValueTemplate> Reader::value_template(const Field& field) {
  const auto& node = field.value;
  ValueTemplate result;
  result.span = node.span();
  if (node.is_null() && node.span().length > 0) return result;  // `null` is a value here, if it is written
  if (!usable(field)) return std::nullopt;
  if (node.is_scalar()) {
    if (node.text.value.find("${{") != std::string::npos) {
      result.data = parse_template(node.text, diagnostics_);
    } else {
      result.data = plain_value(node.text);
    }
    return result;
  }
  bool good = true;
  if (node.is_list()) {
    ValueTemplate::List list;
    for (const auto& child : node.children) {
      auto item = value_template(field.item(child));
      if (item)
        list.push_back(std::move(*item));
      else
        good = false;
    }
    result.data = std::move(list);
  } else {
    ValueTemplate::Map map;
    for (std::size_t i = 0; i < node.entries(); ++i) {
      auto entry = value_template({node.key(i), node.value(i)});
      if (entry)
        map.emplace_back(node.key(i).text, std::move(*entry));
      else
        good = false;
    }
    result.data = std::move(map);
  }
  if (!good) return std::nullopt;
  return result;
}

std::optional<Value> Reader::value(const Field& field) {
  const auto& node = field.value;
  if (node.is_null() && node.span().length > 0) return Value();
  if (!usable(field)) return std::nullopt;
  if (node.is_scalar()) return plain_value(node.text);
  bool good = true;
  if (node.is_list()) {
    auto list = Value::list();
    for (const auto& child : node.children) {
      if (auto item = value(field.item(child)))
        list.as_list().push_back(std::move(*item));
      else
        good = false;
    }
    return good ? std::optional<Value>(std::move(list)) : std::nullopt;
  }
  auto map = Value::map();
  for (std::size_t i = 0; i < node.entries(); ++i) {
    if (auto entry = value({node.key(i), node.value(i)}))
      map.as_map().emplace_back(node.key(i).text.value, std::move(*entry));
    else
      good = false;
  }
  return good ? std::optional<Value>(std::move(map)) : std::nullopt;
}

const YamlNode* Reader::list(const Field& field, bool may_be_empty) {
  if (!usable(field)) return nullptr;
  if (!field.value.is_list()) {
    auto& problem = wrong_type(field, "a list");
    if (field.value.is_scalar()) problem.help = "write `[" + elide_middle(printable(field.value.text.value), 60) + "]`";
    return nullptr;
  }
  if (!field.value.children.empty() || may_be_empty) return &field.value;
  error(code::bad_value, field.value.span(), field.describe() + " is empty").help = "give it at least one item";
  return nullptr;
}

const YamlNode* Reader::map(const Field& field, bool may_be_empty) {
  if (!usable(field)) return nullptr;
  if (!field.value.is_map()) {
    wrong_type(field, "a map").help = "write `name: value` below it, each on a line of its own";
    return nullptr;
  }
  if (field.value.entries() > 0 || may_be_empty) return &field.value;
  error(code::bad_value, field.value.span(), field.describe() + " is empty").help = "give it at least one key";
  return nullptr;
}

bool Reader::check_name(const Text& name, std::string_view what) {
  if (!is_identifier(name.value)) {
    auto& problem = error(code::bad_id, name.span, ticked(name.value) + " cannot name " + std::string(what));
    problem.help = "use letters, digits and `_`, not a digit first";
    return false;
  }
  if (is_lua_keyword(name.value)) {
    auto& problem = error(code::bad_id, name.span, ticked(name.value) + " cannot name " + std::string(what));
    problem.help = "it is a word of the expression language; choose another";
    return false;
  }
  return true;
}

}  // namespace runbook
