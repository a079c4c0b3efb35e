#include <cstdio>

#include "cli/commands.h"
#include "language/schema/schema.h"
#include "report/words/exit_code.h"

namespace runbook {

int command_schema(const SchemaArguments& arguments, const Invocation&) {
  const auto text = arguments.reference ? runbook_reference_markdown() : runbook_schema_json();
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_codes::ok;
}

}  // namespace runbook
