#include "drive/fixture.h"

using namespace runbook;

namespace {

// One step's evaluator, asked directly.
struct Asked {
  explicit Asked(const std::string& steps, Value params = Value::map(), Value secrets = Value::map())
      : planned(
            "runbook: v1\nname: x\nparams: { v: { type: string, default: d } }\n"
            "secrets: { token: { env: TOKEN } }\nsteps:\n" +
            steps),
        evaluator(planned.plan, context_with(std::move(params), std::move(secrets)), 1),
        state(planned.plan) {
    Diagnostics diagnostics;
    evaluator.prepare_run(diagnostics);
    REQUIRE(diagnostics.errors() == 0);
    apply(RunStarted{});
  }

  void apply(const Event& event) {
    state.apply(event, Time{});
    evaluator.on_event(event, Time{}, state);
  }
  // Begins the first attempt of a node: its answer and, if it can be started, its work.
  Answer prepare(const std::string& name) {
    const auto id = planned.id(name);
    apply(NodeReady{id, {}});
    const Question question{Question::Kind::prepare, id, 1, {}};
    auto answer = evaluator.answer(question, state);
    if (answer.kind != Answer::Kind::yes) return answer;
    const AttemptStarted started{id, 1, {}, answer.text};
    apply(started);
    work = evaluator.take_work(started);
    return answer;
  }
  AttemptFinished judge(const std::string& name, AttemptEnded ended) {
    ended.node = planned.id(name);
    return evaluator.judge(std::move(ended), state, Time(std::chrono::milliseconds(250)));
  }
  AttemptFinished exits(const std::string& name, int code, std::string out = "") {
    AttemptEnded ended;
    ended.how.code = code;
    ended.out = std::move(out);
    return judge(name, std::move(ended));
  }
  AttemptFinished answers(const std::string& name, int status, std::string body,
                          std::vector<std::pair<std::string, std::string>> headers = {}) {
    AttemptEnded ended;
    ended.how = {Termination::Kind::http, status, ""};
    ended.out = std::move(body);
    ended.headers = std::move(headers);
    return judge(name, std::move(ended));
  }

  Planned planned;
  ExpressionEvaluator evaluator;
  RunState state;
  Work work;
};

std::string value_of(const ProcessWork& work, const std::string& name) {
  for (const auto& [key, value] : work.env)
    if (key == name) return value;
  return "(not set)";
}

Value map_of(const std::string& name, const std::string& value) {
  Value map = Value::map();
  map.set(name, value);
  return map;
}

}  // namespace

TEST_CASE("exit codes, signals and what could not be started") {
  Asked a("  - { id: s, shell: { run: 'true', ok_exit_codes: [0, 3] } }\n  - { id: t, exec: [/bin/true] }\n");
  a.prepare("s");
  CHECK(a.exits("s", 3).outcome == Outcome::succeeded);
  CHECK(a.exits("s", 1).message == "exit 1");
  CHECK(a.exits("s", 127).message == "exit 127 (command not found)");
  CHECK(a.exits("s", 141).message == "exit 141 (SIGPIPE)");
  AttemptEnded killed;
  killed.how = {Termination::Kind::signaled, 9, ""};
  CHECK(a.judge("s", killed).message == "killed by SIGKILL");
  AttemptEnded missing;
  missing.how = {Termination::Kind::not_started, 0, "no program `nope`"};
  CHECK(a.judge("s", missing).outcome == Outcome::failed);
  CHECK(a.judge("s", missing).message == "no program `nope`");
}

TEST_CASE("HTTP: the status decides, then what is expected of the body") {
  Asked a(
      "  - id: h\n    http: { url: http://127.0.0.1/ }\n    expect:\n"
      "      - result.json.status == \"ok\"\n"
      "      - { that: result.duration < 0.1, level: warn, message: \"slow: ${{ result.duration }} s\" }\n"
      "    outputs: { release: result.json.release }\n"
      "    retry: { attempts: 3, every: 1s, if: result.status ~= 404 }\n");
  a.prepare("h");
  auto good = a.answers("h", 200, R"({"status":"ok","release":7})");
  CHECK(good.outcome == Outcome::warned);
  CHECK(good.warnings == std::vector<std::string>{"slow: 0.25 s"});
  CHECK(*good.result.find("outputs")->find("release") == Value(7));
  CHECK(good.result.find("body") == nullptr);  // nobody reads it later
  const auto starting = a.answers("h", 200, R"({"status":"starting"})");
  CHECK(starting.outcome == Outcome::failed);
  CHECK(starting.message == "expected result.json.status == \"ok\"");
  CHECK(starting.retryable);
  const auto down = a.answers("h", 503, "", {{"retry-after", "7"}});
  CHECK(down.message == "want 2xx, got 503");
  CHECK(down.retry_after == Duration(std::chrono::seconds(7)));
  CHECK_FALSE(a.answers("h", 404, "").retryable);
  const auto garbage = a.answers("h", 200, "<html>");
  CHECK(garbage.outcome == Outcome::failed);
  CHECK(garbage.message.find("JSON") != std::string::npos);
}

