// Diagnostics at the edge: as text for people, as JSON for programs. Whatever the file held, the text is safe for a
// terminal: control characters become visible, wide characters keep the caret in place, long lines are cut.
#pragma once

#include <cstddef>
#include <string>

#include "source/diagnostic.h"

namespace runbook {

struct RenderOptions {
  bool color = false;
  std::size_t width = 120;  // columns; longer source lines are cut around the caret
};

// Several lines, the last ended by "\n":
//   error[RB014]: unknown key `neeeds` in a step
//     --> deploy.yaml:31:5
//      |
//   31 |     neeeds: [migrate]
//      |     ^^^^^^ not a step key
//      = help: did you mean `needs`?
// Notes follow as `= NOTE`. A diagnostic without a place has its first line, notes and help.
std::string render_text(const Diagnostic& diagnostic, const RenderOptions& options = {});
// All of them, an empty line between two.
std::string render_text(const Diagnostics& diagnostics, const RenderOptions& options = {});

// One object and "\n": severity code message file line column end_line end_column label notes help. Without a place
// there are no file, line and column; empty label, notes and help are left out. Columns count characters from 1;
// the end is exclusive.
std::string render_json(const Diagnostic& diagnostic);
std::string render_json(const Diagnostics& diagnostics);

// "deploy.yaml: 2 errors, 1 warning", without a line end; "deploy.yaml: no errors" when there is nothing.
std::string render_summary(std::string_view path, const Diagnostics& diagnostics);

}  // namespace runbook
