#include "store/files/run_list.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "journal/fixture.h"
#include "store/files/run_directory.h"
#include "store/files/state_directory.h"

using namespace runbook;
using namespace runbook::test;
namespace fs = std::filesystem;

namespace {

struct Runs {
  TempDirectory state;
  Runs() { REQUIRE(prepare_state_directory(state.path())); }

  std::string directory(const std::string& id) const { return state.path() + "/runs/" + id; }

  // A run that was begun at `at` and, when `commits` is enough, sealed.
  void add(const std::string& id, std::string_view at = "2026-11-20T23:15:04.118Z",
           std::size_t commits = SIZE_MAX) const {
    fs::create_directory(directory(id));
    auto options = fixed_clock();
    options.wall_clock = [at] { return *parse_wall_time(at); };
    auto writer = JournalWriter::create(directory(id), sample_names(), options);
    REQUIRE(writer);
    const auto events = failing_run(id);
    for (std::size_t i = 0; i < events.size() && i < commits; ++i) {
      for (const auto& event : events[i]) REQUIRE(writer->append(event, Time(Duration(100 * (i + 1)))));
      REQUIRE(writer->sync());
    }
    if (commits > events.size()) REQUIRE(writer->seal(RunOutcome::rolled_back));
  }
  std::vector<RunSummary> list(std::size_t limit = SIZE_MAX) const {
    const auto runs = list_runs(state.path(), limit);
    REQUIRE(runs);
    return *runs;
  }
  std::string find(const std::string& text) const {
    const auto id = find_run(state.path(), text);
    return id ? *id : id.error().message();
  }
};

}  // namespace

TEST_CASE("runs are listed newest first with what their ends tell") {
  Runs runs;
  runs.add("20261120-100000-deploy-aaaa");
  runs.add("20261121-100000-deploy-bbbb", "2026-11-21T10:00:00.500Z", 2);
  runs.add("20261119-100000-deploy-cccc");
  fs::create_directory(runs.directory("not a run"));
  const auto list = runs.list();
  REQUIRE(list.size() == 3);
  CHECK(list[0].id == "20261121-100000-deploy-bbbb");
  CHECK(list[0].status == RunSummary::Status::stopped);
  CHECK_FALSE(list[0].outcome);
  CHECK(list[0].duration == Duration(200));
  CHECK(list[0].started == parse_wall_time("2026-11-21T10:00:00.500Z"));
  CHECK(list[1].id == "20261120-100000-deploy-aaaa");
  CHECK(list[1].runbook == "deploy-checkout");
  CHECK(list[1].user == "anna");
  CHECK(list[1].status == RunSummary::Status::ended);
  CHECK(list[1].outcome == RunOutcome::rolled_back);
  CHECK(list[1].duration == Duration(500));
  CHECK(list[2].id == "20261119-100000-deploy-cccc");
  CHECK(runs.list(1).size() == 1);
  CHECK(runs.list(1)[0].id == list[0].id);
}

TEST_CASE("a run that is driven is live") {
  Runs runs;
  runs.add("20261120-100000-deploy-aaaa", "2026-11-20T10:00:00.000Z", 1);
  const auto held = RunDirectory::open(runs.state.path(), "20261120-100000-deploy-aaaa");
  REQUIRE(held);
  CHECK(runs.list()[0].status == RunSummary::Status::live);
}

