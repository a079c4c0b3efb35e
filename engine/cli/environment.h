// What the machine and the user's environment say: who runs this where, and what the terminal can do.
#pragma once

#include <string>

#include "report/style.h"
#include "report/terminal.h"

namespace runbook {

struct Machine {
  std::string user, host, boot_id;
};
Machine this_machine();

// Of descriptor 1 or 2.
TerminalFacts terminal_facts(int fd);
TerminalSize window_size(int fd, const TerminalFacts& facts);
Style style_of(ColorWhen when, const TerminalFacts& facts);

std::string environment_variable(const char* name);  // empty when unset

}  // namespace runbook
