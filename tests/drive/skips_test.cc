// What is left out by a person does not run, and all else does as ever.
#include "drive/fixture.h"

using namespace runbook;

namespace {

struct Keeping : JournalSink {
  Result<> append(const Event& event, Time) override { return events.push_back(event), Result<>(); }
  Result<> append_end(const std::vector<Event>&, Time) override { return {}; }
  Result<> sync() override { return {}; }
  std::vector<Event> events;
};

}  // namespace

TEST_CASE("a skipped step satisfies those that need it, whatever its `when`, and is not undone") {
  const Planned planned(
      "runbook: v1\nname: x\npreconditions: [{ shell: 'true' }]\nsteps:\n"
      "  - { id: a, when: \"false\", shell: 'true', rollback: { shell: 'true' } }\n"
      "  - id: g\n    rollback: { shell: 'true' }\n    steps:\n      - { id: inner, shell: 'true', rollback: { shell: "
      "'true' } }\n"
      "  - { id: b, shell: 'true', outputs: { x: 'default(steps.a.outputs.x, steps.a.outcome)' } }\n"
      "  - { id: c, shell: 'true' }\n");
  ScriptedHost host(planned.plan);
  host.codes["c"] = 1;
  ExpressionEvaluator evaluator(planned.plan, context_with(), 1);
  SilentObserver observer;
  Keeping journal;
  RunState state(planned.plan);
  RunStarted started;
  started.skips = {{planned.id("a"), "--skip by anna"}, {planned.id("g"), "--skip by anna"}};
  REQUIRE(Driver(state, evaluator, host, journal, observer, InterruptPolicy::leave).run({started}));
  CHECK(host.log == std::vector<std::string>{"start precondition[1]", "start b", "start c"});
  CHECK(state.result()->outcome == RunOutcome::failed);  // nothing that ran has an undo
  std::vector<std::string> skipped;
  for (const auto& event : journal.events)
    if (const auto* skip = std::get_if<NodeSkipped>(&event))
      skipped.push_back(planned.plan[skip->node].name + ": " + skip->reason);
  CHECK(skipped == std::vector<std::string>{"a: --skip by anna", "g: --skip by anna"});
  CHECK(state[planned.id("inner")].outcome == Outcome::skipped);
  for (const auto& event : journal.events)
    if (const auto* end = std::get_if<AttemptFinished>(&event); end && end->node == planned.id("b"))
      CHECK(to_json(*end->result.find("outputs")) == R"({"x":"skipped"})");
}
