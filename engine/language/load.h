// Loads a runbook: bytes -> YAML events -> typed model, with every author mistake of the file in one go.
#pragma once

#include <memory>
#include <optional>

#include "runbook/runbook.h"

namespace runbook {

class LuaModules;

// The runbook; with errors in `diagnostics` only fit to be looked at further, so that an author learns of all mistakes
// at once. nullopt when the file is no runbook or its YAML is broken. Never throws, whatever the bytes are.
// `modules`: those its scripts may require; nullptr: none.
std::optional<Runbook> load_runbook(std::shared_ptr<const SourceFile> file, Diagnostics& diagnostics,
                                    LuaModules* modules = nullptr);

}  // namespace runbook
