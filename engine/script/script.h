// Script: Lua 5.4 of several statements, as an author wrote it in a `lua` step or in a module, checked before anything
// runs. Run by script_run.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "expr/expression.h"
#include "expr/syntax/dialect.h"

namespace runbook {

struct Script {
  Text text;
  std::vector<Reference> references;  // to the run's data; of a module: none
  std::vector<Text> required;         // names of modules, each with its place
};

// A Lua module, as it was found.
struct LuaModule {
  std::string name;
  std::shared_ptr<const SourceFile> file;  // the script points into it
  Script script;
};

// Checks syntax, unknown globals and what a script may not do, as parse_expression does.
Script parse_script(Text text, Dialect dialect, Diagnostics& diagnostics);

// The place of line `line`, from 1, of a text: where a script's error is in the runbook.
Span line_of(const Text& text, int line);

}  // namespace runbook
