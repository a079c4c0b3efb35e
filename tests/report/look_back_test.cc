// Looking back: show and history.
#include <catch2/catch.hpp>

#include "report/deploy.h"
#include "report/golden.h"
#include "report/screen.h"
#include "report/words/history.h"
#include "report/words/show.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

constexpr WallTime now{1795212782000ms};  // 2026-11-20T22:13:02Z, a Friday

ShowOptions show_options() {
  ShowOptions options;
  options.summary = summary_options();
  options.started = now;
  options.verification = "intact, sealed, 41 records";
  return options;
}

Story incomplete() {
  auto story = deploy();
  story.precondition("Disk below 80 %", "./disk-below 80");
  story.handler("on_failure", "./notify \"deploy failed\"");
  story.step("smoke", "./smoke.sh");
  story.begin()
      .runs("precondition[1]", 100ms)
      .runs("backup", 38400ms)
      .runs("migrate", 12s)
      .runs("switch_release", 400ms);
  healthy_gives_up(story).rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 300ms);
  story.fails("migrate.undo", 2100ms, "exit 1: relation \"orders_v2\" does not exist");
  story.fails("on_failure[1]", 300ms, "exit 6");
  story.finish(RunOutcome::rollback_incomplete, "healthy", {"switch_release"}, {"migrate", "backup"},
               {"on_failure[1]"});
  return story;
}

HistoryRow summary(std::string id, std::string runbook, Duration ago, std::optional<RunOutcome> outcome, Duration took,
                   std::string note = "") {
  return {"20261120-221301-" + runbook + "-" + id, runbook, "anna", now - ago, outcome, false, took, std::move(note)};
}

}  // namespace

TEST_CASE("show: one run, from its beginning to what is left of it") {
  expect_golden("show_incomplete.txt", show_text(view_of(incomplete()), show_options()));
}

TEST_CASE("show without the runbook: the journal is enough") {
  RunView view;
  for (const auto& [event, at] : incomplete().events()) view.apply(event, at);
  expect_golden("show_journal_only.txt", show_text(view, show_options()));
}

TEST_CASE("show: a run that goes on, and one that has no end") {
  auto story = deploy();
  story.begin().runs("backup", 38400ms).runs("migrate", 12s).ready("switch_release").start("switch_release").after(3s);
  story.tell(TermSent{story.id("switch_release"), StopReason::timed_out});
  auto options = show_options();
  options.verification = "intact, not finished";
  options.running = true;
  expect_golden("show_running.txt", show_text(view_of(story), options));
  options.running = false;
  expect_golden("show_no_end.txt", show_text(view_of(story), options));
}

TEST_CASE("a recorded journal gives the closing block of the live run") {
  auto story = incomplete();
  TtyReport live(RunView(&story.plan()), {}, [](std::string_view) {});
  story.play(live);
  CHECK(summary_text(live.view(), summary_options()) == summary_text(view_of(story), summary_options()));
}

TEST_CASE("history: newest first, and who still needs someone") {
  std::vector<HistoryRow> runs{
      summary("k3f9", "deploy-checkout", 5min, std::nullopt, 3min),
      summary("a1b2", "deploy-checkout", 1h, RunOutcome::rolled_back, 7min + 12s, "healthy: want 2xx, got 503"),
      summary("c3d4", "cert-rotate", 13h, RunOutcome::succeeded, 41s),
      summary("e5f6", "db-failover", 29h, RunOutcome::rollback_incomplete, 4h + 33min,
              "undo of promote failed: exit 1"),
      summary("g7h8", "vacuum-full", 4 * 24h, RunOutcome::unknown, 12min + 3s),
      summary("j9k0", "vacuum-full", 12 * 24h, RunOutcome::warned, 90min),
      summary("l1m2", "vacuum-full", 12 * 24h, RunOutcome::refused, 200ms, "precondition[1]: exit 1"),
      summary("n3o4", "vacuum-full", 13 * 24h, RunOutcome::cancelled, 2s),
      summary("p5q6", "vacuum-full", 13 * 24h, RunOutcome::failed, 2s),
  };
  runs[0].running = true;
  CHECK_FALSE(needs_attention(runs[0]));
  runs.push_back(summary("r7s8", "vacuum-full", 14 * 24h, std::nullopt, 2s));
  CHECK(needs_attention(runs.back()));
  expect_golden("history.txt", history_text(runs, 42, now, plain_style));
}

TEST_CASE("history without runs, and without worries") {
  CHECK(history_text({}, 0, now, plain_style) == "no runs yet\n");
  CHECK(history_text({}, 7, now, plain_style) == "none of 7 runs\n");
  const auto text =
      history_text({summary("c3d4", "cert-rotate", 13h, RunOutcome::succeeded, 41s)}, 1, now, plain_style);
  CHECK(text.find("attention") == std::string::npos);
  CHECK(text.find("1 of 1 run\n") != std::string::npos);
}

TEST_CASE("looking back is safe for a terminal, in colours too") {
  const std::string evil =
      "\x1b]0;owned\x07\x1b[2J\xc2\x9b"
      "3J";
  HistoryRow run{evil, evil, evil, now, RunOutcome::failed, false, 1s, evil};
  Screen screen(400, 50);
  screen.write(history_text({run}, 1, now, Style{true, true}));

  auto story = incomplete();
  auto options = show_options();
  options.verification = evil;
  options.summary.style.color = true;
  screen.write(show_text(view_of(story), options));
  CHECK(screen.mistakes() == std::vector<std::string>());
}
