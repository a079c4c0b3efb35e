// What expressions see inside used runbooks and loops, in a run without a world, and when its events are folded.
#include <map>

#include "drive/fixture.h"
#include "library/map_files.h"
#include "library/uses.h"

using namespace runbook;
using test::MapFiles;

namespace {

class MemoryJournal : public JournalSink {
 public:
  Result<> append(const Event& event, Time at) override {
    events.emplace_back(event, at);
    return {};
  }
  Result<> sync() override { return {}; }
  Result<> append_end(const std::vector<Event>&, Time) override { return {}; }
  std::vector<std::pair<Event, Time>> events;
};

struct Ran {
  Ran(const std::string& steps, const std::string& used, std::map<std::string, int> codes = {}) {
    file = std::make_shared<SourceFile>("x.yaml",
                                        "runbook: v1\nname: x\nparams: { v: { type: string, default: d } }\n"
                                        "env: { OUTER: o }\nsteps:\n" +
                                            steps);
    Diagnostics diagnostics;
    auto loaded = load_runbook(file, diagnostics);
    INFO(render_text(diagnostics));
    REQUIRE(loaded);
    runbook = std::make_unique<Runbook>(std::move(*loaded));
    MapFiles files;
    files.files["part.yaml"] = "runbook: v1\nname: part\n" + used;
    kept = resolve_uses(*runbook, "x.yaml", files, diagnostics);
    auto built = build_plan(*runbook, diagnostics);
    INFO(render_text(diagnostics));
    REQUIRE(built);
    plan = std::move(*built);
    Value params = Value::map();
    params.set("v", "d");
    state.emplace(plan);
    evaluator.emplace(plan, context_with(params), 1);
    evaluator->prepare_run(diagnostics);
    host.emplace(*state);
    host->codes = std::move(codes);
    SilentObserver observer;
    Driver driver(*state, *evaluator, *host, journal, observer, InterruptPolicy::leave);
    REQUIRE(driver.run({RunStarted{}}));
    REQUIRE(state->status() == RunState::Status::finished);
  }
  // Names grow while the run goes on, so the host looks them up in the state.
  class Host : public runbook::Host {
   public:
    explicit Host(const RunState& state) : state_(state) {}
    std::map<std::string, int> codes;
    std::vector<Work> works;
    Time now() override { return now_; }
    void start(Work work) override {
      running_.push_back({work.node, work.attempt});
      works.push_back(std::move(work));
    }
    void signal(NodeId, Signal) override {}
    std::vector<Observation> wait(std::optional<Time>) override {
      now_ += std::chrono::milliseconds(1);
      REQUIRE(!running_.empty());
      AttemptEnded ended;
      std::tie(ended.node, ended.attempt) = running_.front();
      running_.erase(running_.begin());
      const auto& name = state_.plan()[ended.node].name;
      ended.how.code = codes.count(name) ? codes[name] : 0;
      ended.out = "out of " + name + "\n";
      return {std::move(ended)};
    }

   private:
    const RunState& state_;
    Time now_{};
    std::vector<std::pair<NodeId, int>> running_;
  };

  // "echo x" of every attempt, in order.
  std::string commands() const {
    std::string text;
    for (const auto& [event, at] : journal.events)
      if (const auto* attempt = std::get_if<AttemptStarted>(&event))
        text += state->plan()[attempt->node].name + ": " + attempt->command + "\n";
    return text;
  }
  std::string env(const std::string& name, const std::string& variable) const {
    for (const auto& work : host->works)
      if (state->plan()[work.node].name == name)
        for (const auto& [key, value] : std::get<ProcessWork>(work.action).env)
          if (key == variable) return value;
    return "(none)";
  }
  std::string message(const std::string& name) const { return (*state)[*state->plan().find(name)].message; }

  std::shared_ptr<const SourceFile> file;
  std::unique_ptr<Runbook> runbook;
  std::vector<NamedFile> kept;
  Plan plan;
  std::optional<RunState> state;
  std::optional<ExpressionEvaluator> evaluator;
  std::optional<Host> host;
  MemoryJournal journal;
};

}  // namespace

