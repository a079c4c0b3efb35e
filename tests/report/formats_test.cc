// The reports of a past run: golden texts of each format, and what none of them may let through.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/ci/junit_report.h"
#include "report/deploy.h"
#include "report/golden.h"
#include "report/markup.h"
#include "report/pages/html_report.h"
#include "report/pages/html_style.h"
#include "report/pages/json_summary.h"
#include "report/pages/markdown_report.h"
#include "report/past.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

// The page without its style sheet, which has nothing to do with the run.
std::string body_of(std::string page) {
  const auto css = page.find(html::style_sheet());
  REQUIRE(css != std::string::npos);
  return page.replace(css, html::style_sheet().size(), "…");
}

void expect_all(const std::string& name, const Past& past) {
  const auto run = past.run();
  expect_golden(name + ".md", markdown_report(run));
  expect_golden(name + ".html", body_of(html_report(run)));
  expect_golden(name + ".json", json_summary(run));
  expect_golden(name + ".junit.xml", junit_report(run));
}

// The number of test cases that are not green.
std::pair<int, int> red(const Past& past) {
  const auto markup = read_markup(junit_report(past.run()));
  REQUIRE(markup.mistake == "");
  return {markup.elements.at("failure"), markup.elements.at("error")};
}

}  // namespace

TEST_CASE("reports of a run that succeeded") { expect_all("report_success", Past(success_story())); }

TEST_CASE("reports of a run that was rolled back") { expect_all("report_rolled_back", Past(rolled_back_story())); }

TEST_CASE("reports of a run whose rollback is incomplete") {
  expect_all("report_incomplete", Past(incomplete_story()));
}

TEST_CASE("reports of a run that was refused") { expect_all("report_refused", Past(refused_story())); }

TEST_CASE("reports of a run with people, probes, a budget and artifacts") {
  expect_all("report_incident", Past(incident_story()));
}

TEST_CASE("reports of a run that undoes another") { expect_all("report_undone_later", Past(undone_later_story())); }

TEST_CASE("without the runbook the journal is enough") {
  expect_all("report_journal_only", Past(incomplete_story(), false));
}

TEST_CASE("no text of a run becomes part of a format") {
  Past past(hostile_story());
  past.log_ends["backup.1.log"] = hostile;
  past.log_ends["migrate.2.log"] = hostile;
  past.proof.summary = hostile;
  past.proof.intact = false;
  const auto run = past.run();
  expect_all("report_hostile", past);

  const auto page = html_report(run);
  const auto html = read_markup(body_of(page));
  CHECK(html.mistake == "");
  for (const auto& [name, count] : html.elements) CHECK_FALSE((name == "script" || name == "b onclick"));
  for (const auto& name : html.attributes) CHECK(name.substr(0, 2) != "on");
  CHECK(page.find("javascript:1\"") == std::string::npos);
  const auto xml = read_markup(junit_report(run));
  CHECK(xml.mistake == "");

  for (const auto& text : {page, junit_report(run)}) CHECK(text.find("\xef\xbf\xbf") == std::string::npos);

  const auto json = nlohmann::json::parse(json_summary(run));
  CHECK(json["steps"][0]["warnings"][1] == "a second one");
  for (const auto& text : {page, junit_report(run), markdown_report(run)}) {
    CHECK(is_utf8(text));
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
  }
}

TEST_CASE("the page needs nothing but itself") {
  const auto page = html_report(Past(incomplete_story()).run());
  for (const auto* word : {"<script", "<link", "<img", "<iframe", "@import", "url(", "src="})
    CHECK(page.find(word) == std::string::npos);
  CHECK(page.find("default-src 'none'") != std::string::npos);
  const auto html = read_markup(body_of(page));
  CHECK(html.mistake == "");
  for (const auto& link : html.links) {
    INFO(link);
    CHECK(link.substr(0, 1) == "#");
    CHECK(html.ids.count(link.substr(1)) == 1);
  }
}

TEST_CASE("links of a runbook are links only when they lead to the web") {
  auto story = success_story();
  Runbook runbook;
  runbook.title = "Deploy <now>";
  runbook.links = {"https://wiki.example/a?b=1&c=\"", "javascript:alert(1)", "http://ok.example/"};
  story.plan().runbook = &runbook;
  const Past past(std::move(story));
  const auto html = read_markup(body_of(html_report(past.run())));
  CHECK(html.mistake == "");
  std::vector<std::string> out;
  for (const auto& link : html.links)
    if (link[0] != '#') out.push_back(link);
  CHECK(out == std::vector<std::string>{"https://wiki.example/a?b=1&amp;c=&quot;", "http://ok.example/"});
  const auto json = nlohmann::json::parse(json_summary(past.run()));
  CHECK(json["runbook"]["title"] == "Deploy <now>");
  CHECK(json["runbook"]["links"].size() == 3);
}

