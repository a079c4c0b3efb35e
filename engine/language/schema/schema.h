// The language for programs and for people, from the key table: what the loader takes is what these say.
#pragma once

#include <string>

namespace runbook {

// JSON Schema draft-07, pretty-printed, ended by a line end: for editors. What it cannot say stays with the loader:
// what is inside expressions and shell text, what compares two values or looks at another place, how a value is
// written.
std::string runbook_schema_json();

// The reference page, Markdown.
std::string runbook_reference_markdown();

}  // namespace runbook
