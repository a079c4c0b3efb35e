#include "golden/golden.h"
#include "language/loading.h"
#include "yaml/yaml.h"

using namespace runbook;
using namespace std::chrono_literals;

TEST_CASE("every supported key reaches the model") {
  const Loading loading(read_whole_file(RUNBOOK_SOURCE_DIR "/tests/golden/good/every_key.yaml"));
  INFO(loading.rendered());
  REQUIRE(loading.runbook);
  const auto& runbook = *loading.runbook;
  CHECK(runbook.name.value == "every-key-2");
  CHECK(runbook.name.span.line() == 3);
  CHECK(runbook.title == "Every key: one of each");
  CHECK(runbook.kind == Kind::maintenance);
  CHECK(runbook.owner == "platform");
  CHECK(runbook.links.size() == 2);
  REQUIRE(runbook.params.size() == 11);
  CHECK(runbook.params[0].pattern == "\\d+\\.\\d+");
  CHECK(runbook.params[1].one_of == std::vector<Value>{"a", "b"});
  CHECK(*runbook.params[2].default_value == Value(-3));
  CHECK(runbook.params[2].min == -5);
  CHECK(*runbook.params[4].default_value == Value(false));
  CHECK(*runbook.params[5].default_value == Value(90));
  CHECK(runbook.params[5].max == 3600);
  CHECK(*runbook.params[6].default_value == Value(64 << 20));
  CHECK(to_json(*runbook.params[7].default_value) == R"(["a","b",3])");
  CHECK(to_json(*runbook.params[8].default_value) == R"({"tier":"web","weight":2,"canary":true,"none":null})");
  CHECK(runbook.params[9].required);
  CHECK_FALSE(runbook.params[10].default_value);
  CHECK(runbook.secrets[0].where.value == "API_TOKEN");
  CHECK(runbook.secrets[1].source == Secret::Source::file);
  CHECK((runbook.secrets[2].source == Secret::Source::exec && runbook.secrets[2].argv.size() == 5));
  CHECK(runbook.vars.size() == 2);
  REQUIRE(runbook.lock);
  CHECK(runbook.lock->name.source.value == "every-${{ params.text }}");
  CHECK(runbook.lock->wait == std::chrono::minutes(5));
  CHECK(runbook.env.size() == 3);
  CHECK(runbook.default_timeout == 2min);
  CHECK(runbook.default_shell == Shell::sh);
  CHECK(runbook.timeout == 48h);
  CHECK(runbook.rollback == RollbackPolicy::manual);

  REQUIRE(runbook.preconditions.size() == 2);
  const auto& check = runbook.preconditions[0];
  CHECK(check.effect == Effect::read);
  CHECK(check.id.empty());
  CHECK((check.timeout == 5s && check.attempt_timeout == 2s && check.kill_after == 1s));
  CHECK(std::get<ShellAction>(check.action).shell == Shell::sh);

  REQUIRE(runbook.steps.size() == 10);
  const auto& first = runbook.steps[0];
  CHECK(first.id == "first");
  CHECK(first.needs->empty());
  CHECK(first.when->text.value == "params.flag or params.whole < 0");
  CHECK(first.preconditions.size() == 1);
  CHECK(first.effect == Effect::change);
  const auto& shell = std::get<ShellAction>(first.action);
  CHECK(shell.shell == Shell::bash);
  CHECK(shell.ok_exit_codes == std::vector<int>{0, 3});
  CHECK(shell.script.source.value == "echo one\nexit 3\n");
  REQUIRE(first.rollback.size() == 2);
  CHECK(first.rollback[0].retry->attempts == 5);
  CHECK(std::get<WaitAction>(first.rollback[1].action).duration == 1s);
  CHECK((first.retry->attempts == 4 && first.retry->every == 1s && first.retry->backoff == 2 &&
         first.retry->max_every == 30s && first.retry->jitter == 0.2 && first.retry->condition));
  REQUIRE(first.expect.size() == 3);
  CHECK((first.expect[1].warn && first.expect[1].message && !first.expect[0].warn));
  CHECK(first.allow_failure);
  CHECK(first.outputs[0].first.value == "seen");
  CHECK(first.env[0].first.value == "WHO");
  CHECK(first.cwd->source.value == "/srv/${{ params.text }}");
  CHECK(first.span.line() == first.action_span.line() - 6);
  REQUIRE(first.probe.size() == 1);
  CHECK((first.probe[0].effect == Effect::read && first.probe[0].timeout == 30s && first.probe[0].cwd));
  CHECK(first.budget == 5min);
  CHECK(first.artifacts.size() == 2);
  REQUIRE(first.on_overrun.size() == 2);
  CHECK(first.on_overrun[0].id == "page");

  CHECK(runbook.steps[1].effect == Effect::irreversible);
  CHECK(runbook.steps[1].why == "The old release is the only copy");
  CHECK(runbook.steps[1].needs->at(0).value == "first");
  const auto& put = std::get<HttpAction>(runbook.steps[2].action);
  CHECK(runbook.steps[2].id == "ask_the_service");
  CHECK((put.method == "PUT" && put.headers.size() == 2 && put.json && !put.body));
  REQUIRE(put.ok_status.size() == 3);
  CHECK((put.ok_status[1].first == 201 && put.ok_status[1].last == 201 && put.ok_status[2].first == 400 &&
         put.ok_status[2].last == 499));
  CHECK(runbook.steps[2].retry->unlimited);
  CHECK(std::get<HttpAction>(runbook.steps[3].action).body->source.value == "a=b");
  CHECK(runbook.steps[3].id == "http_4");
  const auto& get = std::get<HttpAction>(runbook.steps[4].action);
  CHECK((get.query.size() == 2 && get.auth.bearer && get.follow == 3 && get.save_to && !get.has_body()));
  CHECK((get.tls.ca && get.tls.cert && get.tls.key && get.tls.passphrase && !get.tls.insecure));
  CHECK(get.max_body == 2ull << 30);
  CHECK((runbook.steps[4].effect == Effect::change && runbook.steps[4].idempotent && runbook.steps[4].cwd));
  const auto& copy = std::get<HttpAction>(runbook.steps[5].action);
  CHECK((copy.file && copy.auth.user && copy.auth.password && !runbook.steps[5].idempotent));
  const auto& form = std::get<HttpAction>(runbook.steps[6].action);
  CHECK((form.form && form.form->size() == 2 && !form.tls.insecure && form.unix_socket && form.max_body == 65536u));
  int expressions = 0;
  get.each_expression([&](const Expression&) { ++expressions; });
  CHECK(expressions == 4);
  CHECK(runbook.steps[7].effect == Effect::read);
  CHECK(runbook.steps[7].id == "wait_8");
  const auto& group = std::get<GroupAction>(runbook.steps[8].action);
  CHECK((group.parallel && group.max_parallel == 2 && group.fail_fast && group.steps.size() == 2));
  CHECK(group.steps[0].id == "shell_10");
  const auto& inner = std::get<GroupAction>(group.steps[1].action);
  CHECK((!inner.parallel && inner.steps.size() == 2 && inner.steps[1].id == "exec_13"));
  const auto& lua = std::get<LuaAction>(runbook.steps[9].action);
  CHECK(runbook.steps[9].effect == Effect::read);
  CHECK(lua.script.references.size() == 3);
  CHECK(lua.modules.empty());
  CHECK(runbook.on_failure[0].id == "tell");
  CHECK(runbook.on_success[0].id == "shell_16");
  CHECK(runbook.finally[0].id == "exec_17");
}

