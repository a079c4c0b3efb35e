// The terminal while a run goes on: frames as a screen shows them.
#include "report/live/tty_report.h"

#include <catch2/catch.hpp>

#include "report/deploy.h"
#include "report/golden.h"
#include "report/screen.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

// A report on a screen, fed fact by fact.
struct Terminal {
  explicit Terminal(Story& of, int columns = 100, int rows = 30)
      : story(of), screen(columns, rows), size{columns, rows}, report(RunView(&of.plan()), options(), write()) {}

  TtyOptions options() {
    TtyOptions result;
    result.live.reduced_motion = true;
    result.size = [this] { return size; };
    return result;
  }
  Write write() {
    return [this](std::string_view bytes) { screen.write(bytes); };
  }
  std::string play() {
    story.play(report);
    return screen.text();
  }
  bool shows(const std::string& text) const { return screen.text().find(text) != std::string::npos; }

  Story& story;
  Screen screen;
  TerminalSize size;
  TtyReport report;
};

void migrated(Story& story) { story.begin().runs("backup", 38400ms).runs("migrate", 12s); }

}  // namespace

TEST_CASE("the live region shows what runs, its last output, what waits and what a failure would undo") {
  auto story = deploy();
  migrated(story);
  story.ready("switch_release", 5min).start("switch_release");
  story.prints("switch_release", "22:15:30 upstream warming 6/12\n22:15:31 upstream warming 7/12\n22:15:36 upstream");
  story.after(41s).tick();
  Terminal terminal(story);
  expect_golden("live.frame.txt", terminal.play());
  CHECK(terminal.screen.mistakes().empty());
}

TEST_CASE("the live region of a step that is tried again") {
  auto story = deploy();
  migrated(story);
  story.runs("switch_release", 400ms).ready("healthy", 5min).start("healthy").after(1s);
  story.attempt().outcome = Outcome::failed;
  story.attempt().message = "want 2xx, got 503";
  story.tell(story.attempt()).tell(RetryScheduled{story.id("healthy"), 2, story.now() + 10s}).after(3s).tick();
  Terminal terminal(story);
  expect_golden("live_retry.frame.txt", terminal.play());
}

TEST_CASE("the live region during the rollback, after a stop, and in handlers") {
  auto story = deploy();
  story.handler("finally", "./maintenance-mode off");
  migrated(story);
  story.runs("switch_release", 400ms).fails("healthy", 2s, "exit 1").rolls_back({"switch_release", "migrate"});
  SECTION("undoing") {
    story.ready("switch_release.undo", 1min).start("switch_release.undo").after(3s).tick();
    Terminal terminal(story);
    expect_golden("live_undo.frame.txt", terminal.play());
  }
  SECTION("handlers") {
    story.runs("switch_release.undo", 1s).runs("migrate.undo", 1s);
    story.ready("finally[1]", 1min).start("finally[1]").after(3s).tick();
    Terminal terminal(story);
    expect_golden("live_handler.frame.txt", terminal.play());
  }
}

TEST_CASE("the live region after Ctrl-C says what happens next") {
  auto story = deploy();
  story.begin().runs("backup", 38400ms).ready("migrate").start("migrate").after(3s);
  story.tell(StopRequested{StopMode::finish_current, "SIGINT"}).after(1s).tick();
  Terminal terminal(story);
  expect_golden("live_stop.frame.txt", terminal.play());
}

TEST_CASE("parallel steps share the live region; what does not fit is counted") {
  Story story("fleet.yaml", "");
  auto fleet = story.group("fleet").id;
  for (int i = 1; i <= 20; ++i)
    story.step("host_" + std::to_string(i), "./patch host" + std::to_string(i), fleet).needs.clear();
  story.begin().ready("fleet");
  SECTION("four") {
    for (int i = 1; i <= 4; ++i) {
      const auto name = "host_" + std::to_string(i);
      story.ready(name).start(name).prints(name, "one\ntwo\n").after(1s);
    }
    story.ends("host_2").tick();
    Terminal terminal(story);
    expect_golden("live_parallel.frame.txt", terminal.play());
  }
  SECTION("twenty") {
    for (int i = 1; i <= 20; ++i)
      story.ready("host_" + std::to_string(i)).start("host_" + std::to_string(i)).after(200ms);
    story.tick();
    Terminal terminal(story);
    const auto text = terminal.play();
    expect_golden("live_crowd.frame.txt", text);
    CHECK(terminal.screen.lines().size() == 1 + 12);
  }
}

