#include "cli/params_file.h"

#include "base/value.h"
#include "cli/prepared.h"
#include "source/codes.h"
#include "yaml/scalar.h"
#include "yaml/yaml.h"

namespace runbook {
namespace {

Value to_value(const YamlNode& node) {
  if (node.is_list()) {
    Value::List list;
    for (const auto& child : node.children) list.push_back(to_value(child));
    return list;
  }
  if (node.is_map()) {
    Value map = Value::map();
    for (std::size_t i = 0; i < node.entries(); ++i) map.set(node.key(i).text.value, to_value(node.value(i)));
    return map;
  }
  if (!node.is_scalar()) return {};
  const auto& word = node.text.value;
  if (!node.text.plain) return word;
  if (const auto flag = parse_boolean(word)) return *flag;
  if (const auto integer = parse_integer(word)) return *integer;
  if (const auto decimal = parse_decimal(word)) return *decimal;
  return word;
}

}  // namespace

std::optional<ParamsFile> read_params_file(const std::string& path, Diagnostics& diagnostics) {
  auto text = read_whole_file(path);
  if (!text) return std::nullopt;
  ParamsFile read;
  read.file = std::make_shared<SourceFile>(path, std::move(*text));
  const auto root = parse_yaml(*read.file, diagnostics);
  if (!root || root->is_broken()) return read;
  if (!root->is_map()) {
    diagnostics.error(code::wrong_type, root->span(), "a file of parameters is a map of names and values");
    return read;
  }
  for (std::size_t i = 0; i < root->entries(); ++i) {
    const auto& value = root->value(i);
    // A scalar counts as written, as on the command line; lists and maps travel as JSON.
    read.params.emplace_back(root->key(i).text.value, value.is_scalar() ? value.text.value : to_json(to_value(value)));
  }
  return read;
}

}  // namespace runbook
