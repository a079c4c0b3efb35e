// The first look at a runbook: are these bytes text that every reader sees alike?
#pragma once

#include <optional>

#include "source/diagnostic.h"

namespace runbook {

// Where the text begins (behind a byte order mark), or nullopt after reporting: too large, UTF-16, not UTF-8, NUL,
// control characters, or characters that make text read in another order than it is parsed.
std::optional<std::size_t> check_bytes(const SourceFile& file, Diagnostics& diagnostics);

}  // namespace runbook
