#include "language/load.h"

#include "language/keys/keys.h"
#include "source/codes.h"
#include "yaml/yaml.h"

namespace runbook {
namespace {

bool check_root(const YamlNode& root, Loader& loader) {
  if (root.is_broken()) return false;
  if (!root.is_map()) {
    auto& problem = loader.error(code::wrong_type, root.span(), "a runbook is a map of keys");
    problem.help = "begin it with `runbook: v1`";
    return false;
  }
  if (root.find("runbook") == nullptr) {
    if (root.find("steps") != nullptr) return true;  // a runbook but for its first line
    auto& problem = loader.error(code::missing_key, root.entries() == 0 ? root.span() : root.key(0).span(),
                                 "this file does not say that it is a runbook");
    problem.help = "make `runbook: v1` its first line";
    return false;  // else every key of it would be reported
  }
  if (root.key(0).text.value != "runbook") {
    std::size_t i = 0;
    while (root.key(i).text.value != "runbook") ++i;
    loader.error(code::bad_value, root.key(i).span(), "`runbook` must be the first key").help =
        "make `runbook: v1` the first line";
  }
  return true;
}

}  // namespace

std::optional<Runbook> load_runbook(std::shared_ptr<const SourceFile> file, Diagnostics& diagnostics,
                                    LuaModules* modules) {
  const auto errors_before = diagnostics.errors();
  const auto root = parse_yaml(*file, diagnostics);
  const bool whole = diagnostics.errors() == errors_before;
  if (!root) return std::nullopt;
  Loader loader(*file, diagnostics);
  loader.modules = modules;
  Runbook runbook;
  runbook.file = file;
  const bool is_runbook = check_root(*root, loader);
  if (is_runbook) {
    load_keys(loader, *root, runbook_keys(), "a runbook", runbook);
    loader.derive_ids(runbook);
  }
  diagnostics.sort();
  if (!whole || !is_runbook) return std::nullopt;
  return runbook;
}

}  // namespace runbook
