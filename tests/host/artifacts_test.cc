// Artifacts of real processes, copied beside the host's one thread.
#include "host/output/artifacts.h"

#include <sys/stat.h>

#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;

namespace {

ArtifactCopies kept(const TempDirectory& directory, std::vector<std::string> patterns,
                    std::shared_ptr<const Redactor> redactor = nullptr, bool stopped = false) {
  const UniqueFd artifacts(::open((directory / "kept").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(artifacts.valid());
  const std::atomic<bool> stop{stopped};
  return keep_artifacts({std::move(patterns), directory / "work", "s.1"}, artifacts, redactor, stop);
}

struct Folders : TempDirectory {
  Folders() {
    for (const char* name : {"kept", "work", "work/[odd]"}) REQUIRE(::mkdir((*this / name).c_str(), 0700) == 0);
  }
};

}  // namespace

TEST_CASE("a file is copied as it is, whatever is in it, and named once") {
  Folders folders;
  std::string bytes;
  for (int i = 0; i < 3'000'000; ++i) bytes += static_cast<char>(i * 7);
  testing::write_file(folders / "work/blob", bytes);
  const auto copies = kept(folders, {"blob", "b*", folders / "work/blob"});
  REQUIRE(copies.kept.size() == 1);
  CHECK(copies.kept[0] == Artifact{"s.1/blob", bytes.size(), hex(sha256(bytes))});
  CHECK((read_file(folders / "kept/s.1/blob") == bytes));
  CHECK(copies.problems.empty());
  CHECK(copies.unmatched.empty());
}

TEST_CASE("a directory whose name looks like a pattern is a directory") {
  Folders folders;
  testing::write_file(folders / "work/[odd]/a", "x");
  const UniqueFd artifacts(::open((folders / "kept").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::atomic<bool> stop{false};
  const auto copies = keep_artifacts({{"*"}, folders / "work/[odd]", "s.1"}, artifacts, nullptr, stop);
  REQUIRE(copies.kept.size() == 1);
  CHECK(copies.kept[0].path == "s.1/a");
}

TEST_CASE("what an earlier engine left in the way is said, and not written over") {
  Folders folders;
  testing::write_file(folders / "work/a", "new");
  REQUIRE(::mkdir((folders / "kept/s.1").c_str(), 0700) == 0);
  testing::write_file(folders / "kept/s.1/a", "old");
  const auto copies = kept(folders, {"a"});
  CHECK(copies.kept.empty());
  REQUIRE(copies.problems.size() == 1);
  CHECK(copies.problems[0].find("was not kept") != std::string::npos);
  CHECK(read_file(folders / "kept/s.1/a") == "old");
}

TEST_CASE("a secret that two reads share does not get through") {
  Folders folders;
  const std::string secret = "correct-horse-battery";
  const std::string before((1 << 20) - 5, 'x');
  testing::write_file(folders / "work/a", before + secret + "tail");
  const auto redactor = Redactor::make({{"token", secret}});
  REQUIRE(redactor);
  const auto copies = kept(folders, {"a"}, *redactor);
  REQUIRE(copies.kept.size() == 1);
  CHECK((read_file(folders / "kept/s.1/a") == before + "***tail"));
  CHECK(copies.problems.size() == 1);
}

TEST_CASE("an engine that leaves keeps nothing more, and says so") {
  Folders folders;
  testing::write_file(folders / "work/a", "x");
  const auto copies = kept(folders, {"a"}, nullptr, true);
  CHECK(copies.kept.empty());
  CHECK(copies.problems == std::vector<std::string>{"artifacts were not kept: the engine is leaving"});
}

TEST_CASE("an attempt has ended when its artifacts are kept") {
  LiveHost live;
  auto work = bash("echo one > " + (live.directory / "a") + "; exit 3");
  Work whole{3, 1, "s.1.log", std::nullopt, std::move(work), {live.directory / "a", live.directory / "b"}};
  live.host->start(std::move(whole));
  const auto ended = live.next();
  CHECK(ended.how.code == 3);
  REQUIRE(ended.artifacts.size() == 1);
  CHECK(read_file((live.directory / "artifacts/") + ended.artifacts[0].path) == "one\n");
  CHECK(ended.artifacts_missing.size() == 1);
}