TEST_CASE("the effect of a step follows from its action") {
  const auto effect = [](const std::string& step) {
    const Loading loading(with_steps("  - " + step + "\n"));
    INFO(loading.rendered());
    REQUIRE(loading.runbook);
    return loading.runbook->steps[0].effect;
  };
  CHECK(effect("shell: a") == Effect::change);
  CHECK(effect("exec: [a]") == Effect::change);
  CHECK(effect("wait: 1s") == Effect::read);
  CHECK(effect("lua: return {}") == Effect::read);
  CHECK(effect("{ lua: return 1, effect: change }") == Effect::change);
  CHECK(effect("http: { url: http://a }") == Effect::read);
  CHECK(effect("http: { url: http://a, method: HEAD }") == Effect::read);
  CHECK(effect("http: { url: http://a, method: POST }") == Effect::change);
  CHECK(effect("{ http: { url: http://a, method: POST }, effect: read }") == Effect::read);
  CHECK(effect("http: { url: http://a, save_to: b }") == Effect::change);  // a file is not there before
  CHECK(effect("{ http: { url: http://a }, effect: change }") == Effect::change);
}

TEST_CASE("defaults hold wherever they stand in the file") {
  const Loading loading("runbook: v1\nname: x\nsteps: [{ shell: a }]\ndefaults: { shell: sh }\n");
  REQUIRE(loading.runbook);
  CHECK(std::get<ShellAction>(loading.runbook->steps[0].action).shell == Shell::sh);
  CHECK(loading.runbook->default_timeout == 10min);
}