TEST_CASE("outputs: by expression and by $RUNBOOK_OUTPUT, to be read by later steps") {
  Asked a(
      "  - { id: s, shell: 'true', outputs: { said: result.stdout } }\n"
      "  - { id: t, shell: 'echo ${{ steps.s.outputs.said }} ${{ steps.s.outputs.own }}' }\n");
  a.prepare("s");
  AttemptEnded ended;
  ended.out = "hello\n";
  ended.outputs = {{"own", "a b"}};
  const auto finished = a.judge("s", ended);
  REQUIRE(finished.outcome == Outcome::succeeded);
  a.apply(finished);
  a.apply(NodeFinished{a.planned.id("s"), Outcome::succeeded, ""});
  a.prepare("t");
  const auto& work = std::get<ProcessWork>(a.work.action);
  CHECK(value_of(work, "RB_V1") == "hello");
  CHECK(value_of(work, "RB_V2") == "a b");
  AttemptEnded broken;
  broken.outputs_error = "line 2 of $RUNBOOK_OUTPUT is no `name=value`";
  CHECK(a.judge("t", broken).outcome == Outcome::failed);
}

TEST_CASE("a process gets the allow-listed environment, then the runbook's, its groups' and its own") {
  Asked a(
      "  - id: g\n    env: { PATH: /group, PHASE: one }\n    cwd: /srv\n    steps:\n      - id: s\n        shell: "
      "'echo \"${{ params.v }}\"'\n"
      "        env: { OWN: \"${{ params.v }}!\", PATH: /only }\n        cwd: /tmp/${{ params.v }}\n",
      map_of("v", "x y"));
  const auto answer = a.prepare("s");
  const auto& work = std::get<ProcessWork>(a.work.action);
  CHECK(value_of(work, "PATH") == "/only");
  CHECK(value_of(work, "PHASE") == "one");
  CHECK(value_of(work, "OWN") == "x y!");
  CHECK(value_of(work, "RB_V1") == "x y");
  CHECK(value_of(work, "RUNBOOK_STEP") == "s");
  CHECK(value_of(work, "RUNBOOK_RUN_ID") == "20261121-000000-x-abcd");
  CHECK(work.cwd == "/tmp/x y");
  CHECK(work.script == "echo \"${RB_V1}\"");
  CHECK(answer.text == "echo \"x y\"");
  CHECK(work.argv[0] == "/bin/bash");
}

TEST_CASE("values keep their kind in a JSON body, and secrets do not reach what people see") {
  Asked a(
      "  - id: h\n    http:\n      method: POST\n      url: http://127.0.0.1/${{ secrets.token }}\n"
      "      json: { n: \"${{ 1 + 2 }}\", text: \"v=${{ params.v }}\", list: [true, 2] }\n",
      map_of("v", "x"), map_of("token", "s3cret-s3cret"));
  const auto answer = a.prepare("h");
  const auto& work = std::get<HttpWork>(a.work.action);
  CHECK(work.body == R"({"n":3,"text":"v=x","list":[true,2]})");
  CHECK(work.url == "http://127.0.0.1/s3cret-s3cret");
  CHECK(work.headers == std::vector<std::pair<std::string, std::string>>{{"Content-Type", "application/json"}});
  CHECK(answer.text == "POST http://127.0.0.1/***");
  AttemptEnded refused;
  refused.how = {Termination::Kind::transport, 0, "no answer from http://127.0.0.1/s3cret-s3cret"};
  CHECK(a.judge("h", refused).message == "no answer from http://127.0.0.1/***");
}

