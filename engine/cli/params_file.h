// Parameters from a file: a YAML map of names and values, by the same rules as runbooks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "source/diagnostic.h"

namespace runbook {

struct ParamsFile {
  std::shared_ptr<const SourceFile> file;  // diagnostics point into it
  std::vector<std::pair<std::string, std::string>> params;
};

// nullopt when the file cannot be read (why is on stderr); what is wrong in it goes to `diagnostics`.
std::optional<ParamsFile> read_params_file(const std::string& path, Diagnostics& diagnostics);

}  // namespace runbook
