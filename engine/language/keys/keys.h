// The key table, object by object: each key's description and the function that loads it.
#pragma once

#include <vector>

#include "language/keys/shape.h"
#include "language/loader.h"

namespace runbook {

// `load` reads the key's value into the object; nullptr for keys that are not supported yet.
template <class T>
struct Key {
  KeyInfo info;
  void (*load)(Loader& loader, const Field& field, T& into) = nullptr;
};

struct Defaults {
  std::optional<Duration> timeout;
  std::optional<Shell> shell;
};

// A parameter before its default and limits are checked against its type.
struct ParamDraft {
  Param param;
  const YamlNode *default_value = nullptr, *one_of = nullptr, *min = nullptr, *max = nullptr, *pattern = nullptr;
};

// The long form of `shell`.
struct ShellDraft {
  std::optional<Text> run;
  std::optional<Shell> shell;
  std::vector<int> ok_exit_codes{0};
};

// Keys are loaded in the order of the table, whatever their order in the file.
const std::vector<Key<Runbook>>& runbook_keys();
const std::vector<Key<Defaults>>& defaults_keys();
const std::vector<Key<ParamDraft>>& param_keys();
const std::vector<Key<Secret>>& secret_keys();
const std::vector<Key<Step>>& step_keys();  // of every step-like map; see KeyInfo::places
const std::vector<Key<ShellDraft>>& shell_keys();
const std::vector<Key<HttpAction>>& http_keys();
const std::vector<Key<HttpAuth>>& http_auth_keys();
const std::vector<Key<HttpAuth>>& http_basic_keys();
const std::vector<Key<HttpTls>>& http_tls_keys();
const std::vector<Key<ManualAction>>& manual_keys();
const std::vector<Key<Retry>>& retry_keys();
const std::vector<Key<Expectation>>& expectation_keys();
const std::vector<Key<LockRule>>& lock_keys();

// Reports a key that is not in `keys`, or not supported yet.
void report_strange_key(Loader& loader, const Text& key, const std::vector<const KeyInfo*>& keys,
                        std::string_view title);

// Loads the map `node` key by key. `wanted` may turn a key away (and say why); it is asked for known keys only.
template <class T, class Wanted>
void load_keys(Loader& loader, const YamlNode& node, const std::vector<Key<T>>& keys, std::string_view title, T& into,
               Wanted&& wanted) {
  std::vector<const YamlNode*> key_nodes(keys.size()), value_nodes(keys.size());
  for (std::size_t i = 0; i < node.entries(); ++i) {
    const auto& name = node.key(i).text;
    std::size_t k = 0;
    while (k < keys.size() && keys[k].info.name != name.value) ++k;
    if (k < keys.size() && keys[k].load != nullptr) {
      if (!wanted(keys[k].info, node.key(i))) continue;
      key_nodes[k] = &node.key(i);
      value_nodes[k] = &node.value(i);
    } else {
      std::vector<const KeyInfo*> known;
      for (const auto& key : keys) known.push_back(&key.info);
      report_strange_key(loader, name, known, title);
    }
  }
  for (std::size_t k = 0; k < keys.size(); ++k) {
    if (key_nodes[k] != nullptr) {
      keys[k].load(loader, Field{*key_nodes[k], *value_nodes[k]}, into);
    } else if (keys[k].info.required && node.find(keys[k].info.name) == nullptr) {
      loader.missing_key(node, keys[k].info.name, title);
    }
  }
}

template <class T>
void load_keys(Loader& loader, const YamlNode& node, const std::vector<Key<T>>& keys, std::string_view title, T& into) {
  load_keys(loader, node, keys, title, into, [](const KeyInfo&, const YamlNode&) { return true; });
}

// Shared by several objects.
const std::vector<Choice>& shell_choices();
KeyInfo not_yet(std::string_view name, std::string_view doc);  // of the language, refused today

}  // namespace runbook
