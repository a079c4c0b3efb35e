#include "plan/planning.h"

using namespace runbook;

namespace {

// What is said about one expression as `when` of the third step, of which the first two are in a parallel group.
std::string said_about(const std::string& when) {
  return Planning(
             "  - id: g\n"
             "    parallel:\n"
             "      - { id: one, shell: 'true', outputs: { file: result.stdout } }\n"
             "      - { id: two, http: { url: http://127.0.0.1 }, outputs: { code: result.status } }\n"
             "  - { id: three, shell: 'true', when: '" +
                 when +
                 "' }\n"
                 "  - { id: four, shell: 'true' }\n",
             "params: { count: { type: integer, default: 3 } }\n"
             "vars: { base: /srv }\n"
             "secrets: { token: { env: TOKEN } }\n"
             "env: { STAGE: prod }\n")
      .said();
}

}  // namespace

TEST_CASE("what exists may be used") {
  CHECK(said_about("params.count > 1 and vars.base ~= nil and env.STAGE == \"prod\"") == "");
  CHECK(said_about("steps.one.outputs.file == \"x\" and steps.two.status == 200 and steps.g.ok") == "");
  // A process may hand on outputs of its own while it runs.
  CHECK(said_about("steps.one.outputs.whatever == \"x\"") == "");
  CHECK(said_about("run.user == \"root\"") == "");
}

TEST_CASE("what does not exist is found before anything runs, with its place") {
  CHECK(said_about("params.cuont > 1") == "RB031 8:47 unknown parameter `cuont` | did you mean `count`?\n");
  CHECK(said_about("vars.bass ~= nil") == "RB031 8:45 unknown variable `bass` | did you mean `base`?\n");
  CHECK(said_about("secrets.tokn ~= nil") == "RB031 8:48 unknown secret `tokn` | did you mean `token`?\n");
  CHECK(said_about("env.HOME ~= nil") ==
        "RB031 8:44 unknown environment variable `HOME` | declare it under `env:`; what the engine itself was started "
        "with is not visible to expressions\n");
  CHECK(said_about("steps.oen.ok") == "RB031 8:46 step `oen` does not exist | did you mean `one`?\n");
  CHECK(said_about("steps.two.outputs.cod == 1") ==
        "RB031 8:58 step `two` has no output `cod` | did you mean `code`?\n");
}

TEST_CASE("only what surely has run before may be used") {
  CHECK(said_about("steps.four.ok") ==
        "RB025 8:46 step `four` may not have run yet | let `three` need it, directly or by way of other steps\n");
  CHECK(said_about("steps.three.ok") ==
        "RB025 8:46 step `three` cannot use its own result here | inside `expect`, `outputs` and `retry.if` it is "
        "`result`\n");
  const Planning siblings(
      "  - id: g\n"
      "    parallel:\n"
      "      - { id: one, shell: 'true' }\n"
      "      - { id: two, shell: 'true', when: steps.one.ok }\n");
  CHECK(siblings.said() ==
        "RB025 7:47 step `one` may not have run yet | let `two` need it, directly or by way of other steps\n");
  const Planning through(
      "  - { id: a, shell: 'true' }\n"
      "  - { id: b, shell: 'true' }\n"
      "  - { id: g, needs: [b], steps: [{ id: c, shell: 'true', when: steps.a.ok }] }\n");
  CHECK(through.said() == "");
}

TEST_CASE("undo steps and handlers may look at every step, preconditions of the run at none") {
  CHECK(Planning("  - { id: a, shell: 'true', rollback: { shell: 'true', when: steps.b.ok and steps.a.ok } }\n"
                 "  - { id: b, shell: 'true' }\n",
                 "on_failure: [{ shell: 'true', when: steps.b.ok }]\n")
            .said() == "");
  CHECK(Planning("  - { id: a, shell: 'true' }\n", "preconditions: [{ shell: 'true', when: steps.a.ok }]\n").said() ==
        "RB025 5:46 step `a` may not have run yet\n");
}

