// Runbooks as people and accidents really write them: hundreds of bad files, good ones cut off at every byte, and
// random damage. Each must end in a diagnostic with a place or in a sound runbook; never in a crash, a hang or silence.
#include <algorithm>
#include <random>
#include <set>

#include "base/text.h"
#include "base/value.h"
#include "golden/golden.h"
#include "loading.h"
#include "runbook/yaml.h"

using namespace runbook;

namespace {

const std::string good_folder = RUNBOOK_SOURCE_DIR "/tests/golden/good/";

// What holds for every file. Returns whether it loaded.
bool check_sound(const std::string& text) {
  const Loading loading(text);
  bool sound = loading.runbook.has_value() == (loading.diagnostics.errors() == 0);
  if (loading.runbook) sound = sound && !loading.runbook->steps.empty() && !loading.runbook->name.empty();
  for (const auto& each : loading.diagnostics.all()) {
    sound = sound && each.span.file == loading.file.get() && each.span.line() >= 1 && each.span.column() >= 1 &&
            each.span.offset + each.span.length <= text.size() && !each.message.empty() && !each.code.empty();
  }
  const auto shown = loading.rendered();
  const auto harmless = [](char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\n'; };
  sound = sound && std::all_of(shown.begin(), shown.end(), harmless) && is_utf8(shown);
  Value json;
  const auto lines = render_json(loading.diagnostics);
  for (const auto line : split_lines(lines)) sound = sound && from_json(line, json);
  if (!sound) {
    INFO(text);
    INFO(shown);
    CHECK(sound);
  }
  return loading.runbook.has_value();
}

// Every node's span must hold what the node says: else places in messages, and what counts as quoted, would be wrong.
void check_spans(const YamlNode& node) {
  const auto written = node.span().text();
  bool right = true;
  if (node.is_scalar()) {
    const char first = written.empty() ? '\0' : written.front();
    if (node.text.plain) {
      right = first != '"' && first != '\'' && (node.text.value == written || written.find('\n') != std::string_view::npos);
    } else if (node.text.block) {
      right = first == '|' || first == '>';
    } else {
      right = written.size() >= 2 && (first == '"' || first == '\'') && written.back() == first;
    }
  }
  if (!right) {
    INFO(node.span().file->text());
    INFO(written);
    CHECK(node.text.value == written);
  }
  for (const auto& child : node.children) check_spans(child);
}

std::vector<std::string> bad_files() {
  std::vector<std::string> files;
  const auto add = [&](std::string text) { files.push_back(std::move(text)); };
  // YAML, in each place where a value can stand.
  const std::vector<std::string> frames{with_steps("  - shell: @\n"), with_top("title: @"), with_top("vars: { a: @ }"),
                                        with_top("vars:\n  a:\n    - @"), with_keys("env: { A: @ }"), with_steps("  - exec:\n      - a\n      - @\n")};
  const std::vector<std::string> values{
      "&a x", "*a", "!t x", "!!str x", "! x", "{{ x }}", "\"x", "'x", "[x", "{x", "]", "}", "\"\\q\"", "\"a\" b", "'a' b", "- x", "? x", "\tx: y",
      "\x01", "\x7f", "\xff", "\xc2\x9b", "\xe2\x80\xae", "\xed\xa0\x80", "x\ry", "[${{ a }}]", "{a: 1, a: 2}", "{<<: {a: 1}}", "{[a]: b}", "{a}", "@x", "`x`",
      "x: y: z", "|x\n y", ">9z\n y", "\n\tx: y", "%x", "{a: b]", "[a}", "\"\\ud83d\"", "\"\\xZZ\"", "{? a : b}", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x"};
  for (const auto& frame : frames)
    for (const auto& value : values) {
      auto text = frame;
      if (value == "- x" && frame.find("- @") != std::string::npos) continue;  // a list in a list is good YAML
      text.replace(text.find('@'), 1, value);
      add(text);
    }
  // Whole files.
  for (const char* text : {"", " ", "\n", "#", "---", "...", "--- ---", ",", "[", "{", "]", "}", "a", "- a", "a: b", "null", "~", "\"\"", "[]", "{}", "? a", ": a", "- - -", "%YAML 1.2\n---\n",
                           "runbook", "runbook:", "runbook: v1", "runbook: v1\nname: x", "runbook: v1\nname: x\nsteps:", "runbook: v1\nname: x\nsteps: []", "runbook: v1\nname: x\nsteps: {}",
                           "runbook: v1\nname: x\nsteps: [~]", "runbook: v1\nname: x\nsteps: [[]]", "runbook: v1\nname: x\nsteps: [{}]", "runbook: v2\nname: x\nsteps: [{ shell: a }]",
                           "runbook: 1\nname: x\nsteps: [{ shell: a }]", "name: x\nrunbook: v1\nsteps: [{ shell: a }]", "RUNBOOK: v1\nname: x\nsteps: [{ shell: a }]", "\xEF\xBB\xBF", "\xff\xfe"})
    add(text);
  // Values of the wrong shape under every kind of key.
  for (const char* key : {"name: X", "name:", "name: []", "title:", "title: {}", "kind: x", "owner: []", "links: x", "params: []", "params: x", "params: { a: }", "params: { a: x }", "params: { a: {} }",
                          "params: { a: { type: x } }", "params: { a: { type: integer, default: x } }", "params: { a: { type: string, pattern: '[' } }", "params: { 1a: { type: string } }",
                          "params: { a: { type: boolean, one_of: [true] } }", "params: { a: { type: map, default: [] } }", "params: { a: { type: size, max: 5 } }", "secrets: []", "secrets: { a: { env: '' } }",
                          "secrets: { a: { vault: x } }", "vars: x", "vars: { a: }", "vars: { a-b: 1 }", "env: []", "env: { A: [] }", "env: { A=B: c }", "defaults: x", "defaults: { timeout: 5 }",
                          "defaults: { shell: zsh }", "defaults: { retry: 3 }", "timeout: 1", "timeout: 1x", "rollback: no", "preconditions: x", "preconditions: [x]", "preconditions: [{ name: a }]",
                          "on_failure: x", "on_failure: [x]", "on_success: {}", "finally: [{ shel: a }]", "lock: x", "hosts: []", "steps: [{ shell: b }]"})
    add(with_top(key));
  for (const char* key : {"id: A", "id: 1a", "id: a-b", "id: []", "id: end", "name: []", "name: ''", "needs: a", "needs: {}", "needs:", "needs: [[]]", "when:", "when: ''", "when: []", "when: ${{ a }}",
                          "preconditions: x", "effect: x", "effect: irreversible", "why: x", "rollback: x", "rollback: []", "rollback: {}", "rollback: [x]", "rollback: { name: a }", "timeout: 5", "timeout: -5s",
                          "timeout: 1m1h", "timeout: 400d", "timeout: 0s", "timeout: []", "attempt_timeout: x", "kill_after: 5", "retry: x", "retry: []", "retry: { attempts: x }", "retry: { attempts: '3' }",
                          "retry: { attempts: -1 }", "retry: { every: 0s }", "retry: { backoff: 0 }", "retry: { jitter: 1.1 }", "retry: { if: }", "retry: { tries: 3 }", "retry: { unlimited: 1 }",
                          "expect: x", "expect: {}", "expect: []", "expect: [[]]", "expect: [{ level: warn }]", "expect: [{ that: a, level: x }]", "allow_failure: yes", "allow_failure: 1", "allow_failure: 'true'",
                          "outputs: x", "outputs: { a: }", "outputs: { a-b: c }", "env: x", "env: { RB_V1: x }", "cwd: []", "cwd: ''", "max_parallel: 2", "probe: {}", "for_each: []", "http: { url: http://a }",
                          "steps: [{ shell: a }]", "unknown: 1", "Shell: a"})
    add(with_keys(key));
  for (const char* step : {"shell:", "shell: ''", "shell: {}", "shell: { run: }", "shell: { run: a, shell: zsh }", "shell: { run: a, ok_exit_codes: [256] }", "shell: { run: a, ok_exit_codes: 0 }", "exec:", "exec: a",
                           "exec: []", "exec: ['']", "exec: [[a]]", "exec: [~]", "exec: {}", "http:", "http: a", "http: {}", "http: []", "http: { url: }", "http: { url: a }", "http: { url: ftp://a }", "http: { url: http://a, method: '' }",
                           "http: { url: http://a, method: 'G T' }", "http: { url: http://a, headers: [] }", "http: { url: http://a, headers: { 'a b': c } }", "http: { url: http://a, headers: { a: \"b\\nc\" } }",
                           "http: { url: http://a, json: }", "http: { url: http://a, ok_status: 2x }", "http: { url: http://a, ok_status: [] }", "http: { url: http://a, ok_status: 999 }", "wait:", "wait: 5", "wait: x", "wait: 0s", "wait: []",
                           "steps:", "steps: x", "steps: []", "steps: {}", "parallel: []", "parallel: x", "steps: [{ id: a }]", "lua: x", "manual: x", "use: x", "name: a"})
    add(with_steps("  - " + std::string(step) + "\n"));
  return files;
}

}  // namespace

TEST_CASE("hundreds of bad files, each answered with a place") {
  const auto files = bad_files();
  CHECK(std::set<std::string>(files.begin(), files.end()).size() > 400);
  for (const auto& text : files) {
    const bool loaded = check_sound(text);
    INFO(text);
    CHECK_FALSE(loaded);
  }
}

TEST_CASE("a good runbook cut off at any byte") {
  for (const char* name : {"minimal.yaml", "deploy.yaml", "every_key.yaml"}) {
    const auto text = read_whole_file(good_folder + name);
    REQUIRE(check_sound(text));
    std::size_t good = 0;
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto part = text.substr(0, size);
      if (!check_sound(part)) continue;
      ++good;
      // What still loads holds whole keys only: it begins like a runbook and has a step.
      CHECK(part.find("steps:") != std::string::npos);
    }
    CHECK(good < text.size());
  }
}

TEST_CASE("random damage to good runbooks") {
  const std::vector<std::string> pieces{":", " ", "\n", "-", "- ", "\"", "'", "[", "]", "{", "}", "#", " #", "&", "*", "!", "|", ">", "|\n", "%", "@", ",", "?", "? ", "\t", "~", "<<: ", "---\n", "...\n", "\\", "null",
                                        "${{", "}}", "{{", "  ", "\n  ", "\r\n", ": ", "1", "é", "\xff", "\x1b", "'\n", "\"\n", ": |\n"};
  std::mt19937 random(20261120);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  std::vector<std::string> seeds;
  for (const char* name : {"minimal.yaml", "deploy.yaml", "every_key.yaml"}) seeds.push_back(read_whole_file(good_folder + name));
  for (int round = 0; round < 3000; ++round) {
    auto text = seeds[pick(seeds.size())];
    const auto begin = pick(text.size());
    if (round % 2 == 0) text = text.substr(0, begin + std::min<std::size_t>(600, text.size() - begin));  // short ones, too
    for (auto edits = 1 + pick(4); edits > 0; --edits) {
      const auto at = pick(text.size());
      switch (pick(4)) {
        case 0: text.insert(at, pieces[pick(pieces.size())]); break;
        case 1: text.erase(at, 1 + pick(8)); break;
        case 2: text.replace(at, 1, pieces[pick(pieces.size())]); break;
        default: text.insert(at, text.substr(pick(text.size()), pick(60)));
      }
      if (text.empty()) text = "x";
    }
    check_sound(text);
  }
}

TEST_CASE("random YAML: the parser and our own look at the text agree on where scalars end") {
  const std::vector<std::string> pieces{"a", "b c", ": ", ":", " ", "\n", "\n  ", "\n    ", "\n- ", "- ", "\"", "'", "[", "]", "{", "}", ", ", " # c", "|\n", ">-\n", "x:\n", "k: v\n", "'it''s'", "\"q\\\"\"", "\\", "#", "?", "-", "\t", "\r\n", "é", "~", "!t ", "&a ", "*a", "---\n"};
  std::mt19937 random(7);
  int parsed = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text;
    for (auto left = 1 + random() % 12; left > 0; --left) text += pieces[random() % pieces.size()];
    const SourceFile file("x.yaml", text);
    Diagnostics diagnostics;
    const auto root = parse_yaml(file, diagnostics);
    if (!root && diagnostics.errors() == 0) {
      INFO(text);
      CHECK(diagnostics.errors() > 0);
    }
    if (!root || diagnostics.errors() > 0) continue;
    ++parsed;
    check_spans(*root);
  }
  CHECK(parsed > 1000);
}