TEST_CASE("a used runbook gets its inputs and gives its outputs") {
  const Ran ran(
      "  - id: p\n    use: part\n    with: { name: 'n-${{ params.v }}' }\n    env: { MIDDLE: m }\n"
      "  - id: last\n    exec: [echo, '${{ steps.p.outputs.file }}', '${{ params.v }}']\n",
      "params: { name: { type: string, required: true }, n: { type: integer, default: 2 } }\n"
      "vars: { path: '/x/${{ params.name }}' }\nenv: { INNER: '${{ vars.path }}' }\n"
      "steps:\n  - id: s\n    exec: [make, '${{ params.name }}', '${{ params.n }}', '${{ env.INNER }}']\n"
      "    outputs: { f: vars.path .. '.dump' }\n    rollback: { exec: [rm, '${{ steps.s.outputs.f }}'] }\n"
      "outputs: { file: steps.s.outputs.f }\n",
      {{"last", 1}});
  CHECK(ran.commands() == "p.s: make n-d 2 /x/n-d\nlast: echo /x/n-d.dump d\np.s.undo: rm /x/n-d.dump\n");
  CHECK(ran.env("p.s", "OUTER") == "o");
  CHECK(ran.env("p.s", "MIDDLE") == "m");
  CHECK(ran.env("p.s", "INNER") == "/x/n-d");
  CHECK(ran.env("last", "INNER") == "(none)");
}

TEST_CASE("an input that breaks a limit fails the step before anything in it runs") {
  const Ran ran(
      "  - id: a\n    exec: [a]\n    outputs: { n: '99' }\n  - id: p\n    use: part\n    with: { n: '${{ "
      "steps.a.outputs.n }}' }\n",
      "params: { n: { type: integer, max: 5 } }\nsteps: [{ id: s, exec: [b] }]\n");
  CHECK(ran.commands() == "a: a\n");
  CHECK(ran.message("p") == "the input `n` must be at most 5, not `99` (line 10)");
}

TEST_CASE("an output that has no value fails the step that uses the runbook") {
  const Ran ran("  - id: p\n    use: part\n", "steps: [{ id: s, exec: [b] }]\noutputs: { o: steps.s.json.field }\n");
  CHECK(ran.message("p").find("output `o` has no value") == 0);
  CHECK((*ran.state)[*ran.plan.find("p")].outcome == Outcome::failed);
}

TEST_CASE("each instance sees its item, its own steps, and what is around the loop") {
  const Ran ran(
      "  - id: l\n    for_each: [a, b]\n    max_parallel: 2\n    outputs: { got: steps.inner.stdout }\n    steps:\n"
      "      - id: inner\n        exec: [run, '${{ item }}', '${{ index }}']\n        rollback: { exec: [undo, '${{ "
      "item }}'] }\n"
      "      - id: out\n        exec: [see, '${{ steps.inner.stdout }}']\n"
      "  - id: last\n    exec: [last, '${{ json.encode(steps.l.outputs.got) }}', '${{ steps.l.outcome }}']\n",
      "steps: [{ exec: [b] }]\n", {{"last", 1}});
  CHECK(
      ran.commands() ==
      "l[1].inner: run a 1\nl[2].inner: run b 2\nl[1].out: see 'out of l[1].inner'\nl[2].out: see 'out of l[2].inner'\n"
      "last: last '[\"out of l[1].inner\",\"out of l[2].inner\"]' succeeded\nl[2].inner.undo: undo b\nl[1].inner.undo: "
      "undo a\n");
}

TEST_CASE("a loop over a step gives lists of results, skipped instances included") {
  const Ran ran(
      "  - id: l\n    for_each: [a, b, c]\n    when: item ~= \"b\"\n    exec: [run, '${{ item }}']\n"
      "  - id: last\n    exec: [last, '${{ json.encode(steps.l.outcome) }}', '${{ #steps.l.stdout }}', '${{ "
      "steps.l.stdout[3] }}',"
      " '${{ steps.l.stdout[2] == nil }}', '${{ steps.l.attempts }}']\n",
      "steps: [{ exec: [b] }]\n");
  CHECK(ran.commands() == "l[1]: run a\nl[3]: run c\nlast: last '\"succeeded\"' 3 'out of l[3]' true 2\n");
}

