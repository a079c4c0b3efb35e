#include "journal/reader.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "base/io.h"
#include "journal/fixture.h"
#include "journal/line_reader.h"

using namespace runbook;
using namespace runbook::test;

namespace {

Journal read(const std::string& path) {
  const auto journal = read_journal(path);
  REQUIRE(journal);
  return *journal;
}

// A journal whose last commit of 16 records was never acknowledged.
struct Batch {
  std::string bytes;
  std::size_t durable_bytes = 0;
  std::uint64_t durable_records = 0;
};

Batch unacknowledged_batch(const std::string& directory) {
  Batch batch;
  auto writer = JournalWriter::create(directory, sample_names(), fixed_clock());
  REQUIRE(writer);
  const auto commits = failing_run("r");
  for (std::size_t i = 0; i < 3; ++i) {
    for (const auto& event : commits[i]) REQUIRE(writer->append(event, Time{}));
    REQUIRE(writer->sync());
  }
  batch.durable_records = writer->durable();
  batch.durable_bytes = read_text(directory + "/journal.jsonl").size();
  for (int i = 0; i < 16; ++i)
    REQUIRE(writer->append(NodeSkipped{node("switch"), std::string(static_cast<std::size_t>(40 * i), 'r')}, Time{}));
  REQUIRE(writer->sync());  // that it returned was never seen by anybody
  batch.bytes = read_text(directory + "/journal.jsonl");
  return batch;
}

}  // namespace

TEST_CASE("a journal reads back as what was appended") {
  SampleRun run;
  const auto journal = read(run.journal);
  CHECK(journal.state.integrity == Integrity::intact);
  CHECK(journal.state.head == run.head);
  CHECK(journal.state.good_bytes == run.bytes.size());
  CHECK(journal.names.labels() == sample_labels());
  std::vector<Event> events;
  for (const auto& commit : failing_run(run.id)) events.insert(events.end(), commit.begin(), commit.end());
  REQUIRE(journal.records.size() == events.size() + 1);
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(journal.records[i].body == RecordBody(events[i]));
    CHECK(journal.records[i].seq == i);
    CHECK(journal.records[i].time == Time(Duration(7 * (static_cast<int>(i) + 1))));
    CHECK(journal.records[i].at == "2026-11-20T23:15:04.118Z");
  }
  // Acknowledged is what the commits before had.
  CHECK(journal.records[2].ack == 0);
  CHECK(journal.records[3].ack == 3);
  CHECK(journal.records[4].ack == 4);
  CHECK(journal.records[8].ack == 8);
  CHECK(journal.records.back().ack == 16);
  CHECK(journal.state.sealed == Sealed{RunOutcome::rolled_back, 16});
}

TEST_CASE("a power loss in a batch tears it and loses nothing acknowledged") {
  TempDirectory directory, images;
  const auto batch = unacknowledged_batch(directory.path());
  const auto path = images.path() + "/journal.jsonl";
  constexpr std::size_t sector = 512;
  int torn = 0;
  for (unsigned seed = 0; seed < 5000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
    auto image = batch.bytes;
    // The size may have been stored or not, sectors may have been written or not, in any order; what was durable stays.
    image.resize(batch.durable_bytes + below(batch.bytes.size() - batch.durable_bytes + 1));
    for (std::size_t begin = batch.durable_bytes / sector * sector; begin < image.size(); begin += sector) {
      if (below(4) != 0) continue;
      const auto from = std::max(begin, batch.durable_bytes), to = std::min(begin + sector, image.size());
      for (auto at = from; at < to; ++at) image[at] = 0;
    }
    if (below(4) == 0) image.append(below(2 * sector), '\0');
    write_text(path, image);

    const auto journal = read(path);
    INFO("seed " << seed);
    REQUIRE(journal.state.integrity != Integrity::corrupt);
    REQUIRE(journal.state.records >= batch.durable_records);
    REQUIRE(image.compare(0, journal.state.good_bytes, batch.bytes, 0, journal.state.good_bytes) == 0);
    torn += journal.state.integrity == Integrity::torn;
  }
  CHECK(torn > 4000);
}

TEST_CASE("damage in what is acknowledged is corruption even when the batch after it is torn") {
  TempDirectory directory;
  const auto path = directory.path() + "/journal.jsonl";
  const auto batch = unacknowledged_batch(directory.path());
  auto image = batch.bytes;
  image.resize(image.size() - 20);
  image[batch.durable_bytes / 2] ^= 4;
  write_text(path, image);
  CHECK(read(path).state.integrity == Integrity::corrupt);
}

TEST_CASE("memory does not grow with what is no line") {
  TempDirectory directory;
  const auto path = directory.path() + "/journal.jsonl";
  SampleRun run;
  const auto good = run.bytes.substr(0, run.ends[2]);
  for (const std::string& tail : {std::string(longest_line + 5, 'x'), std::string(longest_line + 5, 'x') + "\n",
                                  std::string(3 * longest_line, '\0') + "\nrest"}) {
    write_text(path, good + tail);
    const auto state = read(path).state;
    CHECK(state.integrity == Integrity::torn);
    CHECK(state.records == 3);
    CHECK(state.why.find("longer than 16 MiB") != std::string::npos);
    CHECK(state.file_bytes == good.size() + tail.size());
  }
}

TEST_CASE("lines have their offsets, ends and limits") {
  TempDirectory directory;
  const auto path = directory.path() + "/lines";
  const std::string longest(longest_line, 'a');
  write_text(path, "one\n\n" + longest + "\n" + longest + "b\nlast");
  auto file = open_file(path);
  REQUIRE(file);
  LineReader lines(std::move(*file), path);
  const auto next = [&] {
    auto line = lines.next();
    REQUIRE(line);
    return *line;
  };
  auto line = next();
  CHECK((line->text == "one" && line->terminated && line->offset == 0));
  line = next();
  CHECK((line->text.empty() && line->terminated && line->offset == 4));
  line = next();
  CHECK((line->text == longest && line->terminated && line->offset == 5 && !line->too_long));
  line = next();
  CHECK((line->text.empty() && line->terminated && line->offset == 6 + longest_line && line->too_long));
  line = next();
  CHECK((line->text == "last" && !line->terminated && line->offset == 8 + 2 * longest_line));
  CHECK_FALSE(next());
}

TEST_CASE("an unreadable journal is an error, not a verdict") {
  TempDirectory directory;
  const auto journal = read_journal(directory.path());
  REQUIRE_FALSE(journal);
  CHECK(journal.error().message() == "open " + directory.path() + ": it is not a regular file");
}
