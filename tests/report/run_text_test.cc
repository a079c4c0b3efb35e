// Whole runs as people see them: golden texts for the terminal, for logs and for the closing block.
#include <catch2/catch.hpp>

#include "report/deploy.h"
#include "report/golden.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

void backup_runs(Story& story) {
  story.ready("backup", 30min).start("backup").after(38400ms);
  story.attempt().result.set("outputs", Value(Value::Map{{"file", "/backups/app-k3f9.dump"}}));
  story.ends("backup");
}

void up_to_switch(Story& story) {
  story.begin();
  backup_runs(story);
  story.runs("migrate", 12s).runs("switch_release", 400ms);
}

}  // namespace

TEST_CASE("a run that succeeds") {
  auto story = deploy();
  story.handler("finally", "./maintenance-mode off");
  up_to_switch(story);
  story.runs("healthy", 200ms).runs("finally[1]", 100ms).finish(RunOutcome::succeeded);
  expect_golden("success.tty.txt", on_terminal(story));
  expect_golden("success.plain.txt", as_plain(story));
}

TEST_CASE("a run that fails and is rolled back") {
  auto story = deploy();
  up_to_switch(story);
  healthy_gives_up(story).rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 300ms).runs("migrate.undo", 9800ms);
  story.finish(RunOutcome::rolled_back, "healthy", {"switch_release", "migrate"}, {"backup"});
  expect_golden("rolled_back.tty.txt", on_terminal(story));
  expect_golden("rolled_back.plain.txt", as_plain(story));
  expect_golden("rolled_back.ascii.txt", on_terminal(story, ascii_style));
}

TEST_CASE("a run whose rollback fails") {
  auto story = deploy();
  story.handler("on_failure", "./notify \"deploy failed\"");
  up_to_switch(story);
  healthy_gives_up(story).rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 300ms);
  story.fails("migrate.undo", 2100ms, "exit 1: relation \"orders_v2\" does not exist");
  story.runs("on_failure[1]", 300ms);
  story.finish(RunOutcome::rollback_incomplete, "healthy", {"switch_release"}, {"migrate", "backup"});
  expect_golden("rollback_incomplete.tty.txt", on_terminal(story));
  expect_golden("rollback_incomplete.plain.txt", as_plain(story));
}

TEST_CASE("a run that is refused") {
  auto story = deploy();
  story.precondition("Disk below 80 %", "./disk-below 80");
  story.precondition("Database answers", "pg_isready");
  story.begin().fails("precondition[1]", 100ms, "exit 1").runs("precondition[2]", 40ms);
  story.finish(RunOutcome::refused, "precondition[1]");
  expect_golden("refused.tty.txt", on_terminal(story));
  expect_golden("refused.plain.txt", as_plain(story));
}

TEST_CASE("a run that is cancelled and rolled back") {
  auto story = deploy();
  story.begin();
  backup_runs(story);
  story.ready("migrate").start("migrate").after(3s);
  story.tell(StopRequested{StopMode::finish_current, "SIGINT"}).after(2s);
  story.tell(StopRequested{StopMode::stop_now, "SIGINT"})
      .tell(TermSent{story.id("migrate"), StopReason::cancelled})
      .after(10s);
  story.tell(KillSent{story.id("migrate")}).after(100ms);
  story.ends("migrate", Outcome::cancelled, "stopped: the run was cancelled").rolls_back({"migrate"});
  story.runs("migrate.undo", 9800ms);
  story.finish(RunOutcome::cancelled, "", {"migrate"}, {"backup"});
  expect_golden("cancelled.tty.txt", on_terminal(story));
  expect_golden("cancelled.plain.txt", as_plain(story));
}

TEST_CASE("a run with warnings and a failure that is allowed") {
  auto story = deploy();
  story.step("smoke", "./smoke.sh").allow_failure = true;
  up_to_switch(story);
  story.ready("healthy").start("healthy", "GET http://127.0.0.1:8080/health").after(700ms);
  story.attempt().warnings = {"slow: 0.7 s"};
  story.ends("healthy", Outcome::warned);
  story.fails("smoke", 3s, "exit 1").finish(RunOutcome::warned);
  expect_golden("warned.tty.txt", on_terminal(story));
  expect_golden("warned.plain.txt", as_plain(story));
}

