// Used runbooks and loops in the graph: which nodes there are, what their expressions may speak of.
#include "library/uses.h"

#include "library/map_files.h"
#include "plan/planning.h"

using namespace runbook;
using test::MapFiles;

namespace {

struct Inlined : Planning {
  Inlined(const std::string& list, const std::string& used, const std::string& top = "") : Planning("  - wait: 1s\n") {
    diagnostics = {};
    plan.reset();
    file = std::make_shared<SourceFile>("x.yaml", "runbook: v1\nname: x\nsteps:\n" + list + top);
    runbook = load_runbook(file, diagnostics);
    MapFiles files;
    files.files["part.yaml"] = "runbook: v1\nname: part\n" + used;
    REQUIRE(runbook);
    resolve_uses(*runbook, "x.yaml", files, diagnostics);
    plan = build_plan(*runbook, diagnostics);
    diagnostics.sort();
  }
  std::string names() const {
    REQUIRE(plan);
    std::string text;
    for (const auto& node : plan->nodes)
      if (node.id != root_node) text += (text.empty() ? "" : " ") + node.name;
    return text;
  }
};

}  // namespace

TEST_CASE("a used runbook is a group of its steps, with its preconditions as checks") {
  Inlined inlined(
      "  - id: first\n    shell: a\n"
      "  - id: backup\n    use: part\n    preconditions: [{ shell: ready }]\n    rollback: { shell: forget }\n    "
      "timeout: 1h\n"
      "  - id: last\n    shell: b\n",
      "timeout: 20m\ndefaults: { timeout: 3m }\npreconditions: [{ shell: c }]\n"
      "steps:\n  - id: dump\n    shell: d\n    rollback: { shell: e }\n  - id: verify\n    shell: f\n");
  CHECK(inlined.said().empty());
  CHECK(inlined.names() ==
        "first backup backup.pre[1] backup.undo backup.pre[2] backup.dump backup.dump.undo backup.verify last");
  CHECK(inlined.needs("backup.verify") == "backup.dump");
  CHECK(inlined.needs("last") == "backup");
  CHECK(inlined["backup"].timeout == std::chrono::minutes(20));
  CHECK(inlined["backup.dump"].timeout == std::chrono::minutes(3));
  CHECK(inlined["backup"].checks.size() == 2);
  CHECK(inlined["backup"].scope == root_scope);
  CHECK(inlined["backup.dump"].scope == inlined["backup"].inside);
}

TEST_CASE("expressions of a used runbook speak of its own file only") {
  const std::string use = "  - id: outer\n    shell: a\n  - id: p\n    use: part\n";
  CHECK(Inlined(use, "steps: [{ shell: 'echo ${{ steps.outer.stdout }}' }]\n")
            .said()
            .find("step `outer` does not exist") != std::string::npos);
  CHECK(Inlined(use, "params: { a: { type: string } }\nsteps: [{ shell: 'echo ${{ params.b }}' }]\n")
            .said()
            .find("unknown parameter `b`") != std::string::npos);
  CHECK(Inlined(use, "steps: [{ id: s, shell: a, outputs: { o: result.stdout } }]\noutputs: { o: steps.s.outputs.o }\n",
                "  - shell: 'echo ${{ steps.p.outputs.o }}'\n")
            .said()
            .empty());
  const auto said =
      Inlined(use, "steps: [{ shell: a }]\noutputs: { file: '1' }\n", "  - shell: 'echo ${{ steps.p.outputs.fil }}'\n")
          .said();
  CHECK(said == "RB031 8:38 step `p` has no output `fil` | did you mean `file`?\n");
  CHECK(Inlined(use, "steps: [{ id: s, shell: a }]\n", "  - shell: 'echo ${{ steps.s.stdout }}'\n")
            .said()
            .find("step `s` does not exist") != std::string::npos);
}

TEST_CASE("a mistake of a runbook that is used twice is told once") {
  CHECK(
      Inlined("  - use: part\n  - use: part\n", "steps: [{ shell: 'echo ${{ params.b }}' }]\n").diagnostics.errors() ==
      1);
}

TEST_CASE("a step of a used runbook cannot have the name of something else") {
  Inlined inlined("  - id: backup\n    use: part\n    rollback: { shell: a }\n", "steps: [{ id: undo, shell: a }]\n");
  CHECK(inlined.said().find("two things are called `backup.undo`") != std::string::npos);
}