TEST_CASE("a value that does not exist fails the step before it starts, with its name") {
  Asked a("  - { id: s, shell: 'true' }\n  - { id: t, shell: 'echo ${{ steps.s.outputs.nope }}' }\n");
  a.prepare("s");
  a.apply(a.exits("s", 0));
  a.apply(NodeFinished{a.planned.id("s"), Outcome::succeeded, ""});
  const auto answer = a.prepare("t");
  CHECK(answer.kind == Answer::Kind::failed);
  CHECK(answer.text.find("steps.s.outputs.nope") != std::string::npos);
}

TEST_CASE("`when` is true, false with its reason, or a mistake") {
  Asked a("  - { id: s, shell: 'true', when: params.v == \"go\" }\n  - { id: t, shell: 'true', when: params.v }\n",
          map_of("v", "stop"));
  const auto no = a.evaluator.answer({Question::Kind::when, a.planned.id("s"), 0, {}}, a.state);
  CHECK(no.kind == Answer::Kind::no);
  CHECK(no.text == "when: params.v == \"go\" is false");
  CHECK(a.evaluator.answer({Question::Kind::when, a.planned.id("t"), 0, {}}, a.state).kind == Answer::Kind::failed);
}

TEST_CASE("jitter only shortens a wait, by its part at most") {
  Asked a("  - { id: s, shell: 'true', retry: { attempts: 3, every: 10s, jitter: 0.2 } }\n");
  for (int i = 0; i < 100; ++i) {
    const Question question{Question::Kind::wait, a.planned.id("s"), 2, std::chrono::seconds(10)};
    const auto wait = a.evaluator.answer(question, a.state).wait;
    CHECK(wait <= std::chrono::seconds(10));
    CHECK(wait >= std::chrono::seconds(8));
  }
}

TEST_CASE("a child inherits only what is on the list") {
  const char* variables[] = {"HOME=/root", "LC_TIME=C", "AWS_SECRET_KEY=x", "PATH=/bin", "LD_PRELOAD=evil.so", nullptr};
  const auto env = inherited_environment(variables);
  std::string names;
  for (const auto& [name, value] : env) names += name + " ";
  CHECK(names == "HOME LC_TIME PATH LANG ");
}

TEST_CASE("a script is given what it reads, and nothing else") {
  Asked a(
      "  - { id: one, shell: 'true' }\n  - { id: two, shell: 'true' }\n"
      "  - id: s\n    lua: |\n      log(params.v, attempt)\n      return { o = steps.one.outcome, t = #secrets.token "
      "}\n",
      map_of("v", "d"), map_of("token", "t0p-secret"));
  for (const auto* name : {"one", "two"}) {
    a.prepare(name);
    a.apply(a.exits(name, 0));
    a.apply(NodeFinished{a.planned.id(name), Outcome::succeeded, ""});
  }
  const auto answer = a.prepare("s");
  REQUIRE(answer.kind == Answer::Kind::yes);
  CHECK(answer.text == "log(params.v, attempt)\nreturn { o = steps.one.outcome, t = #secrets.token }\n");
  const auto& job = std::get<ScriptWork>(a.work.action).job;
  CHECK(job.text == answer.text);
  CHECK(job.modules.empty());
  const auto names = [](const Value& map) {
    std::vector<std::string> found;
    for (const auto& [name, value] : map.as_map()) found.push_back(name);
    return found;
  };
  CHECK(names(job.values) == std::vector<std::string>{"params", "attempt", "steps", "secrets"});
  CHECK(names(*job.values.find("steps")) == std::vector<std::string>{"one"});
  CHECK(*job.values.find("secrets")->find("token") == Value("t0p-secret"));
}