TEST_CASE("runs with empty, missing, torn or huge journals are listed, too") {
  Runs runs;
  fs::create_directory(runs.directory("20261120-100000-a-aaaa"));
  fs::create_directory(runs.directory("20261120-100000-b-aaaa"));
  write_text(runs.directory("20261120-100000-b-aaaa") + "/journal.jsonl", "");
  runs.add("20261120-100000-c-aaaa", "2026-11-20T23:15:04.118Z", 3);
  const auto torn = runs.directory("20261120-100000-c-aaaa") + "/journal.jsonl";
  write_text(torn, read_text(torn) + std::string(100, '\0') + "\n{\"seq\":9,\"outcome\":\"failed\"");
  runs.add("20261120-100000-d-aaaa");
  const auto huge = runs.directory("20261120-100000-d-aaaa") + "/journal.jsonl";
  const auto bytes = read_text(huge);
  // A last record longer than what is read at first.
  const std::string longer(300'000, 'x');
  write_text(huge, bytes + "{\"t\":7,\"type\":\"attempt_finished\",\"result\":\"" + longer + "\"}\n");

  for (const auto& run : runs.list()) {
    INFO(run.id);
    const char which = run.id[16];
    CHECK((run.status == RunSummary::Status::stopped));
    CHECK(run.duration == Duration(which == 'c' ? 300 : which == 'd' ? 7 : 0));
    CHECK(run.runbook == (which >= 'c' ? "deploy-checkout" : ""));
  }
}

TEST_CASE("a parameter cannot pass for what stands before it") {
  Runs runs;
  const std::string id = "20261120-100000-x-aaaa";
  fs::create_directory(runs.directory(id));
  auto writer = JournalWriter::create(runs.directory(id), sample_names());
  REQUIRE(writer);
  RunStarted started{id, "x", "weird\",\"argv\":[.yaml"};
  started.user = "anna";
  started.params.set("user", "mallory");
  started.nodes = sample_labels();
  REQUIRE(writer->append(started, Time{}));
  REQUIRE(writer->sync());
  CHECK(runs.list()[0].user == "anna");
}

TEST_CASE("no state directory, no runs") {
  TempDirectory temp;
  const auto list = list_runs(temp.path() + "/none");
  REQUIRE(list);
  CHECK(list->empty());
  CHECK(find_run(temp.path() + "/none", "last").error().message() ==
        "find run `last`: there are no runs in " + temp.path() + "/none");
}

TEST_CASE("a run is found by what one remembers of its id") {
  Runs runs;
  runs.add("20261120-100000-deploy-k3f9");
  runs.add("20261121-100000-deploy-bbbb");
  runs.add("20261122-100000-restore-cccc");
  CHECK(runs.find("last") == "20261122-100000-restore-cccc");
  CHECK(runs.find("20261120-100000-deploy-k3f9") == "20261120-100000-deploy-k3f9");
  CHECK(runs.find("20261121") == "20261121-100000-deploy-bbbb");
  CHECK(runs.find("k3f9") == "20261120-100000-deploy-k3f9");
  CHECK(runs.find("restore") == "20261122-100000-restore-cccc");
  CHECK(runs.find("deploy") ==
        "find run `deploy`: 2 runs have this in their id: `20261121-100000-deploy-bbbb` and "
        "`20261120-100000-deploy-k3f9`");
  CHECK(runs.find("nope") ==
        "find run `nope`: no run has this in its id; the newest: `20261122-100000-restore-cccc`, "
        "`20261121-100000-deploy-bbbb` and `20261120-100000-deploy-k3f9`");
  CHECK(runs.find("").find("no run has this") != std::string::npos);
  CHECK(runs.find("../..").find("no run has this") != std::string::npos);
}

TEST_CASE("the beginning of an id counts more than a part of another") {
  Runs runs;
  runs.add("20261120-100000-x-aaaa");
  runs.add("20271120-100000-x20261120-bbbb");
  CHECK(runs.find("20261120") == "20261120-100000-x-aaaa");
}

TEST_CASE("of two runs begun in one second the later is the last") {
  Runs runs;
  runs.add("20261120-100000-x-zzzz", "2026-11-20T10:00:00.100Z");
  runs.add("20261120-100000-x-aaaa", "2026-11-20T10:00:00.900Z");
  runs.add("20261119-100000-x-zzzz", "2026-11-19T10:00:00.900Z");
  CHECK(runs.find("last") == "20261120-100000-x-aaaa");
  CHECK(runs.list(1)[0].id == "20261120-100000-x-aaaa");
}

TEST_CASE("of many candidates the newest are shown") {
  Runs runs;
  for (int day = 10; day < 18; ++day)
    fs::create_directory(runs.directory("202611" + std::to_string(day) + "-100000-x-aaaa"));
  CHECK(runs.find("x") ==
        "find run `x`: 8 runs have this in their id: `20261117-100000-x-aaaa`, `20261116-100000-x-aaaa`, "
        "`20261115-100000-x-aaaa`, `20261114-100000-x-aaaa`, `20261113-100000-x-aaaa` and 3 others");
}
