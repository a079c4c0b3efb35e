#include "run/event.h"

#include <catch2/catch.hpp>
#include <set>

using namespace runbook;

namespace {

// Every value of an enum that counts from 0 to `last` has a name of its own that reads back as that value.
template <class Enum, class Name, class Parse>
void check_names(Enum last, Name name, Parse parse) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    INFO(name(value));
    CHECK(parse(name(value)) == value);
    CHECK(seen.insert(name(value)).second);
  }
  for (const char* wrong : {"", "Succeeded", "succeeded ", "no such name"}) CHECK_FALSE(parse(wrong).has_value());
}

}  // namespace

TEST_CASE("names of outcomes, reasons and modes read back") {
  check_names(Outcome::unknown, outcome_name, parse_outcome);
  check_names(RunOutcome::unknown, run_outcome_name, parse_run_outcome);
  check_names(StopReason::fail_fast, stop_reason_name, parse_stop_reason);
  check_names(StopMode::leave, stop_mode_name, parse_stop_mode);
}

TEST_CASE("names are the ones that journals hold") {
  CHECK(outcome_name(Outcome::succeeded) == "succeeded");
  CHECK(outcome_name(Outcome::unchanged) == "unchanged");
  CHECK(outcome_name(Outcome::warned) == "warned");
  CHECK(outcome_name(Outcome::failed) == "failed");
  CHECK(outcome_name(Outcome::timed_out) == "timed_out");
  CHECK(outcome_name(Outcome::skipped) == "skipped");
  CHECK(outcome_name(Outcome::cancelled) == "cancelled");
  CHECK(outcome_name(Outcome::unknown) == "unknown");
  CHECK(run_outcome_name(RunOutcome::refused) == "refused");
  CHECK(run_outcome_name(RunOutcome::rolled_back) == "rolled_back");
  CHECK(run_outcome_name(RunOutcome::rollback_incomplete) == "rollback_incomplete");
  CHECK(run_outcome_name(RunOutcome::unknown) == "unknown");
  CHECK(stop_reason_name(StopReason::timed_out) == "timed_out");
  CHECK(stop_mode_name(StopMode::finish_current) == "finish_current");
  CHECK(stop_mode_name(StopMode::stop_now) == "stop_now");
}

TEST_CASE("dependents start after what worked or was not needed, and after nothing else") {
  for (const auto outcome : {Outcome::succeeded, Outcome::unchanged, Outcome::warned, Outcome::skipped})
    CHECK(satisfies(outcome));
  for (const auto outcome : {Outcome::failed, Outcome::timed_out, Outcome::cancelled, Outcome::unknown})
    CHECK_FALSE(satisfies(outcome));
}

TEST_CASE("an event knows its node") {
  CHECK(node_of(RunStarted{}) == no_node);
  CHECK(node_of(NodeReady{3, {}}) == 3);
  CHECK(node_of(NodeSkipped{4, ""}) == 4);
  CHECK(node_of(AttemptStarted{5, 1, {}, ""}) == 5);
  CHECK(node_of(TermSent{6, StopReason::cancelled}) == 6);
  CHECK(node_of(KillSent{7}) == 7);
  CHECK(node_of(AttemptFinished{8, 1, Outcome::failed, ""}) == 8);
  CHECK(node_of(AttemptLost{9, 1}) == 9);
  CHECK(node_of(RetryScheduled{10, 2, Time{}}) == 10);
  CHECK(node_of(NodeFinished{11, Outcome::skipped, ""}) == 11);
  CHECK(node_of(StopRequested{StopMode::leave, ""}) == no_node);
  CHECK(node_of(RollbackStarted{{1, 2}}) == no_node);
  CHECK(node_of(RunResumed{}) == no_node);
  CHECK(node_of(RunFinished{RunOutcome::failed, 3, {}, {}, {}}) == no_node);
}
