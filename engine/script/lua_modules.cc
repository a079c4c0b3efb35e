#include "script/lua_modules.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "expr/syntax/lua_syntax.h"
#include "source/codes.h"

namespace runbook {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 40;
constexpr std::string_view folder = "lua", extension = ".lua";

bool is_part(std::string_view part) {
  return !part.empty() && part[0] != '-' && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_module_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name) return false;
  while (true) {
    const auto slash = name.find('/');
    if (!is_part(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

std::string below(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : (fs::path(directory) / name).string();
}

// A little more than a script may have, so that one that is too long is seen to be.
struct Bytes {
  std::string text;
  int error = 0;
};
Bytes read(const std::string& path) {
  Bytes bytes;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return bytes.error = errno ? errno : EIO, bytes;
  bytes.text.resize(longest_script + 1);
  file.read(bytes.text.data(), static_cast<std::streamsize>(bytes.text.size()));
  if (file.bad()) bytes.error = errno ? errno : EIO;
  bytes.text.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace

std::string module_file_name(const std::string& name) {
  return std::string(folder) + "/" + name + std::string(extension);
}

std::vector<std::shared_ptr<const LuaModule>> LuaModules::link(const Script& script, Diagnostics& diagnostics) {
  Modules needed;
  for (const auto& name : script.required) add(name, diagnostics, needed);
  return needed;
}

void LuaModules::add(const Text& name, Diagnostics& diagnostics, Modules& needed) {
  if (std::any_of(needed.begin(), needed.end(), [&](const auto& module) { return module->name == name.value; })) return;
  if (const auto begin = std::find(loading_.begin(), loading_.end(), name.value); begin != loading_.end()) {
    std::string circle;
    for (auto one = begin; one != loading_.end(); ++one) circle += *one + " → ";
    diagnostics.error(code::module, name.span, "modules require each other in a circle: " + circle + name.value).help =
        "move what both need into a module of its own";
    return;
  }
  auto known = modules_.find(name.value);
  if (known == modules_.end()) known = modules_.emplace(name.value, load(name, diagnostics)).first;
  const auto module = known->second;
  if (!module) return;
  loading_.push_back(name.value);
  for (const auto& required : module->script.required) add(required, diagnostics, needed);
  loading_.pop_back();
  needed.push_back(module);
}

std::shared_ptr<const LuaModule> LuaModules::load(const Text& name, Diagnostics& diagnostics) {
  if (!is_module_name(name.value)) {
    auto& problem = diagnostics.error(code::module, name.span, "this cannot be the name of a module");
    const auto dot = name.value.ends_with(extension);
    problem.help = dot ? "write it without `.lua`"
                       : "modules are found by name, such as `stats` or `net/hosts`, in `lua/` beside the runbook, in "
                         "`lua/` of the directories in RUNBOOK_PATH and in the standard library";
    return nullptr;
  }
  for (const auto& directory : directories_) {
    const auto path = below(directory, module_file_name(name.value));
    std::error_code error;
    if (!fs::is_regular_file(path, error)) continue;
    auto bytes = read(path);
    if (bytes.error == 0 && !is_utf8(bytes.text)) {
      diagnostics.error(code::module, name.span, "the module `" + name.value + "` is not UTF-8 text: " + path);
      return nullptr;
    }
    if (bytes.error != 0) {
      diagnostics.error(code::module, name.span,
                        "the module `" + name.value + "` cannot be read: " + path + ": " + std::strerror(bytes.error));
      return nullptr;
    }
    const auto file = std::make_shared<const SourceFile>(path, std::move(bytes.text));
    diagnostics.keep(file);
    Text text{std::string(file->text()), Span{file.get(), 0, file->text().size()}, true, false};
    auto script = parse_script(std::move(text), Dialect::module, diagnostics);
    return std::make_shared<const LuaModule>(LuaModule{name.value, file, std::move(script)});
  }
  report_unknown(name, diagnostics);
  return nullptr;
}

void LuaModules::report_unknown(const Text& name, Diagnostics& diagnostics) const {
  auto& problem = diagnostics.error(code::module, name.span, "the module `" + name.value + "` does not exist");
  const auto names = available();
  if (const auto near = nearest(name.value, {names.begin(), names.end()}); !near.empty()) {
    problem.help = "did you mean `" + std::string(near) + "`?";
  } else if (!names.empty()) {
    problem.help = "there " + std::string(names.size() == 1 ? "is " : "are ") + join_ticked(names);
  } else {
    problem.help = "make it: `lua/" + name.value + ".lua` beside the runbook, or in a directory of RUNBOOK_PATH";
  }
}

std::vector<std::shared_ptr<const LuaModule>> LuaModules::loaded() const {
  Modules all;
  for (const auto& [name, module] : modules_)
    if (module) all.push_back(module);
  return all;
}

std::vector<std::string> LuaModules::available() const {
  std::vector<std::string> names;
  for (const auto& directory : directories_) {
    const fs::path root = below(directory, std::string(folder));
    std::error_code error;
    auto files = fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied, error);
    for (; !error && files != fs::recursive_directory_iterator(); files.increment(error)) {
      const auto name = files->path().lexically_relative(root).replace_extension().string();
      if (files->path().extension() == extension && is_module_name(name)) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace runbook
