// Runs compiled shell text with the real shells.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "shell/shell_template.h"

namespace runbook {

struct ShellRun {
  std::string out;
  int status = -1;
};
using Environment = std::vector<std::pair<std::string, std::string>>;

// In an empty directory of its own; `canary` says whether a file of that name was there afterwards.
class ShellRoom {
 public:
  ShellRoom();
  ~ShellRoom();
  ShellRun run(Shell shell, const std::string& script, const Environment& environment) const;
  bool canary() const;

 private:
  std::string directory_;
};

// The text compiled, with every hole reading `value`; nullopt-like: `refused` holds the codes when it was.
struct Compiled {
  ShellTemplate shell;
  std::vector<std::string> refused, warned, messages, helps;
};
Compiled compile(const std::string& text, Shell shell);
Environment with_value(const ShellTemplate& compiled, const std::string& value);

}  // namespace runbook
