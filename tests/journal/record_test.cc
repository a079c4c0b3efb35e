#include "journal/record.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/hash.h"
#include "base/wall_time.h"
#include "journal/chain.h"
#include "journal/fixture.h"

using namespace runbook;
using namespace runbook::test;

namespace {

Record stamped(RecordBody body) {
  Record record;
  record.seq = 7;
  record.ack = 5;
  record.at = "2026-11-20T23:15:04.118Z";
  record.time = Time(Duration(1234));
  record.body = std::move(body);
  return record;
}

// Written and read again with the names that a reader has by then.
Record round_trip(const Record& record) {
  Digest head = sha256("before");
  const auto line = encode_record(record, sample_names(), head);
  auto names = sample_names();
  const auto read = decode_record(line, names);
  INFO(line);
  REQUIRE(read);
  return *read;
}

// A record's line from the members after its type.
std::string line_of(std::string_view type, std::string_view members) {
  return R"({"seq":7,"ack":5,"at":"2026-11-20T23:15:04.118Z","t":1234,"type":")" + std::string(type) + "\"" +
         std::string(members) + "}";
}

std::string why_not(const std::string& line) {
  auto names = sample_names();
  const auto record = decode_record(line, names);
  REQUIRE_FALSE(record);
  return record.error().reason;
}

std::string body_of(const Event& event, const Redact& redact = {}) {
  Digest head{};
  std::string line;
  append_record(line, stamped(event), event, sample_names(), head, redact);
  const auto parts = split_chained_line(line);
  REQUIRE(parts);
  return std::string(parts->body);
}

}  // namespace

TEST_CASE("every event comes back with every field") {
  std::set<std::size_t> kinds;
  for (const auto& event : every_event()) kinds.insert(event.index());
  CHECK(kinds.size() == std::variant_size_v<Event>);
  for (const auto& event : every_event()) {
    const auto record = stamped(event);
    CHECK(round_trip(record) == record);
  }
  const auto sealed = stamped(Sealed{RunOutcome::rollback_incomplete, 7});
  CHECK(round_trip(sealed) == sealed);
}

TEST_CASE("what a step took, should take and left comes back") {
  AttemptFinished ended{3, 1, Outcome::unknown, "no answer"};
  ended.artifacts = {{"a.1/out/\"x\".xml", 3, std::string(64, 'a')}, {"a.1/\u00e9", 0, std::string(64, 'b')}};
  for (const Event& event :
       std::vector<Event>{ended, NodeReady{3, Time{Duration(5)}, Time{Duration(7)}}, BudgetExceeded{3}}) {
    const auto record = stamped(event);
    CHECK(round_trip(record) == record);
  }
}

TEST_CASE("every event comes back with its fields at their defaults") {
  for (const Event& event : std::vector<Event>{
           NodeReady{3, {}}, NodeSkipped{3, ""}, AttemptStarted{3, 1, {}, ""}, TermSent{3, StopReason::timed_out},
           AttemptFinished{3, 1, Outcome::succeeded, ""}, NodeFinished{3, Outcome::succeeded, ""}, RollbackStarted{{}},
           BudgetExceeded{3}, RunFinished{RunOutcome::succeeded, no_node, {}, {}, {}}}) {
    const auto record = stamped(event);
    CHECK(round_trip(record) == record);
  }
}

TEST_CASE("every outcome, reason and mode comes back") {
  for (int i = 0; i <= static_cast<int>(Outcome::unknown); ++i) {
    const auto record = stamped(Event(NodeFinished{3, static_cast<Outcome>(i), ""}));
    CHECK(round_trip(record) == record);
  }
  for (int i = 0; i <= static_cast<int>(RunOutcome::unknown); ++i) {
    const auto record = stamped(Sealed{static_cast<RunOutcome>(i), 7});
    CHECK(round_trip(record) == record);
  }
  for (const auto reason : {StopReason::timed_out, StopReason::cancelled, StopReason::fail_fast})
    CHECK(round_trip(stamped(Event(TermSent{3, reason}))) == stamped(Event(TermSent{3, reason})));
  for (const auto mode : {StopMode::finish_current, StopMode::stop_now, StopMode::roll_back, StopMode::leave})
    CHECK(round_trip(stamped(Event(StopRequested{mode, "x"}))) == stamped(Event(StopRequested{mode, "x"})));
  for (const auto choice : {StepChoice::run, StepChoice::skip, StepChoice::run_all})
    CHECK(round_trip(stamped(Event(StepChosen{3, choice, "x", "y"}))) ==
          stamped(Event(StepChosen{3, choice, "x", "y"})));
}

