#include <catch2/catch.hpp>

#include "report/live/approval_prompt.h"
#include "report/live/step_prompt.h"

using namespace runbook;

namespace {

Style plain() {
  Style style;
  style.color = style.unicode = false;
  return style;
}

std::vector<std::string> rows(const Prompt& prompt, std::size_t columns = 79) { return prompt.rows(plain(), columns); }

ApprovalRequested gate() {
  ApprovalRequested asked{4, {}, "Look at the graphs", {"Graphs are flat", "Nobody else deploys"}, "production"};
  asked.plan_hash = "the plan";
  return asked;
}

ManualAction wants_rows() {
  ManualAction manual;
  Param rows;
  rows.name.value = "rows";
  rows.type = ParamType::integer;
  rows.required = true;
  manual.inputs = {rows};
  return manual;
}

}  // namespace

TEST_CASE("an approval says everything that was asked for") {
  const auto manual = wants_rows();
  ApprovalPrompt prompt("switch", gate(), &manual);
  CHECK(rows(prompt) == std::vector<std::string>{"switch: [a]pprove, [r]eject or [l]ater? _"});
  prompt.feed("a\r");
  CHECK(prompt.question(plain()) == "switch: done? Graphs are flat (1 of 2) [y/n] ");
  prompt.feed("y\r");
  CHECK(rows(prompt).front() == "  [x] Graphs are flat");
  prompt.feed("yes\rmany\r");
  CHECK(prompt.question(plain()).find("must be an integer") != std::string::npos);
  prompt.feed("7\r");
  CHECK(prompt.question(plain()) == "switch: type `production` to approve: ");
  prompt.feed("production\r");
  CHECK_FALSE(prompt.take());
  prompt.feed("all flat\r");
  const auto answer = prompt.take();
  REQUIRE(answer);
  CHECK(answer->kind == ControlRequest::Kind::approve);
  CHECK(answer->step == "switch");
  CHECK(answer->plan_hash == "the plan");
  CHECK(answer->checked);
  CHECK(answer->confirm == "production");
  CHECK(answer->why == "all flat");
  CHECK(answer->inputs == std::vector<std::pair<std::string, std::string>>{{"rows", "7"}});
  CHECK(answer->via == "terminal");
  CHECK(answer->by.empty());
  CHECK_FALSE(prompt.take());  // once
}

TEST_CASE("an item that is not done, and the wrong word, approve nothing") {
  ApprovalPrompt prompt("switch", gate(), nullptr);
  prompt.feed("a\rn\r");
  CHECK(prompt.question(plain()).find("`Graphs are flat` is not done; [a]pprove") != std::string::npos);
  prompt.feed("a\ry\ry\rprod\r");
  CHECK(prompt.question(plain()).find("that is not the word; [a]pprove") != std::string::npos);
  CHECK_FALSE(prompt.take());
}

TEST_CASE("a rejection needs a reason, and later is no answer") {
  ApprovalPrompt prompt("switch", gate(), nullptr);
  prompt.feed("r\r\r");
  CHECK(prompt.question(plain()).find("say why") != std::string::npos);
  prompt.feed("error rate is up\r");
  const auto answer = prompt.take();
  REQUIRE(answer);
  CHECK(answer->kind == ControlRequest::Kind::reject);
  CHECK(answer->why == "error rate is up");

  ApprovalPrompt later("switch", gate(), nullptr);
  later.feed("l\r");
  CHECK(later.later());
  CHECK_FALSE(later.take());
  CHECK_FALSE(later.left());
}

TEST_CASE("a line is edited as in any shell, and keys that mean nothing here do nothing") {
  ApprovalPrompt prompt("switch", gate(), nullptr);
  prompt.feed(
      "x\x7f"
      "r\r");
  prompt.feed("one two\x17three\x1b[D\x1bOA\x01 f\xc3\xbcr\x08\x08");
  CHECK(rows(prompt).back() == "switch: why not? one three f_");
  prompt.feed(
      "\x15"
      "no\r");
  const auto answer = prompt.take();
  REQUIRE(answer);
  CHECK(answer->why == "no");
}

TEST_CASE("Escape goes back to the first question") {
  ApprovalPrompt prompt("switch", gate(), nullptr);
  prompt.feed("a\ry\rhalf");
  prompt.feed("\x1b");
  CHECK(rows(prompt) == std::vector<std::string>{"switch: [a]pprove, [r]eject or [l]ater? _"});
}

TEST_CASE("what is typed can neither leave its row nor control the terminal") {
  ApprovalPrompt prompt("switch", gate(), nullptr);
  prompt.feed("r\r");
  prompt.feed(std::string(10'000, 'x') + "the end");
  for (const std::size_t columns : {1u, 20u, 79u})
    for (const auto& row : rows(prompt, columns)) {
      CHECK(row.size() <= std::max<std::size_t>(columns, 22));  // the question is never cut in the middle of its row
      CHECK(row.find('\x1b') == std::string::npos);
    }
  CHECK(rows(prompt, 79).back().ends_with("xxx_"));
}

TEST_CASE("a step is run, skipped, or run with all that follows") {
  const auto answer_to = [](const char* typed) {
    StepPrompt prompt("migrate", 3, "Migrate the schema", "psql -f up.sql");
    CHECK(rows(prompt) == std::vector<std::string>{"  Migrate the schema", "  psql -f up.sql",
                                                   "migrate: [r]un, [s]kip, [a]ll, [l]ater, [q]uit or [?]", "  > _"});
    CHECK(prompt.node() == 3);
    prompt.feed(typed);
    const auto answer = prompt.take();
    REQUIRE(answer);
    CHECK(answer->via == "terminal");
    return *answer;
  };
  for (const auto& [typed, choice] : {std::pair("r\r", StepChoice::run), std::pair("skip\r", StepChoice::skip),
                                      std::pair("\r?\rall\r", StepChoice::run_all)}) {
    const auto answer = answer_to(typed);
    CHECK(answer.kind == ControlRequest::Kind::choose);
    CHECK(answer.step == "migrate");
    CHECK(answer.choice == choice);
  }
  for (const auto& [typed, mode] : {std::pair("l\r", StopMode::leave), std::pair("q\r", StopMode::finish_current)}) {
    const auto answer = answer_to(typed);
    CHECK(answer.kind == ControlRequest::Kind::cancel);
    CHECK(answer.mode == mode);
  }
}

TEST_CASE("a question about a step that nobody can answer leaves the run") {
  const StepPrompt prompt("migrate", 3, "", "");
  const auto answer = prompt.left();
  REQUIRE(answer);
  CHECK(answer->kind == ControlRequest::Kind::cancel);
  CHECK(answer->mode == StopMode::leave);
}
