#include "library/uses.h"

#include <catch2/catch.hpp>
#include <map>

#include "language/load.h"
#include "library/map_files.h"
#include "source/render.h"

using namespace runbook;
using test::MapFiles;

namespace {

struct Used {
  Used(const std::string& steps, std::map<std::string, std::string> others) {
    files.files = std::move(others);
    file = std::make_shared<SourceFile>("main.yaml", "runbook: v1\nname: main\nsteps:\n" + steps);
    runbook = load_runbook(file, diagnostics);
    REQUIRE(runbook);
    REQUIRE(diagnostics.errors() == 0);
    for (const auto& named : resolve_uses(*runbook, "main.yaml", files, diagnostics)) names.push_back(named.name);
    diagnostics.sort();
  }
  std::string said() const { return render_text(diagnostics); }
  bool says(const std::string& text) const {
    INFO(said());
    INFO(text);
    const bool found = said().find(text) != std::string::npos;
    CHECK(found);
    return found;
  }

  MapFiles files;
  std::shared_ptr<const SourceFile> file;
  Diagnostics diagnostics;
  std::optional<Runbook> runbook;
  std::vector<std::string> names;
};

std::string part(const std::string& rest = "steps: [{ shell: a }]\n") { return "runbook: v1\nname: part\n" + rest; }

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a reference is found beside its file, in the standard library, or in RUNBOOK_PATH") {
  const Used used(
      "  - use: lib/drain\n"
      "  - use: ./lib/drain.yaml\n"
      "  - use: ../shared/x.yml\n"
      "  - use: std/http/wait\n"
      "  - use: team/tool\n",
      {{"lib/drain.yaml", part("steps: [{ use: ./inner.yaml }, { use: ../lib/inner }]\n")},
       {"lib/inner.yaml", part()},
       {"@up/shared/x.yml", part("steps: [{ use: ../other/y }]\n")},
       {"@up/other/y.yaml", part()},
       {"@std/http/wait.yaml", part("steps: [{ use: ./get }]\n")},
       {"@std/http/get.yaml", part()},
       {"@path/team/tool.yaml", part("steps: [{ use: ./part }]\n")},
       {"@path/team/part.yaml", part()}});
  CHECK(used.said().empty());
  CHECK(used.names == Names{"main.yaml", "lib/drain.yaml", "lib/inner.yaml", "@up/shared/x.yml", "@up/other/y.yaml",
                            "@std/http/wait.yaml", "@std/http/get.yaml", "@path/team/tool.yaml",
                            "@path/team/part.yaml"});
  REQUIRE(used.runbook->steps[0].use()->runbook);
  CHECK(used.runbook->steps[0].use()->runbook == used.runbook->steps[1].use()->runbook);
}

TEST_CASE("a reference that leads nowhere says where it was looked for") {
  Used used("  - use: lib/drain\n", {});
  used.says("main.yaml:4:10");
  used.says("there is no runbook `lib/drain`");
  used.says("not at /disk/lib/drain.yaml");
  used.says("not at /disk/@path/lib/drain.yaml");
  Used standard("  - use: std/nothing\n", {{"std/nothing.yaml", part()}});
  standard.says("not at /disk/@std/nothing.yaml");
  Used absolute("  - use: /etc/x.yaml\n", {});
  absolute.says("`use` takes no absolute path");
  Used out("  - use: std/../../etc/x\n", {{"@std/../etc/x.yaml", part()}});
  CHECK(out.diagnostics.errors() == 1);
}

TEST_CASE("runbooks that use each other are refused with the chain") {
  Used used("  - use: a\n",
            {{"a.yaml", part("steps: [{ use: b }]\n")}, {"b.yaml", part("steps: [{ use: ./a.yaml }]\n")}});
  used.says("a runbook cannot use itself");
  used.says("a.yaml → b.yaml → `./a.yaml`");
  Used itself("  - use: main\n", {});
  itself.says("main.yaml → `main`");
}

TEST_CASE("inputs are checked against the parameters, with places in both files") {
  const std::string params =
      "params:\n"
      "  port: { type: integer, required: true, min: 1, description: Where it listens }\n"
      "  wait: { type: duration, default: 30s }\n"
      "  mode: { type: string, one_of: [fast, slow], default: fast }\n"
      "steps: [{ shell: a }]\n";
  Used good("  - use: p\n    with: { port: 8080, wait: 2m, mode: '${{ 1 }}' }\n", {{"p.yaml", part(params)}});
  CHECK(good.said().empty());
  Used bad("  - use: p\n    with: { port: high, wait: 30, mdoe: slow }\n", {{"p.yaml", part(params)}});
  bad.says("main.yaml:5:19");
  bad.says("the input `port` must be an integer, not `high`");
  bad.says("declared in p.yaml:4: Where it listens");
  bad.says("the input `wait` must be a length of time");
  bad.says("`p` has no parameter `mdoe`");
  bad.says("did you mean `mode`?");
  Used missing("  - use: p\n", {{"p.yaml", part(params)}});
  missing.says("`p` needs the input `port`");
  Used range("  - use: p\n    with: { port: 0, mode: never }\n", {{"p.yaml", part(params)}});
  range.says("the input `port` must be at least 1, not `0`");
  range.says("must be `fast` or `slow`, not `never`");
}

TEST_CASE("what only a whole run can have cannot be used") {
  Used handlers("  - use: p\n", {{"p.yaml", part("steps: [{ shell: a }]\nfinally: [{ shell: b }]\n")}});
  handlers.says("`p` cannot be used: it has handlers");
  Used policy("  - use: p\n", {{"p.yaml", part("rollback: never\nsteps: [{ shell: a }]\n")}});
  policy.says("`p` cannot be used: it has a `rollback` policy");
}

TEST_CASE("mistakes of a used file are told once, in that file") {
  Used used("  - use: p\n  - use: p\n", {{"p.yaml", part("steps: [{ shel: a }]\n")}});
  used.says("p.yaml:3:11");
  CHECK(used.diagnostics.errors() == 1);
  Used broken("  - use: p\n", {{"p.yaml", "steps: [\n"}});
  broken.says("`p` has mistakes of its own");
}

TEST_CASE("inputs bound while a run goes on keep type and limits") {
  Used used(
      "  - use: p\n    with: { n: 1 }\n",
      {{"p.yaml", part("params:\n  n: { type: integer, required: true, max: 5 }\n  d: { type: duration, default: 1m }\n"
                       "  s: { type: size }\nsteps: [{ shell: a }]\n")}});
  const auto& runbook = *used.runbook->steps[0].use()->runbook;
  Value given = Value::map();
  CHECK(bind_inputs(runbook, given).error == "the input `n` is required, and what is given for it has no value");
  given.set("n", 3);
  given.set("s", "2KiB");
  const auto bound = bind_inputs(runbook, given);
  CHECK(bound.error.empty());
  CHECK(to_json(bound.params) == R"({"n":3,"d":60,"s":2048})");
  given.set("n", 7);
  CHECK(bind_inputs(runbook, given).error == "the input `n` must be at most 5, not `7`");
  given.set("n", "3");
  CHECK(bind_inputs(runbook, given).error == "the input `n` must be an integer, not `3`");
}