TEST_CASE("how a script ended is how the attempt ended") {
  Asked a(
      "  - id: s\n    lua: |\n      local n = 1\n\n      return { n = n }\n"
      "    outputs: { twice: result.outputs.n * 2 }\n    expect: [result.outputs.n > 0]\n"
      "  - { id: t, shell: 'echo ${{ steps.s.outputs.n }} ${{ steps.s.outputs.twice }}' }\n");
  a.prepare("s");
  const auto ends = [&](ScriptEnd end, int code) {
    AttemptEnded ended;
    ended.how.code = code;
    ended.script = std::move(end);
    return a.judge("s", std::move(ended));
  };
  Value outputs = Value::map();
  outputs.set("n", 21);
  const auto good = ends({ScriptEnd::Kind::returned, outputs, "", {}, {}}, 0);
  CHECK(good.outcome == Outcome::succeeded);
  CHECK(to_json(*good.result.find("outputs")) == R"({"n":21,"twice":42})");
  CHECK(good.result.find("exit_code") == nullptr);
  const auto warned = ends({ScriptEnd::Kind::returned, outputs, "", {}, {"slow"}}, 0);
  CHECK(warned.outcome == Outcome::warned);
  CHECK(warned.warnings == std::vector<std::string>{"slow"});
  CHECK(*warned.result.find("ok") == Value(true));
  CHECK(to_json(*warned.result.find("outputs")) == R"({"n":21,"twice":42})");
  outputs.set("n", -1);
  CHECK(ends({ScriptEnd::Kind::returned, outputs, "", {}, {"slow"}}, 0).message == "expected result.outputs.n > 0");
  const auto failed = ends({ScriptEnd::Kind::failed, Value::map(), "no room", {}, {"slow"}}, 1);
  CHECK(failed.outcome == Outcome::failed);
  CHECK(failed.message == "no room");
  CHECK(failed.warnings == std::vector<std::string>{"slow"});
  const auto broken = ends({ScriptEnd::Kind::broken, Value::map(), "`x` (nil) has no fields", {{"", 3}}, {}}, 1);
  CHECK(broken.message == "`x` (nil) has no fields (line 10)");
  CHECK(ends({ScriptEnd::Kind::broken, Value::map(), "no", {{"stats", 7}, {"", 1}}, {}}, 1).message ==
        "no (stats line 7, called in line 8)");
  AttemptEnded without;
  without.how.code = 70;
  CHECK(a.judge("s", without).message == "the script's process ended without a result (exit 70)");
}

TEST_CASE("a probe says yes, no, or nothing") {
  const auto exits = [](int code) {
    Asked a("  - { id: s, shell: act, probe: { shell: 'ask', expect: [\"result.stdout == 'yes'\"] } }\n");
    a.apply(NodeReady{a.planned.id("s"), {}});
    a.prepare("s.probe.before");
    return a.exits("s.probe.before", code, code == 0 ? "yes\n" : "").outcome;
  };
  CHECK(exits(0) == Outcome::succeeded);
  CHECK(exits(1) == Outcome::failed);
  CHECK(exits(125) == Outcome::failed);
  for (const int code : {126, 127, 137, 255}) CHECK(exits(code) == Outcome::unknown);

  const auto judged = [](const std::string& probe, AttemptEnded ended) {
    Asked a("  - { id: s, shell: act, probe: { " + probe + " } }\n");
    a.apply(NodeReady{a.planned.id("s"), {}});
    a.prepare("s.probe.before");
    return a.judge("s.probe.before", std::move(ended)).outcome;
  };
  AttemptEnded ended;
  ended.how = {Termination::Kind::signaled, 11, ""};
  CHECK(judged("shell: ask", ended) == Outcome::unknown);
  ended.how = {Termination::Kind::not_started, 0, "no such program"};
  CHECK(judged("exec: [ask]", ended) == Outcome::unknown);
  ended.how = {Termination::Kind::transport, 0, "connection refused"};
  CHECK(judged("http: { url: http://a }", ended) == Outcome::unknown);
  ended.how = {Termination::Kind::http, 404, ""};
  CHECK(judged("http: { url: http://a }", ended) == Outcome::failed);
  ended.how = {Termination::Kind::http, 200, ""};
  ended.out = "not JSON";
  CHECK(judged("http: { url: http://a }", ended) == Outcome::succeeded);
  // A condition that does not hold is a no; one without a value tells nothing.
  CHECK(judged("http: { url: http://a }, expect: [result.status == 201]", ended) == Outcome::failed);
  CHECK(judged("http: { url: http://a }, expect: [result.json.state.on == true]", ended) == Outcome::unknown);
}

TEST_CASE("a probe has the env and cwd of its step, and may add its own") {
  Asked a(
      "  - { id: s, shell: act, env: { A: step, B: step }, cwd: /srv, probe: { shell: ask, env: { B: probe } } }\n");
  a.apply(NodeReady{a.planned.id("s"), {}});
  a.prepare("s.probe.before");
  const auto& work = std::get<ProcessWork>(a.work.action);
  CHECK(value_of(work, "A") == "step");
  CHECK(value_of(work, "B") == "probe");
  CHECK(work.cwd == "/srv");
}
