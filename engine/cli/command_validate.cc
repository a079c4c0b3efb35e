#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/prepared.h"
#include "cli/runbook_files.h"
#include "plan/build_plan.h"
#include "report/words/exit_code.h"

namespace runbook {
namespace {

std::string counts(const Plan& plan) {
  std::size_t steps = 0, undoable = 0;
  for (const auto& node : plan.nodes) {
    steps += node.kind == NodeKind::step;
    undoable += node.is_step() && !node.undo.empty();
  }
  return count_of(steps, "step") + ", " + count_of(undoable, "rollback");
}

}  // namespace

int command_validate(const ValidateArguments& arguments, const Invocation& invocation) {
  const auto options = render_options(use_color(invocation.common.color, terminal_facts(2)));
  int code = exit_codes::ok;
  for (const auto& path : arguments.files) {
    auto text = read_whole_file(path);
    if (!text) {
      code = exit_codes::not_found;
      continue;
    }
    const auto file = std::make_shared<const SourceFile>(path, std::move(*text));
    Diagnostics diagnostics;
    auto sources = sources_for(path);
    const auto prepared = prepare(file, sources, diagnostics);
    if (prepared) advise(*prepared->plan, diagnostics);
    diagnostics.sort();
    if (!prepared && code == exit_codes::ok) code = exit_codes::invalid;
    if (arguments.json) {
      std::fputs(render_json(diagnostics).c_str(), stdout);
      continue;
    }
    print_diagnostics(diagnostics, path, options);
    if (prepared) std::printf("ok %s  %s\n", printable(path).c_str(), counts(*prepared->plan).c_str());
  }
  return code;
}

}  // namespace runbook
