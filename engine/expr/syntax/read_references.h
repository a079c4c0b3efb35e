// What a piece of Lua reads from outside, found in its tokens before anything runs; and what it may not do.
#pragma once

#include <vector>

#include "expr/expression.h"
#include "expr/syntax/dialect.h"

namespace runbook {

struct LuaReferences {
  std::vector<Reference> data;  // paths from params, steps…
  std::vector<Text> modules;    // the names given to `require`, each with its place
};

// REQUIRES: Lua can parse the text. Reports unknown names, assignments and what the sandbox refuses.
LuaReferences read_references(const Text& text, Dialect dialect, Diagnostics& diagnostics);

}  // namespace runbook
