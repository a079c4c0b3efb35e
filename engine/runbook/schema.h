// The language for programs and for people, from the key table: what the loader takes is what these say.
#pragma once

#include <string>

namespace runbook {

// JSON Schema draft-07, pretty-printed, ended by a line end: for editors. It cannot say everything the loader checks:
// ids, expressions, shell text and a default's type stay with the loader.
std::string runbook_schema_json();

// The reference page, Markdown.
std::string runbook_reference_markdown();

}  // namespace runbook
