#include "view/run_view.h"

#include <catch2/catch.hpp>

#include "report/deploy.h"
#include "report/words/aftermath.h"
#include "report/words/show.h"

using namespace runbook;
using namespace runbook::test;
using namespace std::chrono_literals;

namespace {

using Ids = std::vector<NodeId>;

}  // namespace

TEST_CASE("the undo stack: what started and has an undo, newest first, until it is undone") {
  auto story = deploy();
  story.begin().runs("backup", 1s);
  CHECK(view_of(story).undo_stack().empty());
  story.ready("migrate");
  CHECK(view_of(story).undo_stack().empty());  // not before an attempt
  story.start("migrate");
  CHECK(view_of(story).undo_stack() == Ids{story.id("migrate")});
  story.ends("migrate").runs("switch_release", 1s);
  CHECK(view_of(story).undo_stack() == Ids{story.id("switch_release"), story.id("migrate")});
  story.rolls_back({"switch_release", "migrate"}).runs("switch_release.undo", 1s);
  CHECK(view_of(story).undo_stack() == Ids{story.id("migrate")});
  story.fails("migrate.undo", 1s, "exit 1");
  CHECK(view_of(story).undo_stack() == Ids{story.id("migrate")});
  CHECK(view_of(story)[story.id("migrate")].status == NodeStatus::undo_failed);
}

TEST_CASE("what is skipped or was in place already is not undone; what failed half-way is") {
  auto story = deploy();
  story.begin().tell(NodeSkipped{story.id("migrate"), "when"});
  story.ready("switch_release").start("switch_release").ends("switch_release", Outcome::unchanged);
  CHECK(view_of(story).undo_stack().empty());
  auto failing = deploy();
  failing.begin().fails("migrate", 1s, "exit 1");
  CHECK(view_of(failing).undo_stack() == Ids{failing.id("migrate")});
}

TEST_CASE("a group is undone after its members: it is older than they are") {
  Story story("deploy.yaml", "");
  const auto canary = story.group("canary").id;
  story.step("canary_deploy", "true", canary);
  story.undo("canary", "true");
  story.undo("canary_deploy", "true");
  story.begin().ready("canary").runs("canary_deploy", 1s);
  CHECK(view_of(story).undo_stack() == Ids{story.id("canary_deploy"), canary});
}

TEST_CASE("a failure is told once: by the check of a step, by the member of a group") {
  Story story("deploy.yaml", "");
  const auto canary = story.group("canary").id;
  story.step("canary_deploy", "true", canary);
  story.check("canary_deploy", "test -f x");
  story.begin().ready("canary").ready("canary_deploy").fails("canary_deploy.pre[1]", 1s, "exit 1");
  story.tell(NodeFinished{story.id("canary_deploy"), Outcome::failed, "precondition not met: exit 1"});
  story.tell(NodeFinished{canary, Outcome::failed, "a step in it failed"});
  CHECK(view_of(story).failures() == Ids{story.id("canary_deploy.pre[1]")});
}

TEST_CASE("a failure that a group around it allows is no failure of the run") {
  Story story("deploy.yaml", "");
  const auto canary = story.group("canary").id;
  story.plan().nodes[canary].allow_failure = true;
  story.step("canary_deploy", "true", canary);
  story.begin().ready("canary").fails("canary_deploy", 1s, "exit 1");
  story.tell(NodeFinished{canary, Outcome::failed, "a step in it failed"}).finish(RunOutcome::warned);
  CHECK(view_of(story).failures().empty());
  RunView without_plan;
  for (const auto& [event, at] : story.events()) without_plan.apply(event, at);
  CHECK(without_plan.failures().empty());
}

TEST_CASE("a group that is skipped skips all inside, and counts it as done") {
  Story story("deploy.yaml", "");
  const auto outer = story.group("outer").id;
  const auto inner = story.group("inner", outer).id;
  story.step("deep", "true", inner);
  story.step("after", "true");
  story.begin().tell(NodeSkipped{outer, "when"});
  const auto view = view_of(story);
  CHECK(view[story.id("deep")].status == NodeStatus::skipped);
  CHECK(view.steps_ended() == 1);
  CHECK(view.steps() == 2);
  CHECK(view.all_with(NodeStatus::skipped) == Ids{outer});
  CHECK(view.all_with(NodeStatus::pending) == Ids{story.id("after")});
}

TEST_CASE("the aftermath lists each step once") {
  auto story = deploy();
  story.plan().nodes[story.id("backup")].effect = NodeEffect::irreversible;
  story.begin().runs("backup", 1s).runs("migrate", 1s).ready("switch_release").start("switch_release");
  const auto after = aftermath_of(view_of(story), plain_style);
  REQUIRE(after.interrupted.size() == 1);
  CHECK(after.interrupted[0].node == story.id("switch_release"));
  REQUIRE(after.not_undone.size() == 1);
  CHECK(after.not_undone[0].undo == "./migrate down");
  CHECK_FALSE(after.clean());

  story.ends("switch_release", Outcome::failed, "exit 1").rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 1s).runs("migrate.undo", 1s);
  story.finish(RunOutcome::rollback_incomplete, "switch_release", {"switch_release", "migrate"}, {"backup"});
  const auto end = aftermath_of(view_of(story), plain_style);
  CHECK(end.interrupted.empty());
  REQUIRE(end.not_undone.size() == 1);
  CHECK(end.not_undone[0].reason == "irreversible");
  CHECK(end.undone == Ids{story.id("switch_release"), story.id("migrate")});
}

TEST_CASE("labels that no plan would give do no harm") {
  RunStarted started;
  started.run_id = "x";
  started.nodes = {{"run", NodeKind::group},
                   {"a", NodeKind::group, 2},
                   {"b", NodeKind::group, 1},
                   {"c", NodeKind::step, 77},
                   {"d", NodeKind::undo, no_node, no_node},
                   {"e", NodeKind::check, no_node, 99}};
  RunView view;
  view.apply(started, Time{});
  view.apply(started, Time{});
  for (NodeId id = 1; id < view.size(); ++id) {
    view.apply(NodeReady{id, {}}, Time{1s});
    view.apply(AttemptStarted{id, 1, {}, "true"}, Time{1s});
    view.apply(NodeFinished{id, Outcome::failed, "no"}, Time{2s});
  }
  CHECK_FALSE(show_text(view, {}).empty());
}

TEST_CASE("a view of nothing has nothing to say and does not fall over") {
  const RunView view;
  CHECK(view.stage() == RunView::Stage::not_started);
  CHECK(view.undo_stack().empty());
  CHECK(view.failures().empty());
  CHECK_FALSE(summary_text(view, {}).empty());
}
