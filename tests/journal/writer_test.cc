#include "journal/writer.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "journal/faulty_file.h"
#include "journal/fixture.h"
#include "journal/reader.h"

using namespace runbook;
using namespace runbook::test;

namespace {

struct FaultyRun {
  TempDirectory directory;
  Faults faults;
  std::string journal = directory.path() + "/journal.jsonl";

  JournalWriter open() {
    auto options = fixed_clock();
    options.wrap_file = [this](std::unique_ptr<JournalFile> real) { return make_faulty(std::move(real), faults); };
    auto writer = JournalWriter::create(directory.path(), sample_names(), options);
    REQUIRE(writer);
    return std::move(*writer);
  }
  JournalState state() const {
    const auto state = scan_journal(journal, [](const Record&, const Digest&, const NodeNames&) {});
    REQUIRE(state);
    return *state;
  }
};

Event first() { return failing_run("r")[0][0]; }
Event small(int number = 0) { return NodeSkipped{node("switch"), "reason " + std::to_string(number)}; }

// Appends and syncs commits of three until an error, or `commits` are through.
Result<> write_commits(JournalWriter& writer, int commits) {
  RUNBOOK_TRY(writer.append(first(), Time{}));
  RUNBOOK_TRY(writer.sync());
  for (int i = 0; i < commits; ++i) {
    for (int j = 0; j < 3; ++j) RUNBOOK_TRY(writer.append(small(3 * i + j), Time{}));
    RUNBOOK_TRY(writer.sync());
  }
  return {};
}

unsigned mode_of(const std::string& path) {
  struct stat info;
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("one write and one sync a commit, however many events") {
  FaultyRun run;
  auto writer = run.open();
  REQUIRE(writer.append(first(), Time{}));
  for (int i = 0; i < 100; ++i) REQUIRE(writer.append(small(i), Time{}));
  CHECK(run.faults.writes == 0);
  CHECK(writer.records() == 101);
  CHECK(writer.durable() == 0);
  REQUIRE(writer.sync());
  CHECK(run.faults.writes == 1);
  CHECK(run.faults.syncs == 1);
  CHECK(writer.durable() == 101);
  REQUIRE(writer.sync());
  CHECK(run.faults.syncs == 1);  // nothing new
  CHECK(run.state().records == 101);
  CHECK(run.state().head == writer.head());
}

TEST_CASE("files are private, new, and no link is followed") {
  TempDirectory directory;
  const auto journal = directory.path() + "/journal.jsonl", reserve = directory.path() + "/reserve";
  {
    const auto writer = JournalWriter::create(directory.path(), sample_names());
    REQUIRE(writer);
    CHECK(mode_of(journal) == 0600);
    CHECK(mode_of(reserve) == 0600);
    CHECK(std::filesystem::file_size(reserve) == reserve_size);
    const auto second = JournalWriter::create(directory.path(), sample_names());
    REQUIRE_FALSE(second);
    CHECK(second.error().number == EEXIST);
  }
  CHECK_FALSE(std::filesystem::exists(reserve));

  std::filesystem::remove(journal);
  const auto target = directory.path() + "/target";
  std::filesystem::create_symlink(target, journal);
  CHECK_FALSE(JournalWriter::create(directory.path(), sample_names()));
  CHECK_FALSE(std::filesystem::exists(target));

  const auto link = directory.path() + "/link";
  std::filesystem::create_directory_symlink(directory.path(), link);
  const auto through_link = JournalWriter::create(link, sample_names());
  REQUIRE_FALSE(through_link);
  CHECK(through_link.error().message() == "open " + link + ": it is a symbolic link, and those are not followed here");
}

TEST_CASE("a planted reserve link is removed, not written through") {
  TempDirectory directory;
  const auto target = directory.path() + "/target";
  write_text(target, "precious");
  std::filesystem::create_symlink(target, directory.path() + "/reserve");
  const auto writer = JournalWriter::create(directory.path(), sample_names());
  REQUIRE(writer);
  CHECK(read_text(target) == "precious");
  CHECK_FALSE(std::filesystem::is_symlink(directory.path() + "/reserve"));
}

TEST_CASE("an error of any sync is final and nothing is synced after it") {
  for (int n = 1; n <= 6; ++n) {
    for (const int number : {EIO, ENOSPC, EDQUOT}) {
      FaultyRun run;
      run.faults.has_reserve = true;
      run.faults.sync_errors[n] = number;
      auto writer = run.open();
      const auto result = write_commits(writer, 5);
      REQUIRE_FALSE(result);
      CHECK(result.error().number == number);
      CHECK(result.error().message() == "sync " + run.journal + ": " + std::strerror(number));
      CHECK(run.faults.syncs == n);
      const auto durable = writer.durable();
      CHECK(durable == (n == 1 ? 0u : 1u + 3u * static_cast<unsigned>(n - 2)));

      // Whatever is called now says the same and touches nothing.
      const auto writes = run.faults.writes;
      CHECK(writer.sync().error().message() == result.error().message());
      CHECK(writer.append(small(), Time{}).error().message() == result.error().message());
      CHECK(writer.append_end({small()}, Time{}).error().message() == result.error().message());
      CHECK(writer.seal(RunOutcome::failed).error().message() == result.error().message());
      CHECK(run.faults.syncs == n);
      CHECK(run.faults.writes == writes);
      CHECK(writer.durable() == durable);
    }
  }
}

TEST_CASE("an error of any write is final and leaves whole records") {
  for (int n = 1; n <= 6; ++n) {
    FaultyRun run;
    run.faults.write_errors[n] = EIO;
    auto writer = run.open();
    const auto result = write_commits(writer, 5);
    REQUIRE_FALSE(result);
    CHECK(result.error().message() == "write " + run.journal + ": Input/output error");
    CHECK(run.faults.writes == n);
    CHECK(run.faults.syncs == n - 1);
    CHECK(writer.sync().error().message() == result.error().message());
    CHECK(run.faults.writes == n);
    CHECK(run.state().integrity == Integrity::intact);
    CHECK(run.state().records == writer.durable());
  }
}

TEST_CASE("interrupted and short writes are gone on with") {
  FaultyRun run;
  for (int n = 1; n < 2000; ++n) {
    if (n % 3 == 0) run.faults.write_errors[n] = EINTR;
    run.faults.short_writes[n] = static_cast<std::size_t>(1 + n % 7);
  }
  run.faults.sync_errors[1] = EINTR;
  auto writer = run.open();
  REQUIRE(write_commits(writer, 5));
  CHECK(run.faults.writes > 100);
  CHECK(run.state().records == 16);
  CHECK(run.state().integrity == Integrity::intact);
}

TEST_CASE("a write that neither succeeds nor fails does not hang") {
  FaultyRun run;
  run.faults.short_writes[2] = 0;
  auto writer = run.open();
  CHECK_FALSE(write_commits(writer, 5));
  CHECK(run.state().records == 1);
}

TEST_CASE("a full disk leaves whole records, at every byte where it may fill up") {
  FaultyRun whole;
  auto whole_writer = whole.open();
  REQUIRE(write_commits(whole_writer, 2));
  const auto bytes = read_text(whole.journal);

  for (std::size_t space = 0; space < bytes.size(); ++space) {
    FaultyRun run;
    run.faults.disk_space = space;
    auto writer = run.open();
    const auto result = write_commits(writer, 2);
    INFO("room for " << space << " of " << bytes.size() << " bytes");
    REQUIRE_FALSE(result);
    REQUIRE(result.error().number == ENOSPC);
    const auto left = read_text(run.journal);
    REQUIRE(run.state().integrity == Integrity::intact);
    REQUIRE(run.state().records >= writer.durable());
    REQUIRE(left == bytes.substr(0, left.size()));
    REQUIRE(writer.append_end({small()}, Time{}).error().message() == result.error().message());
  }
}

TEST_CASE("on a full disk the reserve takes what was pending, and the run's end once") {
  for (std::size_t space : {1500u, 1600u, 1700u, 1800u}) {
    FaultyRun run;
    run.faults.disk_space = space;
    run.faults.has_reserve = true;
    run.faults.reserve = 2000;
    auto writer = run.open();
    const auto result = write_commits(writer, 50);
    INFO("room for " << space << " bytes");
    REQUIRE_FALSE(result);
    CHECK(result.error().message() == "write " + run.journal + ": No space left on device");
    // The commit that found the disk full is there, whole and durable.
    CHECK(writer.durable() == writer.records());
    CHECK(run.state().records == writer.records());
    const auto before = writer.records();
    const auto syncs = run.faults.syncs;

    REQUIRE(writer.append_end({small(1), small(2)}, Time(Duration(9))));
    CHECK(run.faults.syncs == syncs + 1);
    CHECK(run.state().integrity == Integrity::intact);
    CHECK(run.state().records == before + 2);
    CHECK(run.state().head == writer.head());
    // Once.
    CHECK(writer.append_end({small(3)}, Time{}).error().message() == result.error().message());
    CHECK(writer.append(small(), Time{}).error().message() == result.error().message());
    CHECK(run.state().records == before + 2);
  }
}

TEST_CASE("a reserve that does not suffice leaves whole records, too") {
  FaultyRun run;
  run.faults.disk_space = 1500;
  run.faults.has_reserve = true;
  run.faults.reserve = 50;
  auto writer = run.open();
  const auto result = write_commits(writer, 50);
  REQUIRE_FALSE(result);
  CHECK(result.error().message().find("not even with the space kept for the end") != std::string::npos);
  CHECK(run.state().integrity == Integrity::intact);
  CHECK_FALSE(writer.append_end({small()}, Time{}));
}

TEST_CASE("nothing is written after a torn record that could not be cut off") {
  FaultyRun run;
  run.faults.disk_space = 1500;
  run.faults.has_reserve = true;
  run.faults.reserve = 100000;
  run.faults.truncate_errors[1] = EIO;
  auto writer = run.open();
  const auto result = write_commits(writer, 50);
  REQUIRE_FALSE(result);
  CHECK(result.error().message().find("cutting the torn record off failed too") != std::string::npos);
  CHECK_FALSE(writer.append_end({small()}, Time{}));
  CHECK(run.state().integrity == Integrity::torn);
  CHECK(run.state().records >= writer.durable());
}

TEST_CASE("a record no reader would accept is refused, and what came before is kept") {
  FaultyRun run;
  auto writer = run.open();
  REQUIRE(writer.append(first(), Time{}));
  const auto result = writer.append(NodeSkipped{node("switch"), std::string(longest_line, 'x')}, Time{});
  REQUIRE_FALSE(result);
  CHECK(result.error().message().find("record 1 would take 16777") != std::string::npos);
  CHECK(writer.append(small(), Time{}).error().message() == result.error().message());
  CHECK(run.state().records == 1);
  CHECK(run.state().head == writer.head());
}

TEST_CASE("the longest record that is written can be read") {
  FaultyRun run;
  auto writer = run.open();
  REQUIRE(writer.append(first(), Time{}));
  REQUIRE(writer.append(NodeSkipped{node("switch"), ""}, Time{}));
  REQUIRE(writer.sync());
  const auto bytes = read_text(run.journal);
  const auto empty = bytes.size() - bytes.find('\n') - 2;
  const auto room = longest_line - empty - std::strlen(",\"reason\":\"\"");
  REQUIRE(writer.append(NodeSkipped{node("switch"), std::string(room, 'x')}, Time{}));
  REQUIRE(writer.sync());
  CHECK(std::filesystem::file_size(run.journal) == bytes.size() + longest_line + 1);
  CHECK(run.state().records == 3);
  CHECK(writer.append(NodeSkipped{node("switch"), std::string(room + 1, 'x')}, Time{}).has_value() == false);
}

TEST_CASE("the writer redacts, whatever its caller did") {
  TempDirectory directory;
  JournalOptions options;
  options.redact = [](std::string_view text) {
    return text.find("hunter2") == std::string_view::npos ? std::string(text) : std::string("***");
  };
  auto writer = JournalWriter::create(directory.path(), sample_names(), options);
  REQUIRE(writer);
  REQUIRE(writer->append(first(), Time{}));
  REQUIRE(writer->append(AttemptStarted{node("switch"), 1, {}, "login hunter2"}, Time{}));
  REQUIRE(writer->sync());
  CHECK(read_text(directory.path() + "/journal.jsonl").find("hunter2") == std::string::npos);
}