TEST_CASE("steps and a group that are skipped, and preconditions that hold") {
  auto story = deploy();
  story.precondition("Disk below 80 %", "./disk-below 80");
  story.precondition("Database answers", "pg_isready");
  story.group("smoke_tests");
  story.step("smoke_eu", "./smoke.sh eu", story.id("smoke_tests"));
  story.step("smoke_us", "./smoke.sh us", story.id("smoke_tests"));
  story.begin().runs("precondition[1]", 100ms).runs("precondition[2]", 40ms);
  backup_runs(story);
  story.tell(NodeSkipped{story.id("migrate"), "when: params.migrate is false"});
  story.ready("switch_release").after(200ms).ends("switch_release", Outcome::unchanged);
  story.runs("healthy", 200ms);
  story.tell(NodeSkipped{story.id("smoke_tests"), "when: params.env == \"prod\" is false"});
  story.finish(RunOutcome::succeeded);
  expect_golden("skipped.tty.txt", on_terminal(story));
  expect_golden("skipped.plain.txt", as_plain(story));
}

TEST_CASE("a handler that fails is told, and ends the command with 1") {
  auto story = deploy();
  story.handler("on_success", "./notify done");
  story.handler("finally", "./maintenance-mode off");
  up_to_switch(story);
  story.runs("healthy", 200ms);
  story.fails("on_success[1]", 100ms, "exit 1").runs("finally[1]", 100ms);
  story.finish(RunOutcome::succeeded, "", {}, {}, {"on_success[1]"});
  CHECK(exit_code_of(view_of(story), {}) == 1);
  expect_golden("handler_failed.tty.txt", on_terminal(story));
  expect_golden("handler_failed.plain.txt", as_plain(story));
}

TEST_CASE("a step whose precondition does not hold, and one that times out") {
  auto story = deploy();
  story.check("migrate", "test -f schema.sql");
  story.begin();
  backup_runs(story);
  story.ready("migrate").fails("migrate.pre[1]", 20ms, "exit 1");
  story.tell(NodeFinished{story.id("migrate"), Outcome::failed, "precondition not met: exit 1"});
  story.finish(RunOutcome::failed, "migrate", {}, {"backup"});
  expect_golden("check_unmet.tty.txt", on_terminal(story));

  auto slow = deploy();
  slow.begin();
  slow.ready("backup", 30min).start("backup").prints("backup", "dumping orders\n").after(30min);
  slow.tell(TermSent{slow.id("backup"), StopReason::timed_out}).after(1s);
  slow.attempt().log = "backup.1.log";
  slow.attempt().unkillable = true;
  slow.ends("backup", Outcome::timed_out, "timed out after 30m00s");
  slow.finish(RunOutcome::failed, "backup", {}, {"backup"});
  expect_golden("timed_out.tty.txt", on_terminal(slow));
}

TEST_CASE("a failure with `rollback: manual` says how to undo it") {
  auto story = deploy();
  story.plan().rollback = Plan::Rollback::manual;
  up_to_switch(story);
  healthy_gives_up(story).finish(RunOutcome::failed, "healthy", {}, {"switch_release", "migrate", "backup"});
  expect_golden("manual.tty.txt", on_terminal(story));
}

TEST_CASE("a run that was left without an end") {
  SECTION("its journal cannot be written") {
    auto story = deploy();
    up_to_switch(story);
    auto options = summary_options();
    options.journal_error = "append /var/lib/runbook/runs/k3f9/journal.jsonl: No space left on device";
    options.end.journal_failed = true;
    expect_golden("journal_failed.txt", summary_text(view_of(story), options));
  }
  SECTION("its engine died in a step, and nobody can tell what that did") {
    auto story = deploy();
    story.begin();
    backup_runs(story);
    story.ready("migrate").start("migrate").after(5s).tell(RunResumed{"anna", "bastion2", "", "0.1.0"});
    story.tell(AttemptLost{story.id("migrate"), 1});
    CHECK(exit_code_of(view_of(story), {}) == 6);
    expect_golden("unknown.tty.txt", on_terminal(story));
  }
  SECTION("it was asked to leave everything") {
    auto story = deploy();
    up_to_switch(story);
    story.tell(StopRequested{StopMode::leave, "SIGTERM"});
    RunEnd end;
    end.interrupted_by = 15;
    CHECK(exit_code_of(view_of(story), end) == 143);
    auto options = summary_options();
    options.end = end;
    expect_golden("left.txt", summary_text(view_of(story), options));
  }
}

TEST_CASE("several undo steps of one step are told one by one") {
  auto story = deploy();
  story.undo("migrate", "./check-schema");
  story.begin();
  backup_runs(story);
  story.fails("migrate", 2s, "exit 3").rolls_back({"migrate"});
  story.runs("migrate.undo", 1s).runs("migrate.undo[2]", 200ms);
  story.finish(RunOutcome::rolled_back, "migrate", {"migrate"}, {"backup"});
  expect_golden("undo_list.tty.txt", on_terminal(story));
}
