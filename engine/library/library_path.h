// LibraryPath: where runbooks and Lua modules are found that do not stand beside the runbook that uses them. The one
// place that knows; whoever looks something up asks here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

// The directories are absolute, but need not exist.
struct LibraryPath {
  std::string standard;          // of what comes with the engine; empty: there is none
  std::vector<std::string> own;  // of RUNBOOK_PATH, in its order

  // All of them, in the order in which a name is looked for: one's own before what comes with the engine.
  std::vector<std::string> all() const;
};

// By the environment: RUNBOOK_PATH (directories separated by `:`; empty ones do not count), and RUNBOOK_STDLIB for the
// standard library. Without the latter it is `../share/runbook/stdlib` beside the executable's directory when it
// exists, else, for an executable that stands in the tree it was built in, the source tree's.
LibraryPath find_library_path();

// The same from what it depends on. Relative directories count from the current one.
LibraryPath library_path_from(std::string_view path_variable, std::string_view stdlib_variable,
                              const std::string& executable);

}  // namespace runbook
