#include "report/live/json_report.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "base/value.h"
#include "report/live/tee_observer.h"
#include "report/story.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

std::string encode(const Event& event, Time at) {
  return "{\"event\":" + std::to_string(event.index()) + ",\"t\":" + std::to_string(at.time_since_epoch().count()) +
         "}";
}

std::vector<Value> play(Story& story) {
  std::string text;
  JsonReport report({}, encode, [&](std::string_view bytes) {
    CHECK(bytes.back() == '\n');  // a line each
    text += bytes;
  });
  story.play(report);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\xc2\x9b") == std::string::npos);
  std::vector<Value> lines;
  for (const auto line : split_lines(text)) {
    INFO(line);
    Value value;
    REQUIRE(from_json(line, value));
    lines.push_back(std::move(value));
  }
  return lines;
}

Story migration() {
  Story story("deploy.yaml", "");
  story.step("migrate", "./migrate up");
  story.begin().ready("migrate").start("migrate");
  return story;
}

}  // namespace

TEST_CASE("events are the lines of the encoder, output comes between them") {
  auto story = migration();
  story.after(1s)
      .prints("migrate", "one\ntw")
      .prints("migrate", "oops\n", Stream::err)
      .prints("migrate", "o")
      .ends("migrate");
  const auto lines = play(story);
  REQUIRE(lines.size() == 8);
  CHECK(to_json(lines[3]) == R"({"type":"output","step":"migrate","attempt":1,"stream":"stdout","text":"one"})");
  CHECK(to_json(lines[4]) == R"({"type":"output","step":"migrate","attempt":1,"stream":"stderr","text":"oops"})");
  CHECK(to_json(lines[5]) == R"({"type":"output","step":"migrate","attempt":1,"stream":"stdout","text":"two"})");
  CHECK(to_json(lines[6]) == R"({"event":6,"t":1000})");
}

TEST_CASE("output is valid JSON whatever its bytes, and keeps what is text") {
  auto story = migration();
  story.prints("migrate", "\x1b[31m \"quoted\" \\ \xff \xc2\x9b caf\xc3").prints("migrate", "\xa9\n").ends("migrate");
  const auto lines = play(story);
  CHECK(lines[3].find("text")->as_string() == "\x1b[31m \"quoted\" \\ \xEF\xBF\xBD \xc2\x9b café");
}

TEST_CASE("a line without end is given in pieces that say so") {
  auto story = migration();
  story.prints("migrate", std::string(150'000, 'x') + "\n").ends("migrate");
  const auto lines = play(story);
  REQUIRE(lines.size() == 3 + 3 + 2);
  CHECK(lines[3].find("cut") != nullptr);
  CHECK(lines[4].find("cut") != nullptr);
  CHECK(lines[5].find("cut") == nullptr);
  std::size_t size = 0;
  for (int i = 3; i < 6; ++i) size += lines[static_cast<std::size_t>(i)].find("text")->as_string().size();
  CHECK(size == 150'000);
}

TEST_CASE("the attempt of each output is told") {
  auto story = migration();
  story.attempt().outcome = Outcome::failed;
  story.tell(story.attempt()).tell(RetryScheduled{story.id("migrate"), 2, story.now() + 1s}).after(1s);
  story.start("migrate").prints("migrate", "again\n").ends("migrate");
  const auto lines = play(story);
  CHECK(lines[6].find("attempt")->as_integer() == 2);
}

namespace {

struct Counter : Observer {
  explicit Counter(std::optional<Time> wanted) : tick(wanted) {}
  void on_event(const Event&, Time, const RunState&) override { ++events; }
  void on_output(NodeId, Stream, std::string_view) override { ++outputs; }
  std::optional<Time> next_tick(Time) override { return tick; }
  void on_tick(Time, const RunState&) override { ++ticks; }
  std::optional<Time> tick;
  int events = 0, outputs = 0, ticks = 0;
};

}  // namespace

TEST_CASE("a tee tells everybody, and wakes each at its own time") {
  Counter early(Time{1s}), late(Time{5s}), never(std::nullopt);
  TeeObserver tee({&early, &late, &never});
  const Plan plan{{Node{0, NodeKind::group, "run"}}};
  const RunState state(plan);
  tee.on_event(RunResumed{}, Time{}, state);
  tee.on_output(0, Stream::out, "x");
  CHECK(tee.next_tick(Time{}) == Time{1s});
  tee.on_tick(Time{1s}, state);
  for (const auto* each : {&early, &late, &never}) {
    CHECK(each->events == 1);
    CHECK(each->outputs == 1);
  }
  CHECK(early.ticks == 1);
  CHECK(late.ticks == 0);
  CHECK(never.ticks == 0);
  CHECK(TeeObserver({&never}).next_tick(Time{}) == std::nullopt);
}