TEST_CASE("a loop without items is skipped, one over no list fails") {
  const Ran none(
      "  - id: a\n    exec: [a]\n    outputs: { l: '{}' }\n  - id: l\n    for_each: steps.a.outputs.l\n    exec: "
      "[run]\n",
      "steps: [{ exec: [b] }]\n");
  CHECK((*none.state)[*none.plan.find("l")].outcome == Outcome::skipped);
  const Ran text("  - id: l\n    for_each: params.v\n    exec: [run]\n", "steps: [{ exec: [b] }]\n");
  CHECK(text.message("l") == "`for_each` must give a list, not a string");
}

TEST_CASE("the first instance that fails stops the loop, unless fail_fast is off") {
  const std::string loop = "  - id: l\n    for_each: [a, b, c]\n    exec: [run, '${{ item }}']\n";
  const Ran fast(loop, "steps: [{ exec: [b] }]\n", {{"l[2]", 1}});
  CHECK(fast.commands() == "l[1]: run a\nl[2]: run b\n");
  CHECK(fast.message("l") == "`l[2]` in it failed");
  const Ran allowed(loop + "    allow_failure: true\n", "steps: [{ exec: [b] }]\n", {{"l[2]", 1}});
  CHECK(allowed.commands() == "l[1]: run a\nl[2]: run b\nl[3]: run c\n");
  CHECK(allowed.state->result()->outcome == RunOutcome::warned);
}

TEST_CASE("events folded anew, as a resume does it, make expressions see the same") {
  const Ran ran(
      "  - id: l\n    for_each: [a, b]\n    use: part\n    with: { name: '${{ item }}' }\n"
      "  - id: last\n    exec: [last, '${{ steps.l.outputs.o[2] }}']\n",
      "params: { name: { type: string } }\nsteps:\n  - id: s\n    exec: [do, '${{ params.name }}']\n"
      "  - id: t\n    exec: [then, '${{ steps.s.stdout }}', '${{ params.name }}']\noutputs: { o: steps.s.stdout }\n");
  // Cut the history before each attempt, fold the rest, ask for the command again.
  int asked = 0;
  for (std::size_t cut = 0; cut < ran.journal.events.size(); ++cut) {
    const auto* attempt = std::get_if<AttemptStarted>(&ran.journal.events[cut].first);
    if (!attempt) continue;
    Value params = Value::map();
    params.set("v", "d");
    RunState state(ran.plan);
    ExpressionEvaluator evaluator(ran.plan, context_with(params), 1);
    Diagnostics diagnostics;
    evaluator.prepare_run(diagnostics);
    for (std::size_t i = 0; i < cut; ++i) {
      state.apply(ran.journal.events[i].first, ran.journal.events[i].second);
      evaluator.on_event(ran.journal.events[i].first, ran.journal.events[i].second, state);
    }
    const auto answer = evaluator.answer({Question::Kind::prepare, attempt->node, attempt->attempt, {}}, state);
    CHECK(answer.text == attempt->command);
    ++asked;
  }
  CHECK(asked == 5);
}

TEST_CASE("an output of a skipped step reads as nil, one that nobody declared does not exist") {
  const Ran ran(
      "  - id: a\n    when: false\n    exec: [a]\n    outputs: { x: '1' }\n"
      "  - id: g\n    when: false\n    steps: [{ id: inner, exec: [b], outputs: { y: '1' } }]\n"
      "  - id: b\n    exec: [b, '${{ default(steps.a.outputs.x, \"none\") }}', '${{ default(steps.inner.outputs.y, "
      "\"none\") }}']\n"
      "  - id: c\n    exec: [c, '${{ steps.a.outputs.x }}']\n",
      "steps: [{ exec: [b] }]\n");
  CHECK(ran.commands() == "b: b none none\n");
  CHECK(ran.message("c").find("`steps.a.outputs.x`") == 0);
}