TEST_CASE("the format on disk does not change by accident") {
  CHECK(body_of(AttemptStarted{node("migrate"), 1, Time(Duration(30000)), "./migrate \"up\"\n"}) ==
        R"({"seq":7,"ack":5,"at":"2026-11-20T23:15:04.118Z","t":1234,"type":"attempt_started","step":"migrate",)"
        R"("attempt":1,"deadline":30000,"command":"./migrate \"up\"\n")");
  RunStarted started{"id", "x", "x.yaml", "rh", "ph"};
  started.params.set("n", 2.0);
  started.secrets = {"slack"};
  started.user = "anna";
  started.argv = {"runbook", "run"};
  started.nodes = {{"", NodeKind::group}, {"a", NodeKind::step, 0}, {"a.undo", NodeKind::undo, no_node, 1}};
  CHECK(body_of(started) ==
        R"({"seq":7,"ack":5,"at":"2026-11-20T23:15:04.118Z","t":1234,"type":"run_started","run":"id","runbook":"x",)"
        R"("runbook_path":"x.yaml","runbook_hash":"rh","plan_hash":"ph","user":"anna","host":"","boot_id":"",)"
        R"("engine_version":"","argv":["runbook","run"],"secrets":["slack"],"params":{"n":2.0},"nodes":[)"
        R"({"name":"","kind":"group"},{"name":"a","kind":"step","parent":""},)"
        R"({"name":"a.undo","kind":"undo","owner":"a"}])");
}

TEST_CASE("what a person leaves out is in the first record, by name") {
  RunStarted started;
  started.nodes = {{"", NodeKind::group},
                   {"a", NodeKind::step, 0},
                   {"g", NodeKind::group, 0},
                   {"a.undo", NodeKind::undo, no_node, 1}};
  started.skips = {{1, "--skip by anna"}, {2, "--from last"}};
  const auto body = body_of(started);
  CHECK_THAT(body, Catch::Matchers::Contains(
                       R"("skips":[{"step":"a","reason":"--skip by anna"},{"step":"g","reason":"--from last"}],)"));
}

TEST_CASE("types are named after the kind of the node") {
  const auto types = [](std::string_view name) {
    const auto id = node(name);
    const auto type = [](const Event& event) { return std::string(event_type(event, sample_names())); };
    return type(NodeReady{id, {}}) + " " + type(NodeSkipped{id, ""}) + " " +
           type(NodeFinished{id, Outcome::failed, ""});
  };
  CHECK(types("data") == "step_ready step_skipped step_finished");
  CHECK(types("migrate") == "step_ready step_skipped step_finished");
  CHECK(types("precondition[1]") == "precondition_started precondition_skipped precondition_checked");
  CHECK(types("migrate.pre[1]") == "check_started check_skipped check_finished");
  CHECK(types("migrate.undo") == "undo_started undo_skipped undo_finished");
  CHECK(types("on_failure[1]") == "handler_started handler_skipped handler_finished");
  CHECK(record_type(Sealed{}, sample_names()) == "sealed");
}

TEST_CASE("the hash is over raw bytes and can be checked without us") {
  Digest head = sha256("before");
  const auto line = encode_record(stamped(Event(KillSent{3})), sample_names(), head);
  const auto body = line.substr(0, line.size() - 72);
  std::string input("rbj1\0", 5);
  for (const auto byte : sha256("before")) input += static_cast<char>(byte);
  std::uint64_t length = body.size();
  for (int i = 0; i < 8; ++i, length >>= 8) input += static_cast<char>(length);
  CHECK(line.substr(body.size()) == ",\"h\":\"" + hex(sha256(input + body)) + "\"}");
  CHECK(head == sha256(input + body));
}

TEST_CASE("a line whose end is no hash has none") {
  Digest head{};
  const auto good = encode_record(stamped(Event(KillSent{3})), sample_names(), head);
  REQUIRE(split_chained_line(good));
  for (std::size_t i = good.size() - hash_suffix_size; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = '!';
    CHECK_FALSE(split_chained_line(bad));
  }
  CHECK_FALSE(split_chained_line(""));
  CHECK_FALSE(split_chained_line(good.substr(good.size() - hash_suffix_size + 1)));
}

TEST_CASE("a decoder says what is missing or wrong") {
  CHECK(why_not("nonsense") == "is not JSON");
  CHECK(why_not("[1]") == "is a list, not a map");
  CHECK(why_not("{}") == "has no `seq`");
  CHECK(why_not(R"({"seq":-1,"ack":0,"at":"","t":0,"type":"kill_sent"})") == "`seq` is negative");
  CHECK(why_not(line_of("brewed_coffee", "")) == "has the type `brewed_coffee`, which this version does not know");
  CHECK(why_not(line_of("kill_sent", "")) == "`kill_sent` has no `step`");
  CHECK(why_not(line_of("kill_sent", R"(,"step":3)")) == "`kill_sent` `step` is an integer, not a string");
  CHECK(why_not(line_of("kill_sent", R"(,"step":"nope")")) == "`kill_sent` names `nope`, which is no step of this run");
  CHECK(why_not(line_of("step_finished", R"(,"step":"migrate","outcome":"fine")")) ==
        "`step_finished` `outcome` is `fine`, which is no known word");
  CHECK(why_not(line_of("undo_started", R"(,"step":"migrate")")) ==
        "is `undo_started`, but its step is of another kind");
  CHECK(why_not(line_of("attempt_lost", R"(,"step":"migrate","attempt":9999999999)")) ==
        "`attempt_lost` `attempt` is too large");
  CHECK(why_not(line_of("rollback_started", R"(,"steps":[1])")) ==
        "`rollback_started` `steps` holds an integer, not a string");
  CHECK(why_not(line_of("attempt_finished", R"(,"step":"migrate","attempt":1,"outcome":"failed","log":"x")")) ==
        "`attempt_finished` has no `log_sha256`");
  CHECK(why_not(line_of("sealed", R"(,"outcome":"failed")")) == "`sealed` has no `records`");
}

