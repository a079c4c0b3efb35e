#include "library/library_path.h"

#include <cstdlib>
#include <filesystem>

namespace runbook {
namespace {

namespace fs = std::filesystem;

std::string absolute(std::string_view directory) {
  std::error_code error;
  auto path = fs::absolute(fs::path(directory), error);
  if (error) return std::string(directory);
  path = path.lexically_normal();
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();  // `lib/`
  return path.string();
}

bool directory_exists(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// An executable that was installed must not depend on a source tree that happens to be there still.
bool in_build_tree(const std::string& executable) { return executable.starts_with(RUNBOOK_BUILD_TREE "/"); }

std::string standard_library(std::string_view variable, const std::string& executable) {
  if (!variable.empty()) return absolute(variable);
  if (executable.empty()) return {};
  const auto installed = fs::path(executable).parent_path().parent_path() / "share/runbook/stdlib";
  if (directory_exists(installed)) return absolute(installed.string());
  return in_build_tree(executable) ? RUNBOOK_SOURCE_STDLIB : "";
}

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::vector<std::string> LibraryPath::all() const {
  auto directories = own;
  if (!standard.empty()) directories.push_back(standard);
  return directories;
}

LibraryPath library_path_from(std::string_view path_variable, std::string_view stdlib_variable,
                              const std::string& executable) {
  LibraryPath path;
  path.standard = standard_library(stdlib_variable, executable);
  while (!path_variable.empty()) {
    const auto colon = path_variable.find(':');
    const auto directory = path_variable.substr(0, colon);
    if (!directory.empty()) path.own.push_back(absolute(directory));
    path_variable.remove_prefix(colon == std::string_view::npos ? path_variable.size() : colon + 1);
  }
  return path;
}

LibraryPath find_library_path() {
  std::error_code error;
  const auto executable = fs::read_symlink("/proc/self/exe", error);
  return library_path_from(variable("RUNBOOK_PATH"), variable("RUNBOOK_STDLIB"), error ? "" : executable.string());
}

}  // namespace runbook