TEST_CASE("`result`, `attempt` and `item` exist only in their places") {
  CHECK(said_about("result.ok") == "RB031 8:40 `result` exists only in `expect`, `outputs` and `retry.if`\n");
  CHECK(said_about("attempt > 1") == "RB031 8:40 `attempt` exists only while a step acts\n");
  CHECK(said_about("item == 1") == "RB031 8:40 `item` exists only inside `for_each`\n");
}

TEST_CASE("only what is read later is kept of a result") {
  const Planning p(
      "  - { id: a, shell: 'true' }\n"
      "  - { id: b, shell: 'true' }\n"
      "  - { id: c, http: { url: http://127.0.0.1 } }\n"
      "  - { id: d, shell: 'true', when: steps.a.stdout ~= \"\" and steps.c.json.x == 1 and steps.b.ok }\n");
  CHECK(p["a"].keeps_stdout);
  CHECK_FALSE(p["a"].keeps_stderr);
  CHECK_FALSE(p["b"].keeps_stdout);
  CHECK(p["c"].keeps_body);
}

TEST_CASE("the name of a lock speaks of parameters only") {
  const auto said = [](const std::string& name) {
    return Planning("  - { id: one, shell: 'true' }\n",
                    "params: { env: { type: string, default: prod } }\nvars: { base: /srv }\nlock: '" + name + "'\n")
        .said();
  };
  CHECK(said("deploy-${{ params.env }}") == "");
  CHECK(said("deploy-${{ params.enw }}") == "RB031 7:26 unknown parameter `enw` | did you mean `env`?\n");
  CHECK(said("deploy-${{ vars.base }}") ==
        "RB031 7:19 the name of a lock cannot speak of `vars` | a lock is taken before anything else is known: use "
        "`params` only\n");
}

TEST_CASE("a probe, an escalation and their step may speak of the same, said once") {
  const auto said = [](const std::string& keys) {
    return Planning(
               "  - { id: one, shell: 'true', outputs: { file: result.stdout } }\n"
               "  - { id: two, shell: 'true', env: { OWN: x }, rollback: { shell: 'true' }, " +
               keys + " }\n")
        .said();
  };
  CHECK(
      said(
          "probe: { shell: 'test ${{ steps.one.outputs.file }} = ${{ env.OWN }}', expect: [result.exit_code == 0] }") ==
      "");
  CHECK(said("budget: 1m, on_overrun: [{ shell: 'echo ${{ steps.one.outputs.file }}' }]") == "");
  // Four nodes ask it; its author hears of a mistake once.
  CHECK(said("probe: { shell: 'test ${{ steps.eno.ok }}' }") == "RB031 5:109 step `eno` does not exist\n");
  CHECK(said("probe: { shell: 'test ${{ steps.two.ok }}' }").find("RB031") != 0);
  CHECK(said("probe: { shell: 'test ${{ steps.two.ok }}' }") != "");
  CHECK(said("budget: 1m, on_overrun: [{ shell: 'echo ${{ steps.two.ok }}' }]") != "");
}

TEST_CASE("what a handler gives is read by those that run after it") {
  const auto said = [](const std::string& work, const std::string& failure, const std::string& success,
                       const std::string& last) {
    const auto handler = [](const std::string& expression) {
      return "[{ id: ticket, shell: 'true' }, { shell: 'true', when: '" + expression + "' }]\n";
    };
    const auto after = [](const std::string& expression) {
      return "[{ shell: 'true', when: '" + expression + "' }]\n";
    };
    return Planning("  - { id: work, shell: 'true', when: '" + work +
                        "', rollback: { shell: 'true', when: 'run.dry_run' } }\n",
                    "on_failure: " + handler(failure) + "on_success: " + after(success) + "finally: " + after(last))
        .said();
  };
  const std::string ticket = "steps.ticket.ok", yes = "true";
  CHECK(said(yes, ticket, yes, ticket) == "");
  const std::string refused =
      "step `ticket` may not have run yet | it is a handler: only those that run after it can read it\n";
  CHECK(said(ticket, yes, yes, yes).find(refused) != std::string::npos);
  CHECK(said(yes, yes, ticket, yes).find(refused) != std::string::npos);
}
