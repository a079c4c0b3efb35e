// LuaModules: finds, loads and checks the modules that scripts require, each once. A module is `lua/NAME.lua` of the
// first directory that has one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "script/script.h"

namespace runbook {

class LuaModules {
 public:
  // Relative directories count from the current one; empty is the current one.
  explicit LuaModules(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  // All modules that the script needs, those that others require before them. What is wrong with a name is reported
  // at its place, what is wrong in a module at its place in that, once.
  std::vector<std::shared_ptr<const LuaModule>> link(const Script& script, Diagnostics& diagnostics);

  // Every module that was loaded, by name.
  std::vector<std::shared_ptr<const LuaModule>> loaded() const;
  // The names there are.
  std::vector<std::string> available() const;

 private:
  using Modules = std::vector<std::shared_ptr<const LuaModule>>;

  void add(const Text& name, Diagnostics& diagnostics, Modules& needed);
  std::shared_ptr<const LuaModule> load(const Text& name, Diagnostics& diagnostics);
  void report_unknown(const Text& name, Diagnostics& diagnostics) const;

  std::vector<std::string> directories_;
  std::map<std::string, std::shared_ptr<const LuaModule>> modules_;  // nullptr: there is none, which has been told
  std::vector<std::string> loading_;                                 // a chain, each required by the one before it
};

// The name of a module's file below a directory of the search, and in the snapshot of a run: `lua/NAME.lua`.
std::string module_file_name(const std::string& name);

}  // namespace runbook