TEST_CASE("ids come from names, else from what a step does and where") {
  const auto ids = [](const std::string& steps) {
    const Loading loading(with_steps(steps));
    INFO(loading.rendered());
    REQUIRE(loading.runbook);
    std::string all;
    for (const auto& step : loading.runbook->steps) all += step.id + " ";
    return all;
  };
  CHECK(ids("  - { name: Back up the DB, shell: a }\n") == "back_up_the_db ");
  CHECK(ids("  - { name: '-- Disk < 80 % --', shell: a }\n") == "disk_80 ");
  CHECK(ids("  - shell: a\n  - exec: [a]\n  - shell: a\n") == "shell_1 exec_2 shell_3 ");
  CHECK(ids("  - { name: 2nd try, shell: a }\n") == "shell_1 ");
  CHECK(ids("  - { name: 検査, shell: a }\n") == "shell_1 ");
  CHECK(ids("  - { name: end, shell: a }\n") == "shell_1 ");
  CHECK(ids("  - shell: a\n  - { id: shell_1, shell: a }\n") == "shell_1_2 shell_1 ");
  CHECK(ids("  - { name: " + std::string(100, 'a') + ", shell: a }\n") == std::string(64, 'a') + " ");
}

TEST_CASE("ids are unique in the whole file") {
  CHECK(Loading(with_steps("  - { id: a, shell: a }\n  - steps: [{ id: a, shell: b }]\n")).all() == "RB017 5:19");
  CHECK(Loading(with_steps("  - { id: a, shell: a }\nfinally: [{ id: a, shell: b }]\n")).all() == "RB017 5:17");
  CHECK(Loading(with_steps("  - { name: A b, shell: a }\n  - { name: a-b, shell: a }\n")).all() == "RB017 5:7");
  CHECK(Loading(with_steps("  - { name: A b, shell: a }\n  - { id: a_b, shell: a }\n")).all() == "RB017 4:7");
  const Loading loading(with_steps("  - { id: a, shell: a }\n  - { id: a, shell: b }\n"));
  REQUIRE_FALSE(loading.diagnostics.all().empty());
  CHECK(loading.diagnostics.all()[0].notes.at(0) == "first used in line 4, column 11");
}

TEST_CASE("each kind of step takes the keys that make sense for it") {
  for (const char* key : {"id: a", "needs: []", "preconditions: []", "rollback: { shell: a }", "effect: read",
                          "outputs: { a: result }", "allow_failure: true"}) {
    INFO(key);
    CHECK(Loading(with_top("preconditions:\n  - shell: a\n    " + std::string(key))).first() == "RB016 5:5");
  }
  for (const char* key : {"id: a", "needs: []", "preconditions: []", "rollback: { shell: a }", "outputs: { a: result }",
                          "allow_failure: true"}) {
    INFO(key);
    CHECK(Loading(with_keys("rollback:\n      shell: a\n      " + std::string(key))).first() == "RB016 7:7");
  }
  for (const char* key : {"needs: []", "preconditions: []", "rollback: { shell: a }"}) {
    INFO(key);
    CHECK(Loading(with_top("finally:\n  - shell: a\n    " + std::string(key))).first() == "RB016 5:5");
  }
  for (const char* key : {"retry: { attempts: 2 }", "attempt_timeout: 1s", "kill_after: 1s", "expect: [a]",
                          "effect: read", "idempotent: true", "with: {}"}) {
    INFO(key);
    CHECK(Loading(with_steps("  - steps: [{ shell: a }]\n    " + std::string(key) + "\n")).first() == "RB016 5:5");
    CHECK(Loading(with_steps("  - parallel: [{ shell: a }]\n    " + std::string(key) + "\n")).first() == "RB016 5:5");
  }
  for (const char* key : {"kill_after: 1s", "env: { A: b }"}) {
    INFO(key);
    CHECK(Loading(with_steps("  - http: { url: http://a }\n    " + std::string(key) + "\n")).first() == "RB016 5:5");
  }
  CHECK(Loading(with_keys("max_parallel: 3")).first() == "RB016 5:5");
  CHECK(Loading(with_keys("fail_fast: true")).first() == "RB016 5:5");
  CHECK(Loading(with_steps("  - wait: 1s\n    retry: { attempts: 2 }\n")).first() == "RB016 5:5");
  CHECK(Loading(with_top("preconditions: [{ wait: 1s }]")).first() == "RB016 3:19");
  CHECK(Loading(with_top("finally: [{ steps: [{ shell: a }] }]")).first() == "RB016 3:13");
}

