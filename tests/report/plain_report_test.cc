#include "report/live/plain_report.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "report/deploy.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

// The lines of a story without their times.
std::vector<std::string> lines_of(Story& story) {
  std::string text;
  PlainReport report(
      RunView(&story.plan()), plain_style, [] { return WallTime{}; }, [&](std::string_view bytes) { text += bytes; });
  story.play(report);
  report.close();
  std::vector<std::string> lines;
  for (const auto line : split_lines(text)) {
    REQUIRE(line.substr(0, 21) == "1970-01-01T00:00:00Z ");
    lines.emplace_back(line.substr(21));
  }
  return lines;
}

std::vector<std::string> lines_with(Story& story, const std::string& part) {
  std::vector<std::string> found;
  for (auto& line : lines_of(story))
    if (line.find(part) != std::string::npos) found.push_back(std::move(line));
  return found;
}

Story migration_in_time() {
  Story story("deploy.yaml", "");
  story.step("migrate", "./migrate up");
  story.begin().ready("migrate", 10min).start("migrate");
  return story;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("output becomes lines, put together from chunks and safe for a log") {
  auto story = migration_in_time();
  story.prints("migrate", "0417_or").prints("migrate", "ders_v2.sql\r\ncaf\xc3").prints("migrate", "\xa9\n");
  story.prints("migrate", "\x1b[32mgreen\x1b[0m\x1b]52;c;Zm9v\x07\n").prints("migrate", "10%\r50%\r100%\n");
  story.prints("migrate", "bell\x07 \xff end").ends("migrate").finish(RunOutcome::succeeded);
  CHECK(lines_with(story, " | ") == Lines{"migrate | 0417_orders_v2.sql", "migrate | café", "migrate | green",
                                          "migrate | 100%", "migrate | bell\\x07 \xEF\xBF\xBD end"});
}

TEST_CASE("the two streams do not cut each other's lines") {
  auto story = migration_in_time();
  story.prints("migrate", "out 1, ").prints("migrate", "err 1\n", Stream::err).prints("migrate", "out 2\n");
  CHECK(lines_with(story, " | ") == Lines{"migrate | err 1", "migrate | out 1, out 2"});
}

TEST_CASE("a silent step gives a sign of life every ten seconds, then every minute") {
  auto story = migration_in_time();
  story.after(4min + 30s).ends("migrate").finish(RunOutcome::succeeded);
  Lines expected;
  for (const char* elapsed : {"10s", "20s", "30s", "40s", "50s", "1m00s", "2m00s", "3m00s", "4m00s"})
    expected.push_back("migrate still running " + std::string(elapsed) + " of 10m, no output yet");
  CHECK(lines_with(story, "still") == expected);
}

TEST_CASE("a sign of life says when there was output last, and what it stopped at") {
  auto story = migration_in_time();
  story.after(1s).prints("migrate", "0417_orders_v2.sql\n").after(4s).prints("migrate", "Password: ").after(8s);
  story.ends("migrate").finish(RunOutcome::succeeded);
  CHECK(lines_with(story, "still") == Lines{"migrate still running 10s of 10m, last output 5s ago: Password: "});
}

TEST_CASE("a step that talks gives no other sign of life") {
  auto story = migration_in_time();
  for (int i = 0; i < 60; ++i) story.after(1s).prints("migrate", "line\n");
  story.ends("migrate").finish(RunOutcome::succeeded);
  CHECK(lines_with(story, "still").empty());
}

TEST_CASE("a long wait for the next attempt is told, too") {
  auto story = migration_in_time();
  story.after(1s);
  story.attempt().outcome = Outcome::failed;
  story.attempt().message = "exit 1";
  story.tell(story.attempt()).tell(RetryScheduled{story.id("migrate"), 2, story.now() + 25s}).after(25s);
  story.start("migrate").after(12s).ends("migrate").finish(RunOutcome::succeeded);
  CHECK(lines_with(story, "attempt") ==
        Lines{"migrate attempt 1 failed: exit 1; attempt 2 in 25.0s", "migrate waits for attempt 2, due in 15s",
              "migrate waits for attempt 2, due in 5s", "migrate start attempt 2  ./migrate up",
              "migrate still running 10s, attempt 2, no output yet", "migrate ok 38.0s  2 attempts"});
}

TEST_CASE("after the end there are no ticks") {
  auto story = migration_in_time();
  PlainReport report(
      RunView(&story.plan()), plain_style, [] { return WallTime{}; }, [](std::string_view) {});
  story.play(report);
  CHECK(report.next_tick(story.now()).has_value());
  const RunState state(story.plan());
  AttemptFinished end;
  end.node = story.id("migrate");
  report.on_event(end, story.now(), state);
  CHECK(report.next_tick(story.now()) == std::nullopt);
}

TEST_CASE("what was left behind is told") {
  auto story = migration_in_time();
  story.after(1s);
  story.attempt().killed_background = 2;
  story.attempt().unkillable = true;
  story.ends("migrate").finish(RunOutcome::succeeded);
  CHECK(lines_with(story, "background") == Lines{"migrate left 2 processes in the background: killed"});
  CHECK(lines_with(story, "WARNING").size() == 1);
}

TEST_CASE("a script of several lines is told by its first") {
  Story story("deploy.yaml", "");
  story.step("migrate", "true");
  story.begin().ready("migrate").start("migrate", "\nset -e\ncd /srv\n./migrate up\n");
  CHECK(lines_with(story, "start") == Lines{"migrate start  set -e … (+2 lines)"});
}
