// Of two values under one key, YAML parsers take the first, the last or both. Here the second is a mistake.
#pragma once

#include <functional>
#include <string>

#include "yaml/yaml.h"

namespace runbook {

// Takes the later entries of equal keys out of `map`; `report` makes the error for each.
void drop_duplicate_keys(YamlNode& map, const std::function<Diagnostic&(Span, std::string)>& report);

}  // namespace runbook
