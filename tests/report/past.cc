#include "report/past.h"

#include "report/deploy.h"

namespace runbook::test {

using namespace std::chrono_literals;

namespace {

constexpr WallTime began{1795212782118ms};

void backup_runs(Story& story) {
  story.ready("backup", 30min).start("backup").after(38400ms);
  auto& record = story.attempt();
  record.result.set("outputs", Value(Value::Map{{"file", "/backups/app-k3f9.dump"}, {"tables", 42}}));
  record.log = "backup.1.log";
  story.ends("backup");
}

void up_to_switch(Story& story) {
  story.begin();
  backup_runs(story);
  story.runs("migrate", 12s).runs("switch_release", 400ms);
}

}  // namespace

const std::string hostile =
    "</script><script>alert(1)</script> \"quoted\" 'single' | pipe `tick` ``two`` &amp; <b onclick=x>\n"
    "## second line ]]> \x1b[31mred\x1b[0m \x1b]0;title\x07 \xff\xfe \xef\xbf\xbf \xe2\x80\xae rtl \x01 "
    "[x](javascript:1) _a_ *b*";

Past::Past(Story told, bool with_plan) : story(std::move(told)), view(with_plan ? &story.plan() : nullptr) {
  for (auto& [event, at] : story.events()) {
    view.apply(event, at);
    if (std::holds_alternative<RunStarted>(event)) events.clear();  // what it undoes has a journal of its own
    events.push_back({event, at, began + at.time_since_epoch()});
  }
  proof.intact = true;
  proof.summary = "intact, sealed, 41 records";
  proof.checked = {"chain of 41 records", "5 logs"};
  proof.not_checked = {"anchors: there are none"};
  proof.head = "34835dfca7b2e7ed47bc1eb1d509df82409d68c79dcd87fbf70469504dfb5f32";
  proof.records = 41;
  log_ends = {{"backup.1.log", "dumping orders\ndumping users\n"},
              {"healthy.12.log", "{\"db\":\"ok\",\"cache\":\"connecting\"}"},
              {"migrate.undo.1.log", "locking orders\n\x1b[31mERROR\x1b[0m:  relation \"orders_v2\" does not exist\n"},
              {"precondition[1].1.log", "/dev/sda1 97%\n"}};
  logs.directory = "/var/lib/runbook/runs/20261120-221301-deploy-checkout-k3f9/logs";
  logs.read_end = [this](std::string_view log) {
    const auto found = log_ends.find(log);
    return found == log_ends.end() ? std::string() : found->second;
  };
}

RecordedRun Past::run() const { return {view, events, logs, proof, running}; }

Story success_story() {
  auto story = deploy();
  story.handler("finally", "./maintenance-mode off");
  up_to_switch(story);
  story.ready("healthy").start("healthy", "GET http://127.0.0.1:8080/health").after(700ms);
  story.attempt().result.set("status", 200);
  story.ends("healthy").runs("finally[1]", 100ms).finish(RunOutcome::succeeded);
  return story;
}

Story rolled_back_story() {
  auto story = deploy();
  up_to_switch(story);
  healthy_gives_up(story).rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 300ms).runs("migrate.undo", 9800ms);
  story.finish(RunOutcome::rolled_back, "healthy", {"switch_release", "migrate"}, {"backup"});
  return story;
}

Story incomplete_story() {
  auto story = deploy();
  story.precondition("Disk below 80 %", "./disk-below 80");
  story.handler("on_failure", "./notify \"deploy failed\"");
  story.step("smoke", "./smoke.sh");
  story.begin().runs("precondition[1]", 100ms);
  backup_runs(story);
  story.runs("migrate", 12s).runs("switch_release", 400ms);
  healthy_gives_up(story).rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 300ms);
  story.fails("migrate.undo", 2100ms, "exit 1: relation \"orders_v2\" does not exist");
  story.fails("on_failure[1]", 300ms, "exit 6");
  story.finish(RunOutcome::rollback_incomplete, "healthy", {"switch_release"}, {"migrate", "backup"},
               {"on_failure[1]"});
  return story;
}

