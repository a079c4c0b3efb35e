// Runbooks as people and accidents really write them: hundreds of bad files, good ones cut off at every byte, and
// random damage. Each must end in a diagnostic with a place or in a sound runbook; never in a crash, a hang or silence.
#include <algorithm>
#include <random>
#include <set>

#include "base/text.h"
#include "base/value.h"
#include "golden/golden.h"
#include "language/bad_files.h"
#include "language/loading.h"
#include "yaml/yaml.h"

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
      right =
          first != '"' && first != '\'' && (node.text.value == written || written.find('\n') != std::string_view::npos);
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
  const std::vector<std::string> pieces{
      ":",    " ",   "\n", "-",   "- ", "\"",   "'",    "[",  "]",  "{",  "}",    "#",    " #",    "&",     "*",
      "!",    "|",   ">",  "|\n", "%",  "@",    ",",    "?",  "? ", "\t", "~",    "<<: ", "---\n", "...\n", "\\",
      "null", "${{", "}}", "{{",  "  ", "\n  ", "\r\n", ": ", "1",  "é",  "\xff", "\x1b", "'\n",   "\"\n",  ": |\n"};
  std::mt19937 random(20261120);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  std::vector<std::string> seeds;
  for (const char* name : {"minimal.yaml", "deploy.yaml", "every_key.yaml"})
    seeds.push_back(read_whole_file(good_folder + name));
  for (int round = 0; round < 3000; ++round) {
    auto text = seeds[pick(seeds.size())];
    const auto begin = pick(text.size());
    if (round % 2 == 0)
      text = text.substr(0, begin + std::min<std::size_t>(600, text.size() - begin));  // short ones, too
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
  const std::vector<std::string> pieces{
      "a",  "b c", ": ", ":", " ",  "\n",   "\n  ", "\n    ", "\n- ", "- ",     "\"",      "'",
      "[",  "]",   "{",  "}", ", ", " # c", "|\n",  ">-\n",   "x:\n", "k: v\n", "'it''s'", "\"q\\\"\"",
      "\\", "#",   "?",  "-", "\t", "\r\n", "é",    "~",      "!t ",  "&a ",    "*a",      "---\n"};
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