TEST_CASE("JUnit: what did not go well never looks green") {
  CHECK(red(Past(success_story())) == std::pair(0, 0));
  CHECK(red(Past(rolled_back_story())) == std::pair(1, 0));
  CHECK(red(Past(incomplete_story())) == std::pair(3, 0));
  CHECK(red(Past(refused_story())) == std::pair(1, 0));

  SECTION("a journal that was changed") {
    Past past(success_story());
    past.proof.intact = false;
    past.proof.summary = "CORRUPT at record 12: its hash does not fit";
    CHECK(red(past) == std::pair(0, 1));
  }
  SECTION("a step in flight when the engine died") {
    auto story = deploy();
    story.begin().runs("backup", 1s).ready("migrate").start("migrate").after(1s);
    CHECK(red(Past(std::move(story))) == std::pair(0, 1));
  }
  SECTION("an engine that died between two steps") {
    auto story = deploy();
    story.begin().runs("backup", 1s);
    CHECK(red(Past(std::move(story))) == std::pair(0, 1));
  }
  SECTION("a run that is asked to stop before it did anything") {
    auto story = deploy();
    story.begin().tell(StopRequested{StopMode::finish_current, "SIGINT"}).finish(RunOutcome::cancelled);
    CHECK(red(Past(std::move(story))) == std::pair(0, 1));
  }
  SECTION("a run whose time is up, between two steps") {
    auto story = deploy();
    story.begin().runs("backup", 1s).finish(RunOutcome::failed);
    CHECK(red(Past(std::move(story))) == std::pair(1, 0));
  }
  SECTION("a step that was cancelled, and one that is unknown") {
    auto story = deploy();
    story.begin().ready("backup").start("backup").after(1s).ends("backup", Outcome::cancelled, "stopped");
    story.ready("migrate").start("migrate").ends("migrate", Outcome::unknown, "lost");
    story.finish(RunOutcome::unknown);
    CHECK(red(Past(std::move(story))) == std::pair(0, 2));
  }
  SECTION("a group whose time is up") {
    auto story = deploy();
    story.group("tests");
    story.step("slow", "sleep 100", story.id("tests"));
    story.begin().ready("slow").start("slow").after(1s).ends("slow", Outcome::timed_out, "timed out");
    story.tell(NodeFinished{story.id("tests"), Outcome::timed_out, "timed out after 1s"}).finish(RunOutcome::failed);
    CHECK(red(Past(std::move(story))) == std::pair(2, 0));
  }
}

TEST_CASE("JUnit: what went on well enough is not red") {
  SECTION("a failure that is allowed") {
    auto story = deploy();
    story.step("smoke", "./smoke.sh").allow_failure = true;
    story.begin().runs("backup", 1s).fails("smoke", 1s, "exit 1").finish(RunOutcome::warned);
    const Past past(std::move(story));
    CHECK(red(past) == std::pair(0, 0));
    CHECK(junit_report(past.run()).find("<skipped message=\"failed, allowed: exit 1\"/>") != std::string::npos);
  }
  SECTION("a run that goes on") {
    auto story = deploy();
    story.begin().runs("backup", 1s).ready("migrate").start("migrate").after(1s);
    Past past(std::move(story));
    past.running = true;
    CHECK(red(past) == std::pair(0, 0));
    const auto page = html_report(past.run());
    CHECK(page.find("RUNNING") != std::string::npos);
    CHECK(page.find("1 of 4 steps ended so far") != std::string::npos);
  }
}

TEST_CASE("JUnit: a step whose check does not hold says which") {
  auto story = deploy();
  story.check("migrate", "test -f schema.sql");
  story.begin().runs("backup", 1s).ready("migrate").fails("migrate.pre[1]", 20ms, "exit 1");
  story.tell(NodeFinished{story.id("migrate"), Outcome::failed, "precondition not met: exit 1"});
  story.finish(RunOutcome::failed, "migrate", {}, {"backup"});
  const Past past(std::move(story));
  CHECK(red(past) == std::pair(1, 0));
  const auto text = junit_report(past.run());
  CHECK(text.find("<testcase name=\"migrate\"") != std::string::npos);
  CHECK(text.find("type=\"RB203\"") != std::string::npos);
}

TEST_CASE("JSON: keys that programs rely on") {
  const auto json = nlohmann::json::parse(json_summary(Past(incomplete_story()).run()));
  CHECK(json["report"] == "runbook.report/1");
  CHECK(json["run"]["outcome"] == "rollback_incomplete");
  CHECK(json["run"]["exit_code"] == 4);
  CHECK(json["run"]["needs_human"] == true);
  CHECK(json["run"]["started"] == "2026-11-20T22:13:02.118Z");
  CHECK(json["journal"]["intact"] == true);
  CHECK(json["steps"][0]["outputs"]["tables"] == 42);  // an integer, as it was
  CHECK(json["undo"][1]["of"] == "migrate");
  CHECK(json["aftermath"]["not_undone"][0]["undo"] == "./migrate down");
  auto story = deploy();
  story.begin().ready("backup").start("backup").after(1s);
  const auto left = nlohmann::json::parse(json_summary(Past(std::move(story)).run()));
  CHECK(left["run"]["outcome"].is_null());
  CHECK(left["run"]["ended"].is_null());
  CHECK_FALSE(left["run"].contains("exit_code"));
  CHECK(left["aftermath"]["interrupted"][0]["did"] == "pg_dump -Fc app > \"$BACKUP\"");
}
