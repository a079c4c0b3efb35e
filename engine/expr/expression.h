// Expression: one Lua 5.4 expression as an author wrote it, checked and with its references found, before anything
// runs. Evaluated by a Sandbox.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "source/diagnostic.h"

namespace runbook {

// A path of constant names that the expression reads, from a global: `steps.current.outputs.release` is
// {"steps", "current", "outputs", "release"}. It ends before the first part that is not constant; `dynamic` says so
// (`steps[item]` is {"steps"}, dynamic).
struct Reference {
  std::vector<std::string> path;
  bool dynamic = false;
  std::size_t offset = 0;  // of the whole path, in the expression's text
  std::size_t length = 0;
  std::vector<std::size_t> offsets;  // of each part, in the expression's text
};

struct Expression {
  Text text;  // its span is the expression's own place, without `${{ }}`
  std::vector<Reference> references;
};

// Checks syntax (by Lua's own parser), what the sandbox refuses (assignment, `load`…) and unknown globals, with
// "did you mean"; adds to `diagnostics` at the exact place where it can. Never throws; an Expression with errors must
// not be evaluated.
Expression parse_expression(Text text, Diagnostics& diagnostics);

}  // namespace runbook