TEST_CASE("use, with and for_each take what they can") {
  CHECK(Loading(with_steps("  - use: std/x\n    with: { a: '${{ 1 }}', b: [1] }\n")).all().empty());
  CHECK(Loading(with_steps("  - use: a-${{ params.b }}\n")).all() == "RB012 4:10");
  CHECK(Loading(with_steps("  - use: ''\n")).first() == "RB012 4:10");
  CHECK(Loading(with_keys("with: {}")).first() == "RB016 5:5");
  for (const char* key : {"retry: { attempts: 2 }", "expect: [a]", "effect: read", "max_parallel: 2"}) {
    INFO(key);
    CHECK(Loading(with_steps("  - use: std/x\n    " + std::string(key) + "\n")).first() == "RB016 5:5");
  }
  CHECK(Loading(with_keys("for_each: [1, '${{ 2 }}']\n    max_parallel: 2\n    fail_fast: false")).all().empty());
  CHECK(Loading(with_keys("for_each: params.a")).all().empty());
  CHECK(Loading(with_keys("for_each: []")).first() == "RB012 5:15");
  CHECK(Loading(with_keys("for_each: { a: b }")).first() == "RB010 5:15");
  CHECK(Loading(with_keys("for_each: '1 +'")).first().substr(0, 5) == "RB030");
  CHECK(Loading(with_top("finally: [{ use: std/x }]")).first() == "RB016 3:13");
  const Loading loop(with_keys("for_each: [1]\n    max_parallel: 3"));
  REQUIRE(loop.runbook);
  CHECK(loop.runbook->steps[0].loop->max_parallel == 3);
  CHECK(loop.runbook->steps[0].loop->fail_fast);
}

TEST_CASE("keys of the language that this engine does not have yet are refused as such") {
  for (const char* key : {"lock: a", "hosts: [a]"}) {
    INFO(key);
    CHECK(Loading(with_keys(key)).all() == "RB013 5:5");
  }
  for (const char* key : {"hosts: [a]", "schedule: a", "triggers: a", "window: a"}) {
    INFO(key);
    CHECK(Loading(with_top(key)).all() == "RB013 3:1");
  }
}

TEST_CASE("a misspelt or foreign key gets its right name") {
  const auto help = [](const std::string& text) {
    const Loading loading(text);
    REQUIRE_FALSE(loading.diagnostics.all().empty());
    CHECK(loading.diagnostics.all()[0].code == "RB014");
    return loading.diagnostics.all()[0].help;
  };
  CHECK(help(with_keys("neeeds: []")) == "did you mean `needs`?");
  CHECK(help(with_keys("depends_on: []")) == "did you mean `needs`?");
  CHECK(help(with_keys("continue_on_error: true")) == "did you mean `allow_failure`?");
  CHECK(help(with_keys("undo: a")) == "did you mean `rollback`?");
  CHECK(help(with_keys("Timeout: 5s")) == "did you mean `timeout`?");
  CHECK(help(with_steps("  - run: a\n")) == "did you mean `shell`?");
  CHECK(help(with_top("parameters: {}")) == "did you mean `params`?");
  CHECK(help(with_top("step: []")) == "did you mean `steps`?");
  CHECK(help(with_keys("retry: { tries: 3 }")).find("`attempts`") != std::string::npos);
  CHECK(help(with_keys("xyzzy: 1")).empty());
}

TEST_CASE("ten thousand steps load") {
  std::string steps;
  for (int i = 0; i < 10'000; ++i)
    steps += "  - id: step_" + std::to_string(i) + "\n    name: Step number " + std::to_string(i) +
             "\n    shell: echo hello\n    timeout: 5m\n    env: { A: b }\n    outputs: { x: result.stdout }\n";
  const Loading loading(with_steps(steps));
  REQUIRE(loading.runbook);
  CHECK(loading.runbook->steps.size() == 10'000);
  CHECK(loading.runbook->steps.back().id == "step_9999");
}

TEST_CASE("a file with thousands of mistakes is reported up to a hundred") {
  std::string steps;
  for (int i = 0; i < 10'000; ++i) steps += "  - shel: a\n";
  const Loading loading(with_steps(steps));
  CHECK_FALSE(loading.runbook);
  CHECK(loading.diagnostics.errors() == 101);
}
