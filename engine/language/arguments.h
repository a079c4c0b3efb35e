// The values given for a run, `-p KEY=VALUE`, bound to the runbook's parameters.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runbook/runbook.h"

namespace runbook {

// A map with every declared parameter, in the order of the file: the given text as a value of its type (a duration as
// seconds, a size as bytes; lists and maps from JSON), else its default, else null. Of a parameter given twice the last
// counts. What is missing, unknown or out of limits is reported at the parameter's declaration (an unknown one has no
// place); then the map must not be used.
Value bind_params(const Runbook& runbook, const std::vector<std::pair<std::string, std::string>>& given,
                  Diagnostics& diagnostics);

// How messages speak of values that are asked for elsewhere: of a runbook's parameters, or of a manual step's inputs.
struct BindWords {
  std::string noun = "parameter";
  std::string owner = "this runbook";
  std::string option = "-p ";  // what stands before NAME=VALUE
};
Value bind_values(const std::vector<Param>& params, const std::vector<std::pair<std::string, std::string>>& given,
                  const BindWords& words, Diagnostics& diagnostics);

}  // namespace runbook
