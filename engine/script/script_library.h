// What scripts and modules have beyond the functions of expressions: more of Lua's own, all of it without I/O, clock or
// randomness. It may take for ever and is bounded by the process it runs in.
#pragma once

namespace runbook {

class Interpreter;

// Adds to the functions that scope::prepare() made.
void add_script_library(Interpreter& interpreter);

}  // namespace runbook