TEST_CASE("whatever the size of the terminal, no line is wider and the region is not higher") {
  for (const int columns : {1, 2, 5, 12, 20, 33, 40, 60, 80, 200})
    for (const int rows : {1, 2, 3, 6, 40}) {
      auto story = deploy();
      story.step("a_step_with_a_name_that_is_far_too_long_for_any_column_of_a_table", "true");
      migrated(story);
      story.runs("switch_release", 400ms)
          .ready("healthy")
          .start("healthy")
          .prints("healthy", std::string(500, 'x') + "\n")
          .after(5s)
          .tick();
      Terminal terminal(story, columns, rows);
      terminal.play();
      INFO(columns << " columns, " << rows << " rows\n" << terminal.screen.text());
      CHECK_FALSE(terminal.screen.wrapped());
      CHECK(terminal.screen.mistakes().empty());
      // Header and two ended steps, one more: the rest is the region.
      CHECK(terminal.screen.lines().size() <= static_cast<std::size_t>(4 + std::min(12, rows - 1)));
    }
}

TEST_CASE("wide characters are measured in columns") {
  Story story("deploy.yaml", "");
  story.step("deploy", "true");
  story.begin(Value(Value::Map{{"name", std::string("部署部署部署部署部署部署部署部署部署部署部署")}}));
  story.ready("deploy")
      .start("deploy", "echo 部署部署部署部署部署部署部署部署部署部署部署部署")
      .prints("deploy", "进度进度进度进度进度进度进度进度进度进度\n")
      .after(2s)
      .tick();
  Terminal terminal(story, 40, 20);
  terminal.play();
  INFO(terminal.screen.text());
  CHECK_FALSE(terminal.screen.wrapped());
}

TEST_CASE("nothing a child prints or an author writes can control the terminal") {
  Story story("deploy.yaml", "");
  const std::string evil =
      "\x1b]0;owned\x07\x1b]52;c;Zm9v\x07\x1b[2J\x1b[31mred\x1b[0m\x1b"
      "c\x9b"
      "2J\xc2\x9b"
      "3J\x08\x00\x7f\r";
  story.step("deploy", "true");
  story.begin(Value(Value::Map{{"name", evil}}));
  story.ready("deploy").start("deploy", "echo " + evil);
  story.prints("deploy", evil + "\n" + evil, Stream::err).after(1s).tick();
  story.attempt().log = "deploy.1.log";
  story.ends("deploy", Outcome::failed, "exit 1: " + evil).finish(RunOutcome::failed, "deploy", {}, {"deploy"});
  Terminal terminal(story);
  terminal.play();
  CHECK(terminal.screen.mistakes() == std::vector<std::string>());

  auto options = summary_options();
  options.logs.read_end = [&](std::string_view) { return evil + "\n"; };
  Screen screen(200, 50);
  screen.write(summary_text(terminal.report.view(), options));
  CHECK(screen.mistakes() == std::vector<std::string>());
}

TEST_CASE("the live region is gone at the end, also of a run that has none") {
  auto story = deploy();
  migrated(story);
  story.ready("switch_release").start("switch_release").after(5s).tick();
  Terminal terminal(story);
  terminal.play();
  CHECK(terminal.shows("if it fails now"));
  terminal.report.close();
  CHECK_FALSE(terminal.shows("if it fails now"));
  CHECK(terminal.shows("✓ migrate"));
  const auto writes = terminal.screen.writes();
  terminal.report.close();
  CHECK(terminal.screen.writes() == writes);
  CHECK(terminal.report.next_tick(story.now()) == std::nullopt);
}

