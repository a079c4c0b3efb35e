#include "run/event.h"

#include <array>
#include <type_traits>

#include "base/check.h"

namespace runbook {
namespace {

// The names of an enum's values, in their order. They are written into journals: never change one.
constexpr std::array<std::string_view, 8> outcome_names = {"succeeded", "unchanged", "warned",    "failed",
                                                           "timed_out", "skipped",   "cancelled", "unknown"};
constexpr std::array<std::string_view, 8> run_outcome_names = {
    "succeeded", "warned", "refused", "failed", "rolled_back", "rollback_incomplete", "cancelled", "unknown"};
constexpr std::array<std::string_view, 3> stop_reason_names = {"timed_out", "cancelled", "fail_fast"};
constexpr std::array<std::string_view, 4> stop_mode_names = {"finish_current", "stop_now", "roll_back", "leave"};

constexpr std::array<std::string_view, 3> step_choice_names = {"run", "skip", "run_all"};

template <class Enum, std::size_t N>
std::string_view name_of(Enum value, const std::array<std::string_view, N>& names) {
  const auto index = static_cast<std::size_t>(value);
  CHECK(index < N);
  return names[index];
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(std::string_view name, const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) { return name_of(outcome, outcome_names); }
std::optional<Outcome> parse_outcome(std::string_view name) { return value_of<Outcome>(name, outcome_names); }

bool satisfies(Outcome outcome) {
  switch (outcome) {
    case Outcome::succeeded:
    case Outcome::unchanged:
    case Outcome::warned:
    case Outcome::skipped: return true;
    case Outcome::failed:
    case Outcome::timed_out:
    case Outcome::cancelled:
    case Outcome::unknown: return false;
  }
  CHECK(!"an outcome");
}

ProbeAnswer probe_answer(Outcome outcome) {
  if (satisfies(outcome)) return ProbeAnswer::yes;
  return outcome == Outcome::failed ? ProbeAnswer::no : ProbeAnswer::none;
}

std::string_view run_outcome_name(RunOutcome outcome) { return name_of(outcome, run_outcome_names); }
std::optional<RunOutcome> parse_run_outcome(std::string_view name) {
  return value_of<RunOutcome>(name, run_outcome_names);
}

std::string_view stop_reason_name(StopReason reason) { return name_of(reason, stop_reason_names); }
std::optional<StopReason> parse_stop_reason(std::string_view name) {
  return value_of<StopReason>(name, stop_reason_names);
}

std::string_view stop_mode_name(StopMode mode) { return name_of(mode, stop_mode_names); }
std::optional<StopMode> parse_stop_mode(std::string_view name) { return value_of<StopMode>(name, stop_mode_names); }

std::string_view step_choice_name(StepChoice choice) { return name_of(choice, step_choice_names); }
std::optional<StepChoice> parse_step_choice(std::string_view name) {
  return value_of<StepChoice>(name, step_choice_names);
}

NodeId node_of(const Event& event) {
  return std::visit(
      [](const auto& what) -> NodeId {
        if constexpr (requires { what.node; })
          return what.node;
        else
          return no_node;
      },
      event);
}

void learn(NodeNames& names, const Event& event) {
  if (const auto* started = std::get_if<RunStarted>(&event)) names = NodeNames(started->nodes);
  if (const auto* expanded = std::get_if<LoopExpanded>(&event)) names.add(expanded->nodes);
}

}  // namespace runbook
