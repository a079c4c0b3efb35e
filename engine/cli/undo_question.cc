#include "cli/undo_question.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "cli/environment.h"
#include "report/words/exit_code.h"
#include "report/words/step_text.h"

namespace runbook {
namespace {

bool stays(const RunState& state, const Node& node, const std::vector<NodeId>& targets) {
  const auto& its = state[node.id];
  if (node.kind != NodeKind::step || node.effect == NodeEffect::read || !node.undo.empty() || !its.started() ||
      its.outcome == Outcome::unchanged)
    return false;
  for (auto g = node.parent; g != no_node; g = state.plan()[g].parent)
    if (state[g].undo == NodeState::Undo::undone || std::find(targets.begin(), targets.end(), g) != targets.end())
      return false;
  return true;
}

}  // namespace

int agree_to_undo(const std::string& run, const RunState& state, const RunView& view,
                  const std::vector<NodeId>& targets, const ResumeArguments& arguments, ColorWhen color) {
  const auto style = style_of(color, terminal_facts(2));
  std::string text =
      "run " + run + (targets.empty() ? " has nothing to undo; it ends here\n" : " will be undone, newest first:\n");
  for (const auto id : targets)
    text += "  " + style.clean(view.names()[id].name) + "   " + undo_text(view, id, style) + "\n";
  for (const auto& node : state.plan().nodes)
    if (stays(state, node, targets))
      text += "  NOT undone: " + style.clean(node.name) +
              (node.effect == NodeEffect::irreversible ? ", which is irreversible\n" : ", which has no rollback\n");
  std::fputs(text.c_str(), stderr);
  if (arguments.yes || isatty(0) != 1 || isatty(2) != 1) return 0;
  const auto question = targets.empty() ? std::string("End it?") : "Undo " + count_of(targets.size(), "step") + "?";
  for (;;) {
    std::fprintf(stderr, "%s [yes / no] ", question.c_str());
    std::string answer;
    if (!std::getline(std::cin, answer) || answer == "no") {
      std::fputs("nothing was undone\n", stderr);
      return exit_codes::cancelled;
    }
    if (answer == "yes") return 0;
  }
}

}  // namespace runbook
