// The values of the secrets of a runbook and of those it uses, from where it says they are.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runbook/runbook.h"

namespace runbook {

using SecretValues = std::vector<std::pair<std::string, std::string>>;  // name, value

// Of each runbook. One line end at the end of a file, or of what a command prints, is not part of the value. A variable
// is taken out of the engine's environment, so that nothing the run starts inherits it; commands still have it. What is
// missing is an error with the place of its declaration.
std::vector<SecretValues> read_secrets(const std::vector<const Runbook*>& runbooks, Diagnostics& diagnostics);

}  // namespace runbook
