// Loads a runbook: bytes -> YAML events -> typed model, with every author mistake of the file in one go.
#pragma once

#include <memory>
#include <optional>

#include "runbook/runbook.h"

namespace runbook {

// The runbook, or nullopt when `diagnostics` has errors. Warnings do not stop it. Never throws, whatever the bytes are.
std::optional<Runbook> load_runbook(std::shared_ptr<const SourceFile> file, Diagnostics& diagnostics);

}  // namespace runbook
