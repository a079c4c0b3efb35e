#include "host/output/output_log.h"

#include <sys/resource.h>

#include <csignal>

#include "host/live_host.h"
#include "host/output/tail_buffer.h"

using namespace runbook;
using namespace runbook::testing;

namespace {

UniqueFd open_directory(const std::string& path) { return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY)); }

std::string numbered(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + "\n";
  return text.substr(0, size);
}

}  // namespace

TEST_CASE("a log appears with its first byte") {
  TempDirectory temp;
  const auto directory = open_directory(temp.path());
  OutputLog silent(directory.get(), "a.log");
  CHECK_FALSE(silent.close().exists);
  CHECK_FALSE(std::filesystem::exists(temp / "a.log"));

  OutputLog log(directory.get(), "a.log");
  log.append("one\n");
  CHECK(read_file(temp / "a.log") == "one\n");
  log.append(std::string("\0\xff", 2));
  const auto summary = log.close();
  CHECK(summary.exists);
  CHECK(summary.error.empty());
  CHECK(summary.size == 6);
  CHECK(hex(summary.sha256) == hex(sha256(std::string("one\n\0\xff", 6))));
  struct stat status {};
  REQUIRE(::stat((temp / "a.log").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("a long log keeps its last part and says what is gone") {
  TempDirectory temp;
  const auto directory = open_directory(temp.path());
  constexpr std::uint64_t limit = 10'000;
  for (const std::size_t size : {1000u, 4872u, 4873u, 9744u, 9745u, 14'616u, 14'617u, 50'000u, 123'456u}) {
    const std::string text = numbered(size), name = std::to_string(size);
    OutputLog log(directory.get(), name, limit);
    for (std::size_t at = 0; at < size; at += 777) log.append(std::string_view(text).substr(at, 777));
    const auto summary = log.close();
    const std::string file = read_file(temp / name);
    CAPTURE(size, summary.error);
    CHECK(summary.error.empty());
    CHECK(summary.size == file.size());
    CHECK(file.size() <= limit);
    CHECK(hex(summary.sha256) == hex(sha256(file)));
    CHECK_FALSE(std::filesystem::exists(temp / (name + ".next")));
    CHECK_FALSE(std::filesystem::exists(temp / (name + ".joined")));
    if (size <= 9744) {
      CHECK(file == text);
    } else {
      const auto line = file.find('\n') + 1;
      const std::string kept = file.substr(line);
      CHECK(kept.size() >= limit / 2 - 256);
      CHECK(kept == text.substr(size - kept.size()));
      CHECK(file.rfind("[runbook: " + std::to_string(size - kept.size()) + " bytes of output before this", 0) == 0);
    }
  }
}

TEST_CASE("a log follows no planted link, overwrites nothing and leaves its directory never") {
  TempDirectory temp;
  const auto directory = open_directory(temp.path());
  write_file(temp / "target", "precious");
  REQUIRE(::symlink("target", (temp / "link").c_str()) == 0);
  for (const char* name : {"link", "target", "../escape"}) {
    OutputLog log(directory.get(), name);
    log.append("text");
    const auto summary = log.close();
    CHECK_FALSE(summary.exists);
    CHECK(summary.error.find(name) != std::string::npos);
  }
  CHECK(read_file(temp / "target") == "precious");
}

TEST_CASE("a full disk ends the log, which then is described as it is") {
  TempDirectory temp;
  // The limit on the size of files stands in for the disk.
  const auto directory = open_directory(temp.path());
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &ignore, &before);
  rlimit limit_before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit_before) == 0);
  rlimit limit = limit_before;
  limit.rlim_cur = 5000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  OutputLog log(directory.get(), "a.log");
  const std::string text = numbered(20'000);
  log.append(std::string_view(text).substr(0, 12'000));
  log.append(std::string_view(text).substr(12'000));
  const auto summary = log.close();
  ::setrlimit(RLIMIT_FSIZE, &limit_before);
  ::sigaction(SIGXFSZ, &before, nullptr);
  CHECK(summary.error == "write log a.log: File too large");
  CHECK(summary.size == 5000);
  CHECK(read_file(temp / "a.log") == text.substr(0, 5000));
  CHECK(hex(summary.sha256) == hex(sha256(text.substr(0, 5000))));
}

TEST_CASE("the last bytes of a stream stay in memory") {
  TailBuffer tail(10);
  CHECK(tail.take().empty());
  tail.append("0123456789");
  CHECK_FALSE(tail.cut());
  tail.append("ab");
  CHECK(tail.cut());
  tail.append("cdefghijk");
  CHECK(tail.take() == "bcdefghijk");
  const std::string text = numbered(500);
  for (std::size_t piece = 1; piece < 25; ++piece) {
    TailBuffer pieces(10);
    for (std::size_t at = 0; at < text.size(); at += piece) pieces.append(std::string_view(text).substr(at, piece));
    CHECK(pieces.take() == text.substr(490));
  }
}
