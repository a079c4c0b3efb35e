#include <algorithm>
#include <array>

#include "simulation/plan_builder.h"
#include "simulation/scenarios.h"

namespace runbook::simulation {
namespace {

using namespace std::chrono_literals;

Scenario scenario(std::string name, PlanBuilder& builder, int interrupts, int crashes,
                  InterruptPolicy policy = InterruptPolicy::ladder) {
  return {std::move(name), builder.plan(), 0, interrupts, crashes, policy};
}

// Somebody is asked before each step.
void add_stepwise(std::vector<Scenario>& all) {
  const auto stepwise = [&](const char* name, PlanBuilder& b, int interrupts, int crashes) {
    all.push_back(scenario(std::string("stepwise: ") + name, b, interrupts, crashes));
    all.back().stepwise = true;
  };
  {
    PlanBuilder b;
    const auto a = b.step("a");
    stepwise("one step, one signal and one crash", b, 1, 1);
    b.step("b", {a}, false);
    stepwise("two steps", b, 0, 0);
  }
  {
    PlanBuilder b;
    b.step("a");
    b.step("b");
    stepwise("two that need not wait for each other", b, 0, 0);
    b[root_node].timeout = 150ms;
    stepwise("two against the clock", b, 0, 0);
  }
  {
    PlanBuilder b;
    const auto group = b.group("g");
    b.check(group);
    b.open(group);
    b.step("a", {}, false);
    b.close();
    b.manual("gate", {}, false);
    stepwise("a group and a gate", b, 0, 0);
  }
  {
    PlanBuilder b;
    b.loop("l");
    stepwise("a loop", b, 0, 0);
  }
}

// Manual steps: approved, rejected, timed out, stopped, with the engine dying while they wait.
void add_gates(std::vector<Scenario>& all) {
  {
    PlanBuilder b;
    const auto a = b.step("a");
    const auto gate = b.manual("gate", {a});
    b.step("b", {gate}, false);
    all.push_back(scenario("a gate between two steps, one signal", b, 1, 0));
    all.push_back(scenario("a gate between two steps, one crash", b, 0, 1));
    auto asks = scenario("a gate, cancelled and left", b, 1, 0, InterruptPolicy::leave);
    asks.deserted = true;
    all.push_back(asks);
    asks = scenario("a gate, nobody there, somebody else's answer", b, 0, 0);
    asks.deserted = true;
    asks.strangers = 1;
    all.push_back(asks);
    b[gate].continue_on_timeout = true;
    all.push_back(scenario("a gate that opens by itself", b, 1, 0));
    b[gate].allow_failure = true;
    b[gate].continue_on_timeout = false;
    all.push_back(scenario("a gate whose no is allowed", b, 0, 0));
  }
  {
    PlanBuilder b;
    const auto group = b.group("g");
    b[group].timeout = 30ms;
    b.undo(group);
    b.open(group);
    b.manual("gate", {}, false);
    b.close();
    const auto beside = b.step("a");
    b[b[beside].undo[0]].manual = true;
    all.push_back(scenario("a gate beside a step, a manual undo", b, 1, 0));
    auto alone = scenario("a gate beside a step, nobody there", b, 0, 0);
    alone.deserted = true;
    all.push_back(alone);
    alone.name = "a gate beside a step, one job";
    alone.jobs = 1;
    all.push_back(alone);
  }
}

}  // namespace

std::vector<Scenario> small_scenarios() {
  std::vector<Scenario> all;
  {
    PlanBuilder b;
    const auto first = b.step("a");
    b.step("b", {first});
    all.push_back(scenario("two steps, one crash, two signals", b, 2, 1));
    all.push_back(scenario("two steps, cancelled in CI", b, 1, 1, InterruptPolicy::leave));
    all.push_back(scenario("two steps, two crashes", b, 0, 2));
  }
  {
    PlanBuilder b;
    auto last = b.step("a");
    for (const char* name : {"b", "c", "d"}) last = b.step(name, {last});
    all.push_back(scenario("chain of four, one crash", b, 0, 1));
    all.push_back(scenario("chain of four, three signals", b, 3, 0));
    all.push_back(scenario("chain of four, rollback on a signal", b, 2, 0, InterruptPolicy::rollback));
  }
  {
    PlanBuilder b;
    const auto a = b.step("a");
    const auto left = b.step("b", {a}), right = b.step("c", {a});
    b.step("d", {left, right}, false);
    all.push_back(scenario("diamond, one signal", b, 1, 0));
    all.push_back(scenario("diamond, one crash", b, 0, 1));
    b[right].allow_failure = true;
    all.push_back(scenario("diamond with an allowed failure", b, 0, 0));
  }
  {
    PlanBuilder b;
    b.step("a"), b.step("b"), b.step("c");
    auto together = scenario("three at once", b, 1, 0);
    all.push_back(together);
    together.name = "three at once, two jobs";
    together.jobs = 2;
    all.push_back(together);
    b[root_node].max_parallel = 1;
    all.push_back(scenario("three, one at a time", b, 1, 0));
  }
  {
    PlanBuilder b;
    const auto a = b.step("a");
    retry(b[a], 3);
    b[a].attempt_timeout = 8ms;
    const auto next = b.step("b", {a});
    retry(b[b[next].undo[0]], 2);
    b[next].idempotent = true;
    all.push_back(scenario("retries forward and back", b, 1, 0));
    all.push_back(scenario("retries and a crash", b, 0, 1));
  }
  {
    PlanBuilder b;
    const auto group = b.group("g");
    b[group].fail_fast = true;
    b.undo(group);
    b.open(group);
    b.step("a"), b.step("b");
    b.close();
    b.step("c", {group});
    all.push_back(scenario("fail_fast group with an undo of its own", b, 0, 0));
    all.push_back(scenario("fail_fast group, one signal", b, 1, 0));
  }
  {
    PlanBuilder b;
    const auto group = b.group("g");
    b[group].allow_failure = true;
    b[group].timeout = 30ms;
    b.open(group);
    const auto a = b.step("a");
    b.step("b", {a});
    b.close();
    b.step("c", {group});
    all.push_back(scenario("group whose failure is allowed, with a deadline", b, 0, 1));
    b[root_node].timeout = 60ms;
    all.push_back(scenario("a deadline for the run", b, 0, 0));
  }
  {
    PlanBuilder b;
    b.precondition(), b.precondition();
    const auto a = b.step("a");
    b.check(a);
    b.step("b", {a});
    all.push_back(scenario("preconditions of run and step", b, 1, 0));
    all.push_back(scenario("preconditions, one crash", b, 0, 1));
  }
  {
    PlanBuilder b;
    const auto a = b.step("a");
    b[a].has_when = true;
    const auto next = b.step("b", {a});
    b[next].effect = NodeEffect::irreversible;
    b.undo(a);
    b.handler(&Plan::on_failure), b.handler(&Plan::on_success), b.handler(&Plan::finally);
    all.push_back(scenario("handlers, a condition, an undo of two steps", b, 0, 0));
    all.push_back(scenario("handlers, one signal", b, 1, 0));
    all.push_back(scenario("handlers, one crash", b, 0, 1));
    b.plan().rollback = Plan::Rollback::manual;
    all.push_back(scenario("handlers, no rollback", b, 1, 0));
  }
  const auto undone_later = [&](const char* name, PlanBuilder& b, int interrupts, int crashes, int rollbacks,
                                InterruptPolicy policy = InterruptPolicy::ladder) {
    all.push_back(scenario(std::string("undone later: ") + name, b, interrupts, crashes, policy));
    all.back().rollbacks = rollbacks;
  };
  {
    PlanBuilder b;
    b.step("b", {b.step("a")});
    undone_later("two steps, and what is left once more", b, 0, 0, 2);
    undone_later("two steps, one crash", b, 0, 1, 1);
    b.plan().rollback = Plan::Rollback::manual;
    undone_later("two steps whose policy would not", b, 0, 0, 2);
    undone_later("two steps whose policy would not, one crash", b, 0, 1, 1);
  }
  {
    PlanBuilder b;
    const auto a = b.step("a");
    b.handler(&Plan::finally);
    undone_later("one step, one crash", b, 0, 1, 1);
    undone_later("one step, one signal", b, 1, 0, 1);
    undone_later("one step, left and resumed", b, 1, 0, 1, InterruptPolicy::leave);
    auto handlers = b;
    handlers.handler(&Plan::on_failure);
    undone_later("one step, handlers", handlers, 0, 0, 1);
    b.undo(a);
    undone_later("a list of undo steps", b, 0, 0, 1);
  }
  {
    PlanBuilder b;
    const auto group = b.group("g");
    b.undo(group);
    b.open(group);
    const auto a = b.step("a");
    b[b.step("b", {a}, false)].effect = NodeEffect::irreversible;
    b.close();
    undone_later("a group, with a change that nothing can undo", b, 0, 0, 2);
  }
  {
    PlanBuilder b;
    const auto a = b.step("a");
    b.probe(a);
    undone_later("a probe, and what is left once more", b, 0, 0, 2);
    b[a].budget = 20ms;
    b.overrun(a);
    undone_later("a probe and a budget", b, 0, 0, 1);
  }
  {
    PlanBuilder b;
    const auto a = b.step("a");
    b.probe(a);
    all.push_back(scenario("a probe, one signal", b, 1, 0));
    all.push_back(scenario("a probe, one crash", b, 0, 1));
    b[a].idempotent = true;
    all.push_back(scenario("a probe of an idempotent step, one crash", b, 0, 1));
    b[a].idempotent = false;
    b.step("b", {a});
    all.push_back(scenario("a probe and a step after it", b, 0, 0));
    b[a].retry.attempts = 2;
    b[b[a].probe(ProbeMoment::after)].retry.attempts = 2;
    all.push_back(scenario("a probe, retries of both", b, 0, 0));
  }
  {
    PlanBuilder b;
    const auto a = b.step("a", {}, false);
    b.probe(a);
    all.push_back(scenario("a probe without an undo, two crashes", b, 0, 2));
    b.step("b", {}, false);
    auto together = scenario("a probe beside another step, one crash", b, 0, 1);
    all.push_back(together);
    together.name = "a probe beside another step, one job";
    together.jobs = 1;
    all.push_back(together);
    all.push_back(scenario("a probe beside another step, left in CI", b, 1, 0, InterruptPolicy::leave));
  }
  {
    PlanBuilder b;
    const auto group = b.group("g");
    b.undo(group);
    b.probe(group);
    b.open(group);
    b.step("a", {}, false);
    b.close();
    b.step("b", {group}, false);
    all.push_back(scenario("a probe of a group", b, 0, 0));
    all.push_back(scenario("a probe of a group, one crash", b, 0, 1));
  }
  {
    PlanBuilder b;
    const auto a = b.step("a");
    b[a].budget = 20ms;
    b.overrun(a), b.overrun(a);
    all.push_back(scenario("a budget, one signal", b, 1, 0));
    all.push_back(scenario("a budget, one crash", b, 0, 1));
    b.step("b", {a});
    b.handler(&Plan::finally);
    all.push_back(scenario("a budget, beside a step and a handler", b, 0, 0));
  }
  {
    PlanBuilder b;
    const auto loop = b.loop("l");
    b[loop].max_parallel = 1;
    b[loop].fail_fast = true;
    all.push_back(scenario("loop, one crash", b, 0, 1));
    b.step("c", {loop}, false);
    all.push_back(scenario("loop, no crash", b, 0, 0));
    b[loop].max_parallel = 0;
    b[loop].has_outputs = true;
    all.push_back(scenario("loop with outputs, all at once", b, 0, 0));
  }
  {
    PlanBuilder b;
    const auto a = b.step("a", {}, false);
    b.loop("l");
    b.probe(a);
    // Without the rest, or there are too many histories: of the loop, only how it begins is looked at here.
    for (auto& node : b.plan().nodes) node.timeout.reset();
    auto& body = b.plan().bodies[0].nodes;
    body.pop_back();
    body[0].undo.clear();
    body[0].timeout.reset();
    auto& probes = b[a].probes;
    probes[static_cast<std::size_t>(ProbeMoment::before)] = probes[static_cast<std::size_t>(ProbeMoment::after)] =
        no_node;
    all.push_back(scenario("loop beside a step that is probed on resume, one crash and one signal", b, 1, 1));
  }
  add_gates(all);
  add_stepwise(all);
  return all;
}

}  // namespace runbook::simulation
