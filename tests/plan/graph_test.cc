#include "plan/planning.h"

using namespace runbook;
using namespace std::chrono_literals;

TEST_CASE("a step waits for the one above it unless it says what it needs") {
  const Planning p(
      "  - { id: a, shell: 'true' }\n"
      "  - { id: b, shell: 'true' }\n"
      "  - { id: c, shell: 'true', needs: [] }\n"
      "  - { id: d, shell: 'true', needs: [a, c, a] }\n");
  CHECK(p.needs("a") == "");
  CHECK(p.needs("b") == "a");
  CHECK(p.needs("c") == "");
  CHECK(p.needs("d") == "a c");
  CHECK(p["a"].dependents.size() == 2);
}

TEST_CASE("members of a parallel group start together, of a plain group in order") {
  const Planning p(
      "  - { id: first, shell: 'true' }\n"
      "  - id: together\n"
      "    max_parallel: 2\n"
      "    fail_fast: true\n"
      "    parallel:\n"
      "      - { id: l, shell: 'true' }\n"
      "      - id: phase\n"
      "        steps: [{ id: m, shell: 'true' }, { id: n, shell: 'true' }]\n"
      "  - { id: last, shell: 'true' }\n");
  CHECK(p.needs("l") == "");
  CHECK(p.needs("phase") == "");
  CHECK(p.needs("n") == "m");
  CHECK(p.needs("last") == "together");
  CHECK(p["together"].max_parallel == 2);
  CHECK(p["together"].fail_fast);
  CHECK_FALSE(p["together"].timeout);  // its members are bounded
  CHECK(p["m"].parent == p["phase"].id);
}

TEST_CASE("what belongs to a step or to the run is a node with a name of its own") {
  const Planning p(
      "  - id: a\n"
      "    shell: 'true'\n"
      "    preconditions: [{ shell: 'true' }, { shell: 'true' }]\n"
      "    rollback: { shell: 'true' }\n"
      "  - id: b\n"
      "    shell: 'true'\n"
      "    rollback: [{ shell: 'true' }, { shell: 'true' }]\n",
      "preconditions: [{ shell: 'true' }]\n"
      "on_failure: [{ shell: 'true' }]\n"
      "finally: [{ shell: 'true' }]\n");
  CHECK(p["a.pre[2]"].owner == p["a"].id);
  CHECK(p["a.pre[2]"].kind == NodeKind::check);
  CHECK(p["a.undo"].owner == p["a"].id);
  CHECK(p["b.undo[2]"].kind == NodeKind::undo);
  CHECK(p["b"].undo == std::vector{p["b.undo[1]"].id, p["b.undo[2]"].id});
  CHECK(p["precondition[1]"].effect == NodeEffect::read);
  CHECK(p["on_failure[1]"].kind == NodeKind::handler);
  CHECK(p.plan->finally == std::vector{p["finally[1]"].id});
}

TEST_CASE("every step has a finite timeout, and a wait is not cut short by a default") {
  const Planning p(
      "  - { id: a, shell: 'true' }\n"
      "  - { id: b, shell: 'true', timeout: 30m, attempt_timeout: 1m, kill_after: 2s }\n"
      "  - { id: c, wait: 1h }\n",
      "defaults: { timeout: 7m }\n");
  CHECK(p["a"].timeout == Duration(7min));
  CHECK(p["a"].kill_after == Duration(10s));
  CHECK(p["b"].timeout == Duration(30min));
  CHECK(p["b"].attempt_timeout == Duration(1min));
  CHECK(p["b"].kill_after == Duration(2s));
  CHECK(*p["c"].timeout > 1h);
}

TEST_CASE("waits between attempts grow, up to their limit and without overflow") {
  const RetryRule rule{0, 2s, 3, 1min, 0};
  CHECK(rule.wait_before(2) == 2s);
  CHECK(rule.wait_before(3) == 6s);
  CHECK(rule.wait_before(5) == 54s);
  CHECK(rule.wait_before(6) == 1min);
  CHECK(rule.wait_before(1'000'000) == 1min);
  CHECK(RetryRule{0, 2s, 10, Duration::max(), 0}.wait_before(1'000'000) > 1000h);
}

TEST_CASE("a circle is told as its path") {
  const Planning p(
      "  - { id: a, shell: 'true', needs: [c] }\n"
      "  - { id: b, shell: 'true' }\n"
      "  - { id: c, shell: 'true', needs: [b] }\n"
      "  - { id: d, shell: 'true', needs: [d2] }\n"
      "  - { id: d2, shell: 'true', needs: [] }\n");
  CHECK_FALSE(p.plan);
  CHECK(
      p.said() ==
      "RB023 4:37 steps need each other in a circle: a → c → b → a | take one of these needs away; `needs: []` lets a "
      "step start at once\n");
}

TEST_CASE("needs that lead nowhere") {
  const Planning p(
      "  - { id: migrate, shell: 'true' }\n"
      "  - { id: b, shell: 'true', needs: [migrat] }\n"
      "  - { id: g, steps: [{ id: inner, shell: 'true', needs: [migrate] }] }\n"
      "  - { id: c, shell: 'true', needs: [inner] }\n");
  CHECK(
      p.said() ==
      "RB022 5:37 step `b` needs `migrat`, which does not exist | did you mean `migrate`?\n"
      "RB024 6:58 step `inner` needs `migrate`, which stands in another group | `needs` names steps of the same list; "
      "need the group that holds `migrate` instead\n"
      "RB024 7:37 step `c` needs `inner`, which stands in another group | `needs` names steps of the same list; need "
      "the group that holds `inner` instead\n");
}

TEST_CASE("advice: a change that a later failure would leave behind") {
  Planning p(
      "  - { id: a, shell: 'true' }\n"
      "  - { id: b, shell: 'true', effect: read }\n"
      "  - { id: c, shell: 'true', rollback: { shell: 'true' } }\n"
      "  - { id: last, shell: 'true' }\n");
  REQUIRE(p.plan);
  advise(*p.plan, p.diagnostics);
  REQUIRE(p.diagnostics.warnings() == 1);
  CHECK(p.diagnostics.all()[0].message == "`a` changes something but has no `rollback`");
  Planning without("  - { id: a, shell: 'true' }\n  - { id: b, shell: 'true' }\n");
  advise(*without.plan, without.diagnostics);
  CHECK(without.diagnostics.all().empty());
}
