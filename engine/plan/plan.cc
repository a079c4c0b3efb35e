#include "plan/plan.h"

#include <algorithm>
#include <cmath>

namespace runbook {

std::string_view node_kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::group: return "group";
    case NodeKind::step: return "step";
    case NodeKind::precondition: return "precondition";
    case NodeKind::check: return "check";
    case NodeKind::undo: return "undo";
    case NodeKind::handler: return "handler";
    case NodeKind::probe: return "probe";
    case NodeKind::overrun: return "overrun";
  }
  return "";
}

std::string_view probe_moment_name(ProbeMoment moment) {
  static constexpr std::array<std::string_view, 4> names{"before", "after", "resume", "undo"};
  return names[static_cast<std::size_t>(moment)];
}

std::optional<ProbeMoment> probe_moment_of(std::string_view node_name) {
  const auto last = node_name.substr(node_name.rfind('.') + 1);
  for (const auto moment : {ProbeMoment::before, ProbeMoment::after, ProbeMoment::resume, ProbeMoment::undo})
    if (last == probe_moment_name(moment)) return moment;
  return std::nullopt;
}

Duration RetryRule::wait_before(int next) const {
  const double factor = std::pow(backoff, std::max(0, next - 2));
  const double wait = static_cast<double>(every.count()) * factor;
  // A wait beyond a year is a year: no step lives that long, and the sum must not overflow.
  constexpr double longest = 366.0 * 86'400'000;
  return std::min(max_every, Duration(static_cast<std::int64_t>(std::min(wait, longest))));
}

std::optional<NodeId> Plan::find(std::string_view name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == name; });
  return found == nodes.end() ? std::nullopt : std::optional(found->id);
}

}  // namespace runbook