TEST_CASE("lines that are to stay survive a terminal that changes its width") {
  for (const bool reflow : {true, false})
    for (const int columns : {40, 60, 99, 140}) {
      auto story = deploy();
      story.begin()
          .runs("backup", 38400ms)
          .ready("migrate")
          .start("migrate")
          .prints("migrate", "one\ntwo\n")
          .after(2s)
          .tick();
      Terminal terminal(story, 100, 30);
      terminal.play();
      terminal.size.columns = columns;
      terminal.screen.resize(columns, reflow);
      const RunState state(story.plan());
      const auto later = story.now() + 5s;
      REQUIRE(terminal.report.next_tick(later).has_value());
      terminal.report.on_tick(later, state);
      terminal.report.close();
      INFO((reflow ? "reflow, " : "cut, ") << columns << "\n" << terminal.screen.text());
      CHECK(terminal.shows("run 20261120-221301"));
      CHECK(terminal.shows("✓ backup"));
      CHECK_FALSE(terminal.shows("if it fails now: nothing to undo  Ctrl-C"));
    }
}

TEST_CASE("the scroll-back keeps every line of a long run, each once") {
  Story story("many.yaml", "");
  for (int i = 1; i <= 300; ++i) story.step("step_" + std::to_string(i), "true");
  story.begin();
  for (int i = 1; i <= 300; ++i) story.runs("step_" + std::to_string(i), 37ms);
  story.finish(RunOutcome::succeeded);
  Terminal terminal(story, 80, 10);
  terminal.play();
  const auto lines = terminal.screen.lines();
  REQUIRE(lines.size() == 301);
  for (int i = 1; i <= 300; ++i)
    CHECK(lines[static_cast<std::size_t>(i)].find("✓ step_" + std::to_string(i) + " ") != std::string::npos);
}

TEST_CASE("it draws at most ten times a second, and not at all when nothing goes on") {
  Story story("chatty.yaml", "");
  story.step("chatty", "true");
  story.begin().ready("chatty").start("chatty");
  for (int i = 0; i < 5000; ++i) story.prints("chatty", "line " + std::to_string(i) + "\n").after(1ms).tick();
  story.ends("chatty").finish(RunOutcome::succeeded);
  Terminal terminal(story);
  terminal.play();
  CHECK(terminal.screen.writes() <= 5 * 10 + 2);
  CHECK(terminal.screen.writes() >= 40);
}

TEST_CASE("with reduced motion it redraws once a second, else its spinner turns") {
  for (const bool reduced : {true, false}) {
    Story story("slow.yaml", "");
    story.step("slow", "true");
    story.begin().ready("slow").start("slow").after(10s).tick();
    Screen screen(80, 24);
    TtyOptions options;
    options.live.reduced_motion = reduced;
    std::string bytes;
    TtyReport report(RunView(&story.plan()), options, [&](std::string_view frame) {
      screen.write(frame);
      bytes += frame;
    });
    story.play(report);
    CHECK((bytes.find("⠹") == std::string::npos) == reduced);
    CHECK((bytes.find("●") != std::string::npos) == reduced);
    CHECK(screen.writes() <= (reduced ? 14 : 54));
    CHECK(screen.writes() >= (reduced ? 9 : 40));
  }
}

TEST_CASE("a resumed run does not print again what its journal holds") {
  auto story = deploy();
  migrated(story);
  RunView view(&story.plan());
  for (const auto& [event, at] : story.events()) view.apply(event, at);
  std::string bytes;
  {
    TtyReport report(std::move(view), {}, [&](std::string_view frame) { bytes += frame; });
    const RunState state(story.plan());
    report.on_event(RunResumed{"anna", "bastion2", "", "0.1.0"}, story.now(), state);
    report.on_event(NodeReady{story.id("switch_release"), {}}, story.now() + 1s, state);
    report.on_event(NodeFinished{story.id("switch_release"), Outcome::succeeded, ""}, story.now() + 2s, state);
  }
  CHECK(bytes.find("resumed 20261120") != std::string::npos);
  CHECK(bytes.find("✓ migrate") == std::string::npos);
  CHECK(bytes.find("✓ switch_release") != std::string::npos);
}