TEST_CASE("a list of nodes must make sense") {
  const std::string before =
      R"(,"run":"","runbook":"","runbook_path":"","runbook_hash":"","plan_hash":"","user":"","host":"","boot_id":"",)"
      R"("engine_version":"","argv":[],"secrets":[],"params":{},"nodes":)";
  CHECK(why_not(line_of("run_started", before + R"([{"name":"a","kind":"step"},{"name":"a","kind":"step"}])")) ==
        "`run_started` node 2 is the second of its name");
  CHECK(why_not(line_of("run_started", before + R"([{"name":"a","kind":"cloud"}])")) ==
        "`run_started` node 1 `kind` is `cloud`, which is no known word");
  CHECK(why_not(line_of("run_started", before + R"([{"name":"a","kind":"step","parent":"b"}])")) ==
        "`run_started` node 1 has an unknown `parent`");
  CHECK(why_not(line_of("run_started", before + "[3]")) == "`run_started` node 1 has no `name`");
}

TEST_CASE("unknown keys are ignored") {
  auto names = sample_names();
  const auto record = decode_record(line_of("kill_sent", R"(,"step":"migrate","mood":"fine")"), names);
  REQUIRE(record);
  CHECK(record->body == RecordBody(Event(KillSent{node("migrate")})));
}

TEST_CASE("no text of an author or a step reaches the disk unredacted") {
  const Redact redact = [](std::string_view text) {
    std::string out(text);
    for (std::size_t at; (at = out.find("hunter2")) != std::string::npos;) out.replace(at, 7, "***");
    for (std::size_t at; (at = out.find("424242")) != std::string::npos;) out.replace(at, 6, "***");
    return out;
  };
  const std::string secret = "a hunter2 b";
  RunStarted started{"id", "x", secret};
  started.params.set(secret, Value(Value::List{Value(secret), Value(424242), Value(4242.42)}));
  started.argv = {"-p", secret};
  started.nodes = sample_labels();
  AttemptFinished finished{node("migrate"), 1, Outcome::failed, secret};
  finished.result.set("stdout", secret);
  finished.result.set("pin", 424242);
  finished.warnings = {secret};
  for (const Event& event :
       std::vector<Event>{started, finished, NodeSkipped{3, secret}, AttemptStarted{3, 1, {}, secret},
                          NodeFinished{3, Outcome::failed, secret}, StopRequested{StopMode::leave, secret}}) {
    const auto body = body_of(event, redact);
    INFO(body);
    CHECK(body.find("hunter2") == std::string::npos);
    CHECK(body.find("424242") == std::string::npos);
    CHECK(body.find("***") != std::string::npos);
  }
}

TEST_CASE("values that a reader would refuse are written so that it does not") {
  Value deep = 1;
  for (int i = 0; i < 127; ++i) deep = Value(Value::List{deep});
  AttemptFinished finished{3, 1, Outcome::succeeded, ""};
  finished.result.set("json", deep);
  finished.result.set("raw", std::string("\xff\xfe\0x", 4));
  finished.result.set("infinite", 1.0 / 0.0);
  const auto read = round_trip(stamped(Event(finished)));
  const auto& result = std::get<AttemptFinished>(std::get<Event>(read.body)).result;
  CHECK(result.find("raw")->as_string() == std::string("\xEF\xBF\xBD\xEF\xBF\xBD\0x", 8));
  CHECK(result.find("infinite")->is_null());
  CHECK(result.find("json")->is_list());
}

TEST_CASE("wall times are written and read") {
  for (const char* text : {"2026-11-20T23:15:04.118Z", "1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"}) {
    const auto time = parse_wall_time(text);
    REQUIRE(time);
    CHECK(write_wall_time(*time) == text);
  }
  CHECK(write_wall_time(WallTime(std::chrono::milliseconds(86'400'000LL * 365 + 1))) == "1971-01-01T00:00:00.001Z");
  for (const char* text : {"", "2026-11-20T23:15:04Z", "2026-02-30T00:00:00.000Z", "2026-11-20T24:00:00.000Z",
                           "2026-11-20 23:15:04.118Z", "2026-11-20T23:15:04.11xZ", "2026-13-01T00:00:00.000Z"})
    CHECK_FALSE(parse_wall_time(text));
}
