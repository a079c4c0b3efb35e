#include "base/text.h"
#include "base/value.h"
#include "language/keys/shape.h"
#include "language/schema/schema.h"

namespace runbook {
namespace {

std::string link(Object object) {
  const auto& info = object_info(object);
  std::string anchor(info.name);
  for (auto& c : anchor)
    if (c == '_') c = '-';
  std::string name(info.name);
  for (auto& c : name)
    if (c == '_') c = ' ';
  return "[" + name + "](#" + anchor + ")";
}

// What a key's value looks like, in a few words.
std::string words_of(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::text: return shape.templated ? "text with `${{ }}`" : "text";
    case Shape::Kind::pattern: return "text like `" + shape.rules.front().pattern + "`";
    case Shape::Kind::expression: return "expression";
    case Shape::Kind::boolean: return "`true` or `false`";
    case Shape::Kind::integer:
    case Shape::Kind::number:
      return std::string(shape.kind == Shape::Kind::integer ? "integer" : "number") + ", " + to_text(Value(shape.min)) +
             " to " + to_text(Value(shape.max));
    case Shape::Kind::duration: return "duration";
    case Shape::Kind::size: return "size";
    case Shape::Kind::choice: {
      std::vector<std::string> words;
      for (const auto& choice : shape.choices) words.push_back("`" + std::string(choice.value) + "`");
      return join(words, ", ");
    }
    case Shape::Kind::anything: return "any value";
    case Shape::Kind::object: return link(shape.object);
    case Shape::Kind::list: return "list of " + words_of(shape.of[0]);
    case Shape::Kind::map: return "map of names to " + words_of(shape.of[0]);
    case Shape::Kind::either: return words_of(shape.of[0]) + ", or " + words_of(shape.of[1]);
  }
  return {};
}

// A table's cell: no `|`, which would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

// "Only with `shell`, `exec`", or nothing.
std::string limits_of(const KeyInfo& key, const ObjectInfo& object) {
  std::vector<std::string> with;
  std::size_t actions = 0;
  for (const auto& other : object.keys) {
    if (!other.supported || other.action == 0) continue;
    ++actions;
    if ((key.actions & other.action) != 0) with.push_back("`" + std::string(other.name) + "`");
  }
  return key.action != 0 || with.size() == actions ? std::string() : " Only with " + join(with, ", ") + ".";
}

void append_object(std::string& out, const ObjectInfo& object) {
  std::string title(object.name);
  for (auto& c : title)
    if (c == '_') c = ' ';
  out += "\n## " + title + "\n\n" + std::string(object.doc) + "\n\n| key | value | meaning |\n|---|---|---|\n";
  std::vector<std::string> later;
  for (const auto& key : object.keys) {
    if (!key.supported) {
      later.push_back("`" + std::string(key.name) + "`");
      continue;
    }
    out += "| " + std::string(key.action != 0 ? "**`" : "`") + std::string(key.name) + (key.action != 0 ? "`**" : "`") +
           (key.required ? " (required)" : "") + " | " + cell(words_of(key.shape)) + " | " + cell(key.doc) + "." +
           limits_of(key, object) + " |\n";
  }
  for (const auto& key : object.keys) {
    if (!key.supported || key.shape.kind != Shape::Kind::choice || key.shape.choices.size() < 2) continue;
    out += "\n`" + std::string(key.name) + "` is one of:\n\n";
    for (const auto& choice : key.shape.choices)
      out += "- `" + std::string(choice.value) + "`: " + std::string(choice.doc) + "\n";
  }
  if (!later.empty()) out += "\nReserved, and refused as not supported yet: " + join(later, ", ") + ".\n";
}

}  // namespace

std::string runbook_reference_markdown() {
  std::string out =
      "# The keys of a runbook, v1\n\n"
      "Made from the engine's own key table; `runbook schema` prints the same as JSON Schema.\n\n"
      "- **text** is any scalar, taken as it is written. With **`${{ }}`** it may hold expressions.\n"
      "- An **expression** is Lua 5.4, without `${{ }}`.\n"
      "- A **duration** is `500ms`, `30s`, `5m`, `1h30m` or `2d`: always with its units, larger than zero.\n"
      "- A **size** is `512B`, `64KiB`, `10MiB`, `2GiB` or `1TiB`.\n"
      "- Only plain `true` and `false` are booleans; only plain decimals are numbers. An empty value is an error.\n";
  for (const auto& object : all_objects()) append_object(out, object);
  return out;
}

}  // namespace runbook
