#include "simulation/histories.h"

#include "simulation/check_history.h"
#include "simulation/scenarios.h"

namespace runbook::simulation {

std::string describe(const World& world) {
  static constexpr const char* names[] = {"run_started",        "ready",        "skipped",          "attempt_started",
                                          "term_sent",          "kill_sent",    "attempt_finished", "attempt_lost",
                                          "retry_scheduled",    "finished",     "stop_requested",   "rollback_started",
                                          "run_resumed",        "run_finished", "budget_exceeded",  "loop_expanded",
                                          "approval_requested", "approved",     "rejected",         "note_added",
                                          "request_refused",    "run_paused",   "step_asked",       "step_chosen"};
  std::string text;
  for (const auto& [event, at] : world.history()) {
    text += "  " + std::to_string(at.time_since_epoch().count()) + " ms  " + names[event.index()];
    if (const auto node = node_of(event); node != no_node)
      text += " " + (node == root_node ? "the run" : world.plan()[node].name);
    if (const auto* e = std::get_if<NodeFinished>(&event))
      text += " " + std::string(outcome_name(e->outcome)) + " " + e->message;
    if (const auto* e = std::get_if<AttemptFinished>(&event))
      text += " " + std::string(outcome_name(e->outcome)) + " " + e->message;
    if (const auto* e = std::get_if<TermSent>(&event)) text += " " + std::string(stop_reason_name(e->reason));
    if (const auto* e = std::get_if<StopRequested>(&event)) text += " " + std::string(stop_mode_name(e->mode));
    if (const auto* e = std::get_if<RunFinished>(&event)) text += " " + std::string(run_outcome_name(e->outcome));
    text += "\n";
  }
  return text;
}

namespace {

std::string live_one(const Scenario& scenario, Choices& choices) {
  World world(scenario, choices);
  try {
    world.live();
    check_history(world);
  } catch (const Violation& violation) {
    throw Violation(scenario.name + ": " + violation.what() + "\n" + describe(world));
  }
  if (world.status() == RunState::Status::unknown) return "waits for a person";
  if (world.status() == RunState::Status::interrupted) return "left";
  if (world.status() == RunState::Status::waiting) return "paused";
  return std::string(run_outcome_name(std::get<RunFinished>(world.history().back().event).outcome));
}

}  // namespace

Tally enumerate(const Scenario& scenario) {
  Tally tally;
  Exhaustive choices;
  do {
    ++tally.outcomes[live_one(scenario, choices)];
    ++tally.histories;
  } while (choices.advance());
  return tally;
}

void run_seeded(std::uint64_t seed) {
  Seeded choices(seed);
  const auto scenario = random_scenario(choices);
  try {
    live_one(scenario, choices);
  } catch (const Violation& violation) {
    throw Violation("seed " + std::to_string(seed) + ": " + violation.what());
  }
}

}  // namespace runbook::simulation
