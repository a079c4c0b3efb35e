#include "yaml/yaml_duplicates.h"

#include <unordered_map>

#include "base/text.h"

namespace runbook {
namespace {

// The entry with the same key before entry `i`, or nullptr.
class Earlier {
 public:
  explicit Earlier(const YamlNode& map) : map_(map), many_(map.entries() > 16) {}

  const YamlNode* find(std::size_t i) {
    const auto& name = map_.key(i).text.value;
    if (many_) {
      const auto [place, inserted] = seen_.emplace(name, &map_.key(i));
      return inserted ? nullptr : place->second;
    }
    for (std::size_t k = 0; k < i; ++k)
      if (map_.key(k).text.value == name) return &map_.key(k);
    return nullptr;
  }

 private:
  const YamlNode& map_;
  const bool many_;  // a hash table costs more than it saves for the maps of a runbook
  std::unordered_map<std::string_view, const YamlNode*> seen_;
};

}  // namespace

void drop_duplicate_keys(YamlNode& map, const std::function<Diagnostic&(Span, std::string)>& report) {
  Earlier earlier(map);
  std::vector<std::size_t> doubles;
  for (std::size_t i = 0; i < map.entries(); ++i) {
    const auto* first = earlier.find(i);
    if (first == nullptr) continue;
    const auto& key = map.key(i);
    auto& problem = report(key.span(), "the key `" + elide_middle(printable(key.text.value), 60) + "` is given twice");
    problem.label = "again";
    problem.notes.push_back("first given in line " + std::to_string(first->span().line()) + ", column " +
                            std::to_string(first->span().column()));
    problem.help = "keep one of them";
    doubles.push_back(i);
  }
  for (auto i = doubles.rbegin(); i != doubles.rend(); ++i)
    map.children.erase(map.children.begin() + static_cast<std::ptrdiff_t>(2 * *i),
                       map.children.begin() + static_cast<std::ptrdiff_t>(2 * *i + 2));
}

}  // namespace runbook
