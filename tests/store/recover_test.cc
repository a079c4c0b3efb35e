#include "store/files/recover.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "journal/damage.h"
#include "journal/fixture.h"
#include "journal/reader.h"
#include "store/files/anchor.h"
#include "store/files/verify.h"

using namespace runbook;
using namespace runbook::test;

namespace {

ino_t file_number(const std::string& path) {
  struct stat info;
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_ino;
}

}  // namespace

TEST_CASE("a torn tail is kept aside and the run goes on after it, at every byte of a cut") {
  SampleRun run;
  for (std::size_t size = run.ends[0]; size < run.bytes.size(); ++size) {
    std::size_t whole = 0;
    while (run.ends[whole] <= size) ++whole;
    const auto good = run.ends[whole - 1];
    write_text(run.journal, run.bytes.substr(0, size));
    const auto recovered = recover_journal(run.directory);
    INFO("cut to " << size);
    REQUIRE(recovered);
    REQUIRE(recovered->records == whole);
    REQUIRE(recovered->bytes == good);
    REQUIRE(recovered->torn_bytes == size - good);
    REQUIRE(read_text(run.journal) == run.bytes.substr(0, good));
    if (size > good) {
      REQUIRE(recovered->torn_tail == "journal.torn-" + std::to_string(good));
      REQUIRE(read_text(run.directory + "/" + recovered->torn_tail) == run.bytes.substr(good, size - good));
    }
  }
}

TEST_CASE("a recovered journal is written on and verifies") {
  SampleRun run;
  write_text(run.journal, run.bytes.substr(0, run.ends[9] + 40));
  const auto recovered = recover_journal(run.directory);
  REQUIRE(recovered);
  CHECK(recovered->time == Time(Duration(70)));
  CHECK(recovered->names.labels() == sample_labels());
  auto writer = JournalWriter::reopen(run.directory, *recovered, fixed_clock());
  REQUIRE(writer);
  REQUIRE(writer->append(RunResumed{"bert", "web2", "77aa", "0.2.0"}, Time(Duration(90))));
  REQUIRE(writer->append(AttemptLost{node("migrate"), 1}, Time(Duration(90))));
  REQUIRE(writer->sync());
  REQUIRE(writer->seal(RunOutcome::unknown));

  const auto result = verify_run(run.directory);
  REQUIRE(result);
  CHECK(result->summary() == "intact, sealed, 13 records");
  CHECK(result->head == writer->head());
  const auto journal = read_journal(run.journal);
  REQUIRE(journal);
  CHECK(journal->records[10].seq == 10);
  CHECK(journal->records[10].ack == 10);
  CHECK(journal->records[12].time == Time(Duration(90)));
}

TEST_CASE("a whole journal is copied all the same, so that its bytes are known to be on disk") {
  SampleRun run;
  write_text(run.journal, run.bytes.substr(0, run.ends[9]));
  const auto before = file_number(run.journal);
  const auto recovered = recover_journal(run.directory);
  REQUIRE(recovered);
  CHECK(file_number(run.journal) != before);
  CHECK(recovered->torn_tail.empty());
  CHECK(read_text(run.journal) == run.bytes.substr(0, run.ends[9]));
  CHECK_FALSE(std::filesystem::exists(run.directory + "/journal.new"));
}

TEST_CASE("what a recovery that was cut off left behind is no obstacle") {
  SampleRun run;
  write_text(run.journal, run.bytes.substr(0, run.ends[9] + 5));
  write_text(run.directory + "/journal.new", "half");
  write_text(run.directory + "/journal.torn-" + std::to_string(run.ends[9]), "ha");
  write_text(run.directory + "/reserve", "old");
  const auto recovered = recover_journal(run.directory);
  REQUIRE(recovered);
  CHECK(read_text(run.directory + "/" + recovered->torn_tail) == run.bytes.substr(run.ends[9], 5));
  CHECK(JournalWriter::reopen(run.directory, *recovered));
}

TEST_CASE("a journal that cannot be gone on with is refused and left as it is") {
  SampleRun run;
  const auto refused = [&](const std::string& bytes, std::string_view why) {
    write_text(run.journal, bytes);
    const auto recovered = recover_journal(run.directory);
    REQUIRE_FALSE(recovered);
    INFO(recovered.error().message());
    CHECK(recovered.error().message().find(why) != std::string::npos);
    CHECK(read_text(run.journal) == bytes);
  };
  refused(run.bytes, "its journal is sealed");
  refused("", "it holds no record");
  refused(run.bytes.substr(0, 20), "it holds no record");
  refused(Damage(run.bytes).cut(run.ends[9]).set_byte(30, 'x').bytes(), "not what the engine wrote");
  REQUIRE(append_anchor(run.state.path(), run.id, 10, Digest{}));
  refused(run.bytes.substr(0, run.ends[8]), "not what the engine wrote");
  refused(run.bytes.substr(0, run.ends[9]), "not what the engine wrote");
}

TEST_CASE("a resumed run may have more records than an earlier anchor saw") {
  SampleRun run;
  Digest tenth{};
  REQUIRE(scan_journal(run.journal, [&](const Record& record, const Digest& head, const NodeNames&) {
    if (record.seq == 9) tenth = head;
  }));
  REQUIRE(append_anchor(run.state.path(), run.id, 10, tenth));
  const auto result = verify_run(run.directory);
  REQUIRE(result);
  CHECK(result->verdict == Verdict::intact_sealed);
}
