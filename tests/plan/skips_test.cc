#include "plan/skips.h"

#include "plan/planning.h"

using namespace runbook;

namespace {

// What is chosen, as "a b c"; or what is wrong, a line each.
std::string chosen(const Planning& planning, const std::vector<std::string>& skip, const std::string& from = "") {
  INFO(render_text(planning.diagnostics));
  REQUIRE(planning.plan);
  Diagnostics diagnostics;
  const auto skips = choose_skips(*planning.plan, {skip, from, "anna"}, diagnostics);
  std::string text;
  for (const auto& each : diagnostics.all()) {
    if (each.span) text += std::to_string(each.span.line()) + ":" + std::to_string(each.span.column()) + " ";
    text += each.message + (each.help.empty() ? "" : " | " + each.help) + "\n";
  }
  if (diagnostics.errors() > 0) return text;
  for (const auto& one : skips) text += (text.empty() ? "" : " ") + (*planning.plan)[one.node].name;
  return text;
}
std::string from(const Planning& planning, const std::string& step) { return chosen(planning, {}, step); }

const char* const steps =
    "  - { id: a, shell: 'true' }\n"
    "  - id: g\n    steps:\n"
    "      - { id: one, shell: 'true' }\n"
    "      - { id: two, shell: 'true', rollback: { shell: 'true' } }\n"
    "      - { id: three, shell: 'true' }\n"
    "  - { id: b, shell: 'true' }\n"
    "  - { id: side, needs: [], shell: 'true' }\n"
    "  - { id: c, needs: [b], shell: 'true' }\n";

}  // namespace

TEST_CASE("steps and groups are left out by id or by path") {
  const Planning planning(steps);
  CHECK(chosen(planning, {}) == "");
  CHECK(chosen(planning, {"b", "two", "b"}) == "two b");
  CHECK(chosen(planning, {"g"}) == "g");
  CHECK(chosen(planning, {"g.two"}) == "two");
  Diagnostics diagnostics;
  const auto skips = choose_skips(*planning.plan, {{"b"}, "g", "anna"}, diagnostics);
  REQUIRE(skips.size() == 2);
  CHECK(skips[0].reason == "--from g");
  CHECK(skips[1].reason == "--skip by anna");
}

TEST_CASE("a name that is no step is told, with the nearest that is") {
  const Planning planning(steps);
  CHECK(chosen(planning, {"thre"}) == "`--skip`: there is no step `thre` | did you mean `three`?\n");
  CHECK(from(planning, "sied") == "`--from`: there is no step `sied` | did you mean `side`?\n");
  CHECK(chosen(planning, {"a.two"}) == "`--skip`: there is no step `a.two` | did you mean `two`?\n");
  CHECK(chosen(planning, {"two.undo"}) == "`--skip` takes a step or a group, and `two.undo` is neither\n");
  CHECK(chosen(planning, {"zebra"}) ==
        "`--skip`: there is no step `zebra` | there are `a`, `g`, `one`, `two`, `three`, `b`, `side` and `c`\n");
  CHECK(chosen(planning, {""}) != "");
}

TEST_CASE("--from leaves out what comes before, in its group and around it") {
  const Planning planning(steps);
  CHECK(from(planning, "a") == "");
  CHECK(from(planning, "g") == "a");
  CHECK(from(planning, "two") == "a one");
  CHECK(from(planning, "g.three") == "a one two");
  CHECK(from(planning, "b") == "a g");
  CHECK(from(planning, "side") == "a g b");
  CHECK(from(planning, "c") == "a g b side");
}

TEST_CASE("--from goes by needs, whatever the order in the file") {
  const Planning planning(
      "  - { id: last, needs: [mid], shell: 'true' }\n"
      "  - { id: other, needs: [], shell: 'true' }\n"
      "  - { id: mid, needs: [first], shell: 'true' }\n"
      "  - { id: first, needs: [], shell: 'true' }\n");
  CHECK(from(planning, "mid") == "other first");
  CHECK(from(planning, "last") == "mid first");
  CHECK(from(planning, "first") == "other");
}

TEST_CASE("a step that would miss what a skipped one produces is refused with its place") {
  const Planning planning(
      "  - { id: build, shell: 'true', outputs: { file: result.stdout } }\n"
      "  - { id: guarded, shell: 'echo ${{ default(steps.build.outputs.file, \"none\") }}' }\n"
      "  - { id: alternative, shell: 'echo ${{ steps.build.outputs.file or \"none\" }}' }\n"
      "  - { id: asks, when: steps.build.ok and steps.build.outcome ~= \"skipped\", shell: 'true' }\n"
      "  - { id: use, shell: 'true', rollback: { shell: 'rm ${{ steps.build.outputs.file }}' } }\n"
      "  - { id: script, lua: 'return { x = steps.build.stdout }' }\n");
  CHECK(chosen(planning, {"build"}) ==
        "8:58 `use.undo` reads `steps.build.outputs.file`, but `build` would be skipped (--skip by anna) | skip `use` "
        "too, "
        "let `build` run, or write `default(steps.build.outputs.file, …)`\n"
        "9:38 `script` reads `steps.build.stdout`, but `build` would be skipped (--skip by anna) | skip `script` too, "
        "let "
        "`build` run, or write `default(steps.build.stdout, …)`\n");
  const Planning handled("  - { id: build, shell: 'true' }\n",
                         "finally: [{ shell: 'rm ${{ steps.build.stdout }}' }]\n");
  CHECK_THAT(chosen(handled, {"build"}), Catch::Matchers::Contains("| let `build` run, or write `default("));
  CHECK(chosen(planning, {"build", "use", "script"}) == "build use script");
  CHECK_THAT(from(planning, "script"),
             Catch::Matchers::Contains("9:38 `script` reads") && Catch::Matchers::Contains("(--from script)"));
}
