#include "journal/fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/hash.h"
#include "base/io.h"
#include "store/files/anchor.h"
#include "store/files/snapshot.h"

namespace runbook::test {
namespace {

void must(const Result<>& result) {
  if (!result) throw std::runtime_error(result.error().message());
}

Time at(int milliseconds) { return Time(Duration(milliseconds)); }

constexpr std::string_view log_text = "migrating\nERROR: relation exists\n";

}  // namespace

TempDirectory::TempDirectory(Where where) {
  const bool memory = where == Where::memory && ::access("/dev/shm", W_OK | X_OK) == 0;
  const auto above = memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
  std::string pattern = (above / "runbook-journal-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp " + pattern);
  path_ = pattern;
}
TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("open " + path);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// Over what is there rather than after emptying it, which would make some file systems flush each time.
void write_text(const std::string& path, std::string_view bytes) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) throw std::runtime_error("open " + path);
  must(write_file(file, bytes, path));
  if (::ftruncate(file.get(), static_cast<off_t>(bytes.size())) != 0) throw std::runtime_error("truncate " + path);
}

std::vector<NodeLabel> sample_labels() {
  return {
      {"", NodeKind::group, no_node, no_node},
      {"precondition[1]", NodeKind::precondition, no_node, no_node},
      {"data", NodeKind::group, 0, no_node},
      {"backup", NodeKind::step, 2, no_node},
      {"migrate", NodeKind::step, 2, no_node},
      {"migrate.pre[1]", NodeKind::check, no_node, 4},
      {"migrate.undo", NodeKind::undo, no_node, 4},
      {"switch", NodeKind::step, 0, no_node},
      {"on_failure[1]", NodeKind::handler, no_node, no_node},
  };
}

NodeId node(std::string_view name) { return sample_names().find(name).value(); }

std::vector<Event> every_event() {
  RunStarted started{"20261120-231502-x-k3f9", "x", "/r/x.yaml", std::string(64, 'a'), std::string(64, 'b')};
  started.params.set("version", "v2.14.0 \"quoted\" \n\t\x1b é ☃");
  started.params.set("replicas", 3);
  started.rollback_of = "20261119-101112-x-a1b2";
  started.rollback_of_head = std::string(64, 'c');
  started.locks = {"deploy", "../\"odd\" name"};
  started.params.set("ratio", 2.0);
  started.params.set("tenth", 0.1);
  started.params.set("huge", 1e300);
  started.params.set("least", INT64_MIN);
  started.params.set("no", Value());
  started.params.set("yes", true);
  started.params.set("list", Value(Value::List{Value(1), Value("two"), Value::map(), Value::list()}));
  started.secrets = {"slack", "vault"};
  started.user = "anna";
  started.host = "web1";
  started.boot_id = "4f1c";
  started.engine_version = "0.1.0";
  started.argv = {"runbook", "run", "x.yaml", ""};
  started.nodes = sample_labels();
  started.skips = {{node("switch"), "--skip switch by anna"}};
  started.stepwise = true;

  ApprovalRequested asked{node("switch"), at(30000), "look at\nthe graphs", {"flat?"}, "production", "sre-oncall"};
  asked.inputs = Value(Value::List{Value("rows")});
  asked.plan_hash = std::string(64, 'b');
  Approved approved{node("switch"), "anna", "runbook approve", "all \"flat\"", Value::map(), asked.plan_hash, "r1"};
  approved.inputs.set("rows", 7);
  const auto& known = sample_labels();
  LoopExpanded loop{node("data"), {Value("eu"), Value::map()}, {}};
  loop.nodes = {{"data[1]", NodeKind::step, node("data"), no_node},
                {"data[1].undo", NodeKind::undo, no_node, static_cast<NodeId>(known.size())}};

  AttemptFinished finished{node("migrate"), 2, Outcome::timed_out, "no end within 30s"};
  finished.retryable = true;
  finished.retry_after = Duration(1500);
  finished.result.set("exit_code", 7);
  finished.result.set("duration", 30.0);
  finished.log = "migrate.2.log";
  finished.log_sha256 = std::string(64, 'c');
  finished.log_size = 1ull << 40;
  finished.killed_background = 3;
  finished.unkillable = true;
  finished.warnings = {"slow: 2 s", "again"};

  std::vector<Event> events = {started,
                               AttemptStarted{node("migrate"), 2, at(30000), "./migrate up --password ***"},
                               TermSent{node("data"), StopReason::fail_fast},
                               KillSent{node("migrate")},
                               finished,
                               AttemptLost{node("switch"), 4},
                               RetryScheduled{node("migrate"), 3, at(65432)},
                               StopRequested{StopMode::stop_now, "runbook cancel by anna"},
                               RollbackStarted{{node("migrate"), node("data")}},
                               RunResumed{"bert", "web2", "77aa", "0.2.0", true},
                               BudgetExceeded{node("migrate")},
                               loop,
                               asked,
                               approved,
                               Rejected{node("switch"), "bert", "terminal", "no", asked.plan_hash, "r2"},
                               NoteAdded{"called\nthe data centre", "anna", "runbook note", "r3"},
                               RequestRefused{"r4", "approve switch", "mallory", "another plan"},
                               RunPaused{{node("switch")}},
                               StepAsked{node("migrate")},
                               StepChosen{node("migrate"), StepChoice::run_all, "anna", "terminal"},
                               RunFinished{RunOutcome::rollback_incomplete,
                                           node("migrate"),
                                           {node("switch")},
                                           {node("migrate"), node("backup")},
                                           {node("on_failure[1]")}}};
  for (NodeId id = 0; id < sample_labels().size(); ++id) {
    events.push_back(NodeReady{id, at(600000)});
    events.push_back(NodeSkipped{id, "when: params.env == \"eu\" is false"});
    events.push_back(NodeFinished{id, Outcome::warned, "expected a < b"});
  }
  return events;
}

