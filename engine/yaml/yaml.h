// YamlNode: a YAML document as it was written, every value with its place; nothing is typed yet. The only door to the
// YAML parser: what yaml-cpp would silently accept (duplicate keys, unclosed quotes, a second document…) is refused
// here.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "source/diagnostic.h"

namespace runbook {

struct YamlNode {
  enum class Kind {
    null,  // nothing, `~` or `null`
    scalar,
    list,
    map,
    broken,  // already reported: whoever meets it says nothing more
  };
  Kind kind = Kind::null;
  Text text;                       // of a scalar, decoded; text.span is the place of every kind
  std::vector<YamlNode> children;  // of a list: its items; of a map: key, value, key, value…

  const Span& span() const { return text.span; }
  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_broken() const { return kind == Kind::broken; }
  // Of a map.
  std::size_t entries() const { return children.size() / 2; }
  const YamlNode& key(std::size_t i) const { return children[2 * i]; }
  const YamlNode& value(std::size_t i) const { return children[2 * i + 1]; }
  const YamlNode* find(std::string_view name) const;  // the value, or nullptr; also when this is no map
};

inline constexpr std::size_t max_yaml_bytes = 32 << 20;
inline constexpr int max_yaml_depth = 32;
inline constexpr std::size_t max_yaml_values = 2'000'000;
// One `[…]` or `{…}` can be no longer: the parser holds all of it in memory, two hundred times its size.
inline constexpr std::size_t max_flow_bytes = 512 << 10;

// The document's root. nullopt: the file could not be read to its end. With errors in `diagnostics` and a root, the
// rest of the file can still be checked. Never throws, whatever the bytes are. The spans point into `file`.
std::optional<YamlNode> parse_yaml(const SourceFile& file, Diagnostics& diagnostics);

}  // namespace runbook