Story incident_story() {
  auto story = deploy();
  story.plan().nodes[story.id("migrate")].budget = 10s;
  for (const auto moment : {ProbeMoment::before, ProbeMoment::after, ProbeMoment::undo})
    story.probe("migrate", moment, "./migrate --check v2");
  story.overrun("migrate", "./notify \"the migration is slow\"");
  story.step("confirm", "").manual = true;
  story.begin();
  const auto by = [&](std::string text) { return NoteAdded{std::move(text), "bert", "runbook note"}; };

  story.ready("backup", 30min).start("backup").after(38400ms);
  story.attempt().artifacts = {{"backup.1/app.dump", 48'211'004, std::string(64, 'd')},
                               {"backup.1/toc.txt", 0, std::string(64, 'e')}};
  story.ends("backup");
  story.ready("migrate")
      .tell(NodeReady{story.id("migrate.probe.before"), {}})
      .start("migrate.probe.before")
      .after(20ms);
  story.attempt().result.set("exit_code", 1);
  story.ends("migrate.probe.before", Outcome::failed, "exit 1");
  story.start("migrate").after(10s).tell(BudgetExceeded{story.id("migrate")});
  story.runs("migrate.overrun[1]", 200ms);
  story.after(2s)
      .tell(AttemptFinished{story.id("migrate"), 1, Outcome::succeeded, ""})
      .runs("migrate.probe.after", 20ms);
  story.tell(NodeFinished{story.id("migrate"), Outcome::succeeded, ""}).runs("switch_release", 400ms);

  ApprovalRequested asked{story.id("confirm"), {}, "Look at the **graphs** of v2.14.0\n- errors below 1 %",
                          {"Graphs are flat"}, "", "sre-oncall"};
  asked.plan_hash = std::string(64, 'b');
  story.ready("confirm").tell(asked).tell(RunPaused{{asked.node}}).after(5min);
  story.tell(RunResumed{"bert", "bastion1", "", "0.1.0"}).after(2s);
  story.tell(RequestRefused{"r1", "approve confirm", "mallory", "it answers another plan than the one that runs"});
  story.tell(by("called the data centre, ticket 4711")).after(1s);
  Approved approved{asked.node, "bert", "runbook approve", "graphs are flat", Value::map(), asked.plan_hash, "r2"};
  approved.inputs.set("percent", 25);
  story.tell(approved).tell(NodeFinished{asked.node, Outcome::succeeded, "approved by bert: graphs are flat"});

  story.runs("healthy", 700ms);
  story.tell(StopRequested{StopMode::stop_now, "runbook cancel by bert"}).rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 300ms).runs("migrate.undo", 9800ms);
  story.ready("migrate.probe.undo").start("migrate.probe.undo").after(20ms);
  story.ends("migrate.probe.undo", Outcome::failed, "exit 1");
  story.finish(RunOutcome::cancelled, "", {"switch_release", "migrate"}, {"backup"});
  return story;
}

Story undone_later_story() {
  auto story = success_story();
  story.after(-story.now().time_since_epoch());  // its clock begins anew
  RunStarted undo;
  undo.run_id = "20261121-090412-deploy-checkout-u7q2";
  undo.runbook = "deploy-checkout";
  undo.runbook_path = "deploy.yaml";
  undo.user = "bert";
  undo.host = "bastion1";
  undo.engine_version = "0.1.0";
  undo.argv = {"runbook", "rollback", "k3f9"};
  undo.params = Value(Value::Map{{"version", "v2.14.0"}});
  undo.nodes = NodeNames(story.plan()).labels();
  undo.rollback_of = "20261120-221301-deploy-checkout-k3f9";
  undo.rollback_of_head = std::string(64, 'a');
  story.tell(undo).rolls_back({"switch_release", "migrate"});
  story.runs("switch_release.undo", 300ms).runs("migrate.undo", 9800ms).runs("finally[1]", 100ms);
  story.finish(RunOutcome::rolled_back, "", {"switch_release", "migrate"}, {"backup"});
  return story;
}

Story refused_story() {
  auto story = deploy();
  story.precondition("Disk below 80 %", "./disk-below 80");
  story.precondition("Database answers", "pg_isready");
  story.begin().fails("precondition[1]", 100ms, "exit 1").runs("precondition[2]", 40ms);
  story.finish(RunOutcome::refused, "precondition[1]");
  return story;
}

Story hostile_story() {
  auto story = deploy();
  story.precondition(hostile, "true");
  story.begin(Value(Value::Map{{"note", hostile}, {hostile, 1}})).runs("precondition[1]", 100ms);
  story.ready("backup").start("backup", hostile).after(1s);
  auto& backup = story.attempt();
  backup.warnings = {hostile, "a second one"};
  backup.result.set("outputs", Value(Value::Map{{"file", hostile}}));
  backup.log = "backup.1.log";
  story.ends("backup", Outcome::warned);
  story.tell(NodeSkipped{story.id("switch_release"), hostile});
  story.ready("migrate").start("migrate", hostile).after(1s);
  story.attempt().outcome = Outcome::failed;
  story.attempt().message = hostile;
  story.attempt().log = "migrate.1.log";
  story.tell(story.attempt()).tell(RetryScheduled{story.id("migrate"), 2, story.now() + 1s, ""}).after(1s);
  story.start("migrate", hostile);
  story.attempt().log = "migrate.2.log";
  story.attempt().unkillable = true;
  story.ends("migrate", Outcome::failed, hostile).tell(StopRequested{StopMode::stop_now, hostile});
  story.rolls_back({"migrate"}).fails("migrate.undo", 1s, hostile);
  story.finish(RunOutcome::rollback_incomplete, "migrate", {}, {"migrate", "backup"});
  return story;
}

}  // namespace runbook::test
