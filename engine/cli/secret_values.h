// The values of a runbook's secrets, from where it says they are.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runbook/runbook.h"

namespace runbook {

using SecretValues = std::vector<std::pair<std::string, std::string>>;  // name, value

// One line end at the end of a file, or of what a command prints, is not part of the value. A variable is taken out of
// the engine's environment, so that nothing the run starts inherits it; commands still have it. What is missing is an
// error with the place of its declaration.
SecretValues read_secrets(const Runbook& runbook, Diagnostics& diagnostics);

}  // namespace runbook
