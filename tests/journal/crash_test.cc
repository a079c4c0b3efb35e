// What a writing process leaves when it is really killed, and when the kernel really writes less than asked.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <random>

#include "base/unique_fd.h"
#include "journal/fixture.h"
#include "journal/reader.h"

using namespace runbook;
using namespace runbook::test;

namespace {

struct Child {
  pid_t process = -1;
  UniqueFd out;  // what it reports
};

// Runs `work` in a child with a pipe to report to. No assertion may run in the child: it ends by _exit.
template <class Work>
Child start(Work work) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Child child{::fork(), UniqueFd(ends[0])};
  REQUIRE(child.process >= 0);
  if (child.process == 0) {
    ::close(ends[0]);
    ::_exit(work(ends[1]));
  }
  ::close(ends[1]);
  return child;
}

// Writes journals forever, reporting the number of durable records after each sync.
int write_until_killed(const std::string& directory, unsigned seed, int report) {
  auto writer = JournalWriter::create(directory, sample_names());
  if (!writer || !writer->append(failing_run("r")[0][0], Time{})) return 1;
  std::mt19937 random(seed);
  while (true) {
    for (auto count = random() % 20; count > 0; --count)
      if (!writer->append(NodeSkipped{node("switch"), std::string(random() % 3000, 'x')}, Time{})) return 1;
    if (!writer->sync()) return 1;
    const auto durable = writer->durable();
    if (::write(report, &durable, sizeof durable) != sizeof durable) return 1;
  }
}

std::uint64_t wait_for_reports(const Child& child, int count) {
  std::uint64_t durable = 0;
  for (int i = 0; i < count; ++i) REQUIRE(::read(child.out.get(), &durable, sizeof durable) == sizeof durable);
  return durable;
}

}  // namespace

TEST_CASE("kill -9 loses no acknowledged record and corrupts nothing") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    TempDirectory directory(TempDirectory::Where::disk);
    auto child = start([&](int report) { return write_until_killed(directory.path(), seed, report); });
    // Then wherever the child happens to be.
    std::uint64_t acknowledged = wait_for_reports(child, 1 + static_cast<int>(seed % 7)), durable = 0;
    REQUIRE(::kill(child.process, SIGKILL) == 0);
    while (::read(child.out.get(), &durable, sizeof durable) == sizeof durable) acknowledged = durable;
    int status = 0;
    REQUIRE(::waitpid(child.process, &status, 0) == child.process);
    REQUIRE(WIFSIGNALED(status));

    const auto journal = read_journal(directory.path() + "/journal.jsonl");
    REQUIRE(journal);
    INFO("seed " << seed);
    CHECK(journal->state.integrity != Integrity::corrupt);
    CHECK(journal->state.records >= acknowledged);
    CHECK(journal->records.size() == journal->state.records);
  }
}

TEST_CASE("a file that may not grow ends with a whole record") {
  for (const rlim_t limit : {0, 1, 500, 1000, 1500, 4000, 4001, 4200, 5000}) {
    TempDirectory directory(TempDirectory::Where::disk);
    auto child = start([&](int report) {
      auto writer = JournalWriter::create(directory.path(), sample_names());
      if (!writer) return 1;
      ::signal(SIGXFSZ, SIG_IGN);
      const struct rlimit bound = {limit, limit};
      if (::setrlimit(RLIMIT_FSIZE, &bound) != 0) return 2;
      if (!writer->append(failing_run("r")[0][0], Time{})) return 3;
      for (int i = 0; i < 100; ++i) {
        if (!writer->append(NodeSkipped{node("switch"), std::string(40, 'x')}, Time{})) return 4;
        if (i % 3 != 0) continue;
        if (const auto synced = writer->sync(); !synced) {
          const auto durable = writer->durable();
          if (::write(report, &durable, sizeof durable) != sizeof durable) return 5;
          return synced.error().number == EFBIG && !writer->sync() ? 0 : 6;
        }
      }
      return 7;
    });
    const auto durable = wait_for_reports(child, 1);
    int status = 0;
    REQUIRE(::waitpid(child.process, &status, 0) == child.process);
    INFO("limit " << limit);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    const auto journal = read_journal(directory.path() + "/journal.jsonl");
    REQUIRE(journal);
    CHECK(journal->state.integrity == Integrity::intact);
    CHECK(journal->state.records >= durable);
    CHECK(journal->state.file_bytes <= limit);
  }
}