std::vector<std::vector<Event>> failing_run(const std::string& run_id) {
  RunStarted started{run_id, "deploy-checkout", "deploy.yaml"};
  started.runbook_hash = snapshot_hash({{"deploy.yaml", "runbook: v1\n"}});
  started.params.set("version", "v2");
  started.user = "anna";
  started.nodes = sample_labels();
  AttemptFinished backup{node("backup"), 1, Outcome::succeeded, ""};
  backup.result.set("exit_code", 0);
  AttemptFinished migrate{node("migrate"), 1, Outcome::failed, "exit code 1"};
  migrate.log = "migrate.1.log";
  migrate.log_size = log_text.size();
  migrate.log_sha256 = hex(sha256(log_text));
  const AttemptFinished undo{node("migrate.undo"), 1, Outcome::succeeded, ""};
  return {{started, NodeReady{node("data"), {}}, NodeReady{node("backup"), at(1000)}},
          {AttemptStarted{node("backup"), 1, at(1000), "pg_dump"}},
          {backup, NodeFinished{node("backup"), Outcome::succeeded, ""}, NodeReady{node("migrate"), at(5000)},
           AttemptStarted{node("migrate"), 1, at(5000), "./migrate up"}},
          {migrate, NodeFinished{node("migrate"), Outcome::failed, "exit code 1"}, RollbackStarted{{node("migrate")}},
           NodeReady{node("migrate.undo"), {}}, AttemptStarted{node("migrate.undo"), 1, {}, "./migrate down"}},
          {undo, NodeFinished{node("migrate.undo"), Outcome::succeeded, ""},
           RunFinished{RunOutcome::rolled_back, node("migrate"), {node("migrate")}, {}, {}}}};
}

JournalOptions fixed_clock() {
  JournalOptions options;
  options.wall_clock = [] { return *parse_wall_time("2026-11-20T23:15:04.118Z"); };
  return options;
}

SampleRun::SampleRun() {
  directory = state.path() + "/runs/" + id;
  journal = directory + "/journal.jsonl";
  std::filesystem::create_directories(directory + "/logs");
  std::filesystem::create_directories(directory + "/runbook");
  must(write_snapshot(directory, {{"deploy.yaml", "runbook: v1\n"}}));
  write_text(directory + "/logs/migrate.1.log", log_text);

  auto writer = JournalWriter::create(directory, sample_names(), fixed_clock());
  if (!writer) throw std::runtime_error(writer.error().message());
  int milliseconds = 0;
  for (const auto& commit : failing_run(id)) {
    for (const auto& event : commit) must(writer->append(event, at(milliseconds += 7)));
    must(writer->sync());
  }
  must(writer->seal(RunOutcome::rolled_back));
  head = writer->head();
  bytes = read_text(journal);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] == '\n') ends.push_back(i + 1);
}

void SampleRun::anchor() { must(append_anchor(state.path(), id, ends.size(), head)); }

}  // namespace runbook::test