TEST_CASE("a loop grows by an instance for each item, with all that is inside") {
  Inlined inlined(
      "  - id: roll\n    for_each: [a, b]\n    preconditions: [{ shell: p }]\n    rollback: { shell: u }\n"
      "    steps:\n      - id: drain\n        shell: d\n"
      "      - id: each\n        for_each: '{item}'\n        use: part\n      - id: after\n        shell: 'echo ${{ "
      "steps.drain.stdout }}'\n"
      "  - id: last\n    shell: b\n",
      "steps: [{ id: inner, shell: a }]\n");
  CHECK(inlined.said().empty());
  CHECK(inlined.names() == "roll last");
  auto& plan = *inlined.plan;
  const auto roll = *plan.find("roll");
  plan.expand(roll, {Value("a"), Value("b")});
  CHECK(inlined.names() ==
        "roll last roll[1] roll[1].pre[1] roll[1].undo roll[1].drain roll[1].each roll[1].after "
        "roll[2] roll[2].pre[1] roll[2].undo roll[2].drain roll[2].each roll[2].after");
  CHECK(plan[roll].members.size() == 2);
  CHECK(inlined.needs("roll[2].after") == "roll[2].each");
  CHECK(plan.find_step(inlined["roll[2].after"].scope, "drain") == plan.find("roll[2].drain"));
  CHECK(plan.find_step(inlined["roll[2].after"].scope, "last") == plan.find("last"));
  CHECK(plan.scopes[inlined["roll[2]"].scope].item == Value("b"));
  CHECK(plan[*plan.find("roll[2].undo")].owner == *plan.find("roll[2]"));
  const auto each = *plan.find("roll[2].each");
  plan.expand(each, {Value("x")});
  CHECK(inlined["roll[2].each[1]"].parent == each);
  CHECK(inlined["roll[2].each[1].inner"].parent == *plan.find("roll[2].each[1]"));
  // A used runbook sees neither item nor steps of its user; what is around it stays its own.
  CHECK_FALSE(plan.find_step(inlined["roll[2].each[1].inner"].scope, "drain"));
  CHECK(plan.scopes[plan.scopes[inlined["roll[2].each[1].inner"].scope].around].item == Value("x"));
  for (const auto& node : plan.nodes) {
    CHECK(node.id == static_cast<NodeId>(&node - plan.nodes.data()));
    for (const auto* list : {&node.needs, &node.dependents, &node.members, &node.checks, &node.undo})
      for (const auto id : *list) CHECK(id < plan.nodes.size());
    CHECK(node.scope < plan.scopes.size());
  }
}

TEST_CASE("item and index are known inside a loop only") {
  CHECK(Inlined("  - shell: 'echo ${{ item }}'\n", "steps: [{ shell: a }]\n")
            .said()
            .find("`item` exists only inside `for_each`") != std::string::npos);
  CHECK(Inlined("  - for_each: [1]\n    use: part\n", "steps: [{ shell: 'echo ${{ item }}' }]\n")
            .said()
            .find("`item` exists only") != std::string::npos);
  CHECK(Inlined("  - for_each: [1]\n    use: part\n    with: { a: '${{ item }}' }\n",
                "params: { a: { type: integer } }\nsteps: [{ shell: 'echo ${{ params.a }}' }]\n")
            .said()
            .empty());
}

TEST_CASE("`when` of a loop is for the loop, unless it speaks of the item") {
  Inlined whole("  - id: l\n    for_each: [1]\n    when: 1 == 1\n    shell: a\n", "steps: [{ shell: a }]\n");
  Inlined each("  - id: l\n    for_each: [1]\n    when: item == 1\n    shell: a\n", "steps: [{ shell: a }]\n");
  CHECK(whole["l"].has_when);
  CHECK_FALSE(whole.plan->bodies[0].nodes[0].has_when);
  CHECK_FALSE(each["l"].has_when);
  CHECK(each.plan->bodies[0].nodes[0].has_when);
}

TEST_CASE("what is inside a loop is read through the loop") {
  const auto said = Inlined(
                        "  - id: l\n    for_each: [1]\n    steps: [{ id: inner, shell: a }]\n  - shell: 'echo ${{ "
                        "steps.inner.stdout }}'\n",
                        "steps: [{ shell: a }]\n")
                        .said();
  CHECK(said.find("step `inner` has an instance for each item of `l`") != std::string::npos);
  Inlined kept("  - id: l\n    for_each: [1]\n    shell: a\n  - shell: 'echo ${{ steps.l.stdout[1] }}'\n",
               "steps: [{ shell: a }]\n");
  CHECK(kept.said().empty());
  CHECK(kept.plan->bodies[0].nodes[0].keeps_stdout);
}

TEST_CASE("the items of a loop are in the journal, so they cannot be secrets") {
  CHECK(
      Inlined("  - for_each: '{secrets.a}'\n    shell: a\n", "steps: [{ shell: a }]\n", "secrets: { a: { env: A } }\n")
          .said()
          .find("`for_each` cannot go through a secret") != std::string::npos);
}
