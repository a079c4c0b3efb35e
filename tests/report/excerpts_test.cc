// What reports are made of: timelines, ends of logs, escaping.
#include <catch2/catch.hpp>

#include "base/text.h"
#include "report/deploy.h"
#include "report/pages/html_parts.h"
#include "report/pages/markdown_text.h"
#include "report/pages/xml_text.h"
#include "report/past.h"
#include "report/words/output_excerpt.h"
#include "report/words/timeline.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

// `22:13:02 +0:00 run started by anna on bastion2`
std::vector<std::string> told(const Past& past) {
  std::vector<std::string> lines;
  for (const auto& entry : timeline_of(past.run())) {
    auto line = show_wall(entry.at).substr(11, 8) + " +" + show_since(entry.since_start);
    if (entry.until) line += " until " + show_wall(*entry.until).substr(11, 8);
    for (const auto& part : {told_name(past.view, entry), entry.what, told_who(entry), told_took(entry), entry.detail})
      if (!part.empty()) line += " " + part;
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("timeline: quick steps are told by their end, long ones by their start as well") {
  CHECK(told(Past(success_story())) == Lines{
                                           "22:13:02 +0:00 run started by anna on bastion2",
                                           "22:13:02 +0:00 backup started pg_dump -Fc app > \"$BACKUP\"",
                                           "22:13:40 +0:38 backup succeeded 38.4s",
                                           "22:13:40 +0:38 migrate started ./migrate up",
                                           "22:13:52 +0:50 migrate succeeded 12.0s",
                                           "22:13:52 +0:50 switch_release succeeded 0.4s",
                                           "22:13:53 +0:51 healthy succeeded 0.7s",
                                           "22:13:53 +0:51 finally[1] succeeded 0.1s ./maintenance-mode off",
                                           "22:13:53 +0:51 run ended: SUCCEEDED 51.6s",
                                       });
}

TEST_CASE("timeline: attempts that failed alike are one entry, others are not") {
  auto story = deploy();
  story.begin().ready("healthy");
  for (int attempt = 1; attempt <= 4; ++attempt) {
    story.start("healthy").after(100ms);
    story.attempt().outcome = Outcome::failed;
    story.attempt().message = attempt <= 2 ? "got 503" : "got 502";
    story.tell(story.attempt()).tell(RetryScheduled{story.id("healthy"), attempt + 1, story.now() + 1s, ""}).after(1s);
  }
  story.start("healthy").after(100ms).ends("healthy");
  CHECK(told(Past(std::move(story))) == Lines{
                                            "22:13:02 +0:00 run started by anna on bastion2",
                                            "22:13:02 +0:00 until 22:13:03 healthy 2 attempts failed got 503",
                                            "22:13:04 +0:02 until 22:13:05 healthy 2 attempts failed got 502",
                                            "22:13:06 +0:04 healthy succeeded 4.5s 5 attempts",
                                        });
}

TEST_CASE("timeline: who stopped it, what was stopped, what did not stop") {
  auto story = deploy();
  story.begin().ready("migrate").start("migrate").after(3s);
  story.tell(StopRequested{StopMode::stop_now, "SIGINT"}).tell(TermSent{story.id("migrate"), StopReason::cancelled});
  story.after(10s).tell(KillSent{story.id("migrate")}).after(100ms);
  story.attempt().unkillable = true;
  story.attempt().killed_background = 2;
  story.ends("migrate", Outcome::cancelled, "stopped").rolls_back({"migrate"}).runs("migrate.undo", 6s);
  story.finish(RunOutcome::cancelled, "", {"migrate"});
  CHECK(told(Past(std::move(story))) ==
        Lines{
            "22:13:02 +0:00 run started by anna on bastion2",
            "22:13:02 +0:00 migrate started ./migrate up",
            "22:13:05 +0:03 stop requested by SIGINT what runs is stopped, nothing new starts",
            "22:13:05 +0:03 migrate stopping the run was cancelled",
            "22:13:15 +0:13 migrate killed it did not stop in time",
            "22:13:15 +0:13 migrate left 2 processes in the background: killed",
            "22:13:15 +0:13 migrate still runs something of it survived KILL",
            "22:13:15 +0:13 migrate cancelled 13.1s stopped",
            "22:13:15 +0:13 rollback started newest first: migrate",
            "22:13:15 +0:13 migrate undo started ./migrate down",
            "22:13:21 +0:19 migrate undone 6.0s",
            "22:13:21 +0:19 run ended: CANCELLED 19.1s",
        });
}

TEST_CASE("timeline: a run that was taken up again says by whom, and who settled what was lost") {
  auto story = deploy();
  story.begin().ready("migrate").start("migrate").after(2s);
  story.tell(RunResumed{"joe", "bastion3", "", "0.1.0"}).tell(AttemptLost{story.id("migrate"), 1});
  SECTION("as not done: it runs again") {
    story.tell(RetryScheduled{story.id("migrate"), 2, story.now(), "joe"}).start("migrate").after(7s).ends("migrate");
    Past past(std::move(story));
    // The engine was away for two hours: the wall knows, the run's own clock does not.
    for (std::size_t i = 3; i < past.events.size(); ++i) past.events[i].wall += 2h;
    CHECK(told(past) == Lines{
                            "22:13:02 +0:00 run started by anna on bastion2",
                            "22:13:02 +0:00 migrate started ./migrate up",
                            "00:13:04 +2:00:02 run resumed by joe on bastion3",
                            "00:13:04 +2:00:02 migrate unknown the engine died while it was running",
                            "00:13:04 +2:00:02 migrate taken as not done by joe it runs again",
                            "00:13:04 +2:00:02 migrate started again ./migrate up",
                            "00:13:11 +2:00:09 migrate succeeded 9.0s 2 attempts",
                        });
  }
  SECTION("as done") {
    story.tell(NodeFinished{story.id("migrate"), Outcome::succeeded, "taken as done by joe"});
    CHECK(told(Past(std::move(story))).back() == "22:13:04 +0:02 migrate succeeded 2.0s taken as done by joe");
  }
}

TEST_CASE("timeline: a wall clock that was set back") {
  auto story = deploy();
  story.begin().runs("backup", 1s);
  Past past(std::move(story));
  past.events.back().wall -= 1h;
  CHECK(told(past).back() == "21:13:03 +0:00 backup succeeded 1.0s");
}

TEST_CASE("the end of a log: its last lines, of a bounded size") {
  auto story = deploy();
  story.begin().ready("backup").start("backup").after(1s);
  story.attempt().log = "backup.1.log";
  story.ends("backup");
  const auto id = story.id("backup"), other = story.id("migrate");
  Past past(std::move(story));
  auto& end = std::get<AttemptFinished>(past.events[3].event);
  auto& raw = past.log_ends["backup.1.log"];
  const auto excerpt = [&](std::size_t lines, std::size_t bytes) {
    return OutputExcerpts(past.run(), lines, bytes).of(id);
  };

  SECTION("all of it") {
    raw = "one\n\x1b[32mtwo\x1b[0m\n\n";
    CHECK(excerpt(200, 1000).lines == Lines{"one", "two"});
    CHECK(excerpt(200, 1000).size_text() == "2 lines");
  }
  SECTION("only the last lines") {
    for (int i = 1; i <= 300; ++i) raw += "line " + std::to_string(i) + "\n";
    const auto last = excerpt(200, 100000);
    CHECK(last.lines.size() == 200);
    CHECK(last.lines.front() == "line 101");
    CHECK(last.size_text() == "the last 200 lines of 2.6 KiB");
  }
  SECTION("the end of a longer file begins inside a line, which is not shown") {
    raw = "f a line\nwhole\n";
    end.log_size = 5 << 20;
    const auto last = excerpt(200, 1000);
    CHECK(last.lines == Lines{"whole"});
    CHECK(last.size_text() == "the last line of 5 MiB");
  }
  SECTION("a line as long as a file") {
    raw = std::string(1999, 'x') + "äää" + std::string(5000, 'y');
    const auto last = excerpt(200, 100000);
    REQUIRE(last.lines.size() == 1);
    CHECK(last.lines[0] == std::string(1999, 'x') + "… (5006 more bytes)");
  }
  SECTION("no more than the report may hold") {
    raw = "one\ntwo\nthree\n";
    const auto last = excerpt(200, 10);
    CHECK(last.lines == Lines{"two", "three"});
    CHECK_FALSE(last.whole);
    CHECK(excerpt(200, 0).size_text() == "14 B, left out");
  }
  SECTION("a log that is gone, and a step that printed nothing") {
    past.log_ends.clear();
    end.log_size = 70;
    CHECK(excerpt(200, 1000).size_text() == "the file cannot be read");
    CHECK(OutputExcerpts(past.run(), 200, 1000).of(other).log.empty());
  }
}

TEST_CASE("text inside XML and HTML") {
  CHECK(xml_text("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  CHECK(xml_text("a\nb\tc\x01\x7f") == "a\nb c\\x01\\x7f");
  CHECK(xml_attribute("a\nb") == "a&#10;b");
  CHECK(xml_text("\xff \xef\xbf\xbe \xef\xbf\xbf \xf0\x9f\x9a\x80") ==
        "\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd \xf0\x9f\x9a\x80");
  CHECK(html::message("step `a<b` failed, `c` too") == "step <code>a&lt;b</code> failed, <code>c</code> too");
  CHECK(html::message("a ` alone") == "a ` alone");
  CHECK(html::block("\nsecond") == "<pre>\n\nsecond</pre>\n");
}

TEST_CASE("text inside Markdown") {
  CHECK(markdown_text("0417_orders_v2.sql took 1.5 s > 1 s & it's #3") ==
        "0417_orders_v2.sql took 1.5 s > 1 s & it's #3");
  CHECK(markdown_text("_a_ *b* [c](d) <e> &amp; \\f `g`") == "\\_a\\_ \\*b\\* \\[c\\](d) \\<e> \\&amp; \\\\f \\`g\\`");
  CHECK(markdown_text("# no heading") == "\\# no heading");
  CHECK(markdown_text("- no item") == "\\- no item");
  CHECK(markdown_text("12. no item") == "12\\. no item");
  CHECK(markdown_text("> nobody's words") == "\\> nobody's words");
  CHECK(markdown_code("a | b") == "`a | b`");
  CHECK(markdown_code("`a` ``b``") == "``` `a` ``b`` ```");
  CHECK(markdown_code(" ") == "");
  CHECK(markdown_block({"```", "text"}) == "````text\n```\ntext\n````\n");
  CHECK(markdown_row({"", markdown_code("a | b"), markdown_text("c\\|d")}) == "| | `a \\| b` | c\\\\\\|d |\n");
}
