// Ids of steps: those the author wrote, and those made from a name or from the step's place.
#include <cctype>

#include "language/loader.h"
#include "source/codes.h"
#include "yaml/scalar.h"

namespace runbook {
namespace {

constexpr std::size_t longest_id = 64;

// "Back up the database" -> back_up_the_database. Empty when nothing usable is left.
std::string id_from_name(std::string_view name) {
  std::string id;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (keep)
      id += c;
    else if (!id.empty() && id.back() != '_')
      id += '_';
  }
  if (id.size() > longest_id) id.resize(longest_id);
  while (!id.empty() && id.back() == '_') id.pop_back();
  const bool usable = !id.empty() && id[0] >= 'a' && id[0] <= 'z' && !is_lua_keyword(id);
  return usable ? id : std::string();
}

std::string_view action_word(const Step& step) {
  struct Word {
    std::string_view operator()(const ShellAction&) const { return "shell"; }
    std::string_view operator()(const ExecAction&) const { return "exec"; }
    std::string_view operator()(const HttpAction&) const { return "http"; }
    std::string_view operator()(const WaitAction&) const { return "wait"; }
    std::string_view operator()(const LuaAction&) const { return "lua"; }
    std::string_view operator()(const UseAction&) const { return "use"; }
    std::string_view operator()(const ManualAction&) const { return "manual"; }
    std::string_view operator()(const GroupAction& group) const { return group.parallel ? "parallel" : "steps"; }
  };
  return std::visit(Word{}, step.action);
}

}  // namespace

void Loader::claim_id(const Text& id) {
  const auto [place, is_new] = ids_.emplace(id.value, id.span);
  if (is_new) return;
  auto& problem = error(code::duplicate_id, id.span, "two steps have the id `" + id.value + "`");
  problem.label = "again";
  problem.notes.push_back("first used in line " + std::to_string(place->second.line()) + ", column " +
                          std::to_string(place->second.column()));
  problem.help = "give one of them another id";
}

void Loader::derive_ids(std::vector<Step>& steps, int& position, bool by_name) {
  for (auto& step : steps) {
    ++position;
    if (step.id.empty() && by_name) {
      if (auto id = id_from_name(step.name); !id.empty()) {
        const auto [place, is_new] = ids_.emplace(id, step.span);
        if (!is_new) {
          auto& problem = error(code::duplicate_id, step.span, "two steps have the id `" + id + "`");
          problem.label = "made from the name of this step";
          problem.notes.push_back("first used in line " + std::to_string(place->second.line()) + ", column " +
                                  std::to_string(place->second.column()));
          problem.help = "give one of them an `id` of its own";
        }
        step.id = std::move(id);
      }
    } else if (step.id.empty()) {
      const auto base = std::string(action_word(step)) + "_" + std::to_string(position);
      auto id = base;
      for (int n = 2; !ids_.emplace(id, step.span).second; ++n) id = base + "_" + std::to_string(n);
      step.id = std::move(id);
    }
    if (auto* group = std::get_if<GroupAction>(&step.action)) derive_ids(group->steps, position, by_name);
  }
}

void Loader::derive_ids(Runbook& runbook) {
  for (const bool by_name : {true, false}) {
    int position = 0;
    for (auto* steps : {&runbook.steps, &runbook.on_failure, &runbook.on_success, &runbook.finally})
      derive_ids(*steps, position, by_name);
  }
}

}  // namespace runbook
