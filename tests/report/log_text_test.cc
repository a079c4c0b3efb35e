#include "report/words/log_text.h"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "base/unique_fd.h"

using namespace runbook;

namespace {

UniqueFd file_with(const std::string& text) {
  UniqueFd file(::memfd_create("log", MFD_CLOEXEC));
  REQUIRE(file.valid());
  REQUIRE(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return file;
}

std::string printed(const std::vector<std::string>& parts, const LogOptions& options) {
  std::vector<UniqueFd> files;
  std::vector<int> numbers;
  for (const auto& part : parts) {
    files.push_back(file_with(part));
    numbers.push_back(files.back().get());
  }
  std::string text;
  REQUIRE(print_log(numbers, options, [&](std::string_view piece) { text += piece; }));
  return text;
}

std::string last(std::size_t count, const std::vector<std::string>& parts) {
  LogOptions options;
  options.last = count;
  return printed(parts, options);
}

}  // namespace

TEST_CASE("a log for people: lines, safe, each with its prefix") {
  LogOptions options;
  options.prefix = "migrate | ";
  CHECK(printed({"one\n\x1b[31mtwo\x1b[0m\nthree \x07"}, options) ==
        "migrate | one\nmigrate | two\nmigrate | three \\x07\n");
  CHECK(printed({""}, options).empty());
  CHECK(printed({"\n"}, options) == "migrate | \n");
  // Two parts of one log may meet inside a line.
  CHECK(printed({"one\ntw", "o\nthree\n"}, options) == "migrate | one\nmigrate | two\nmigrate | three\n");
}

TEST_CASE("the last lines of a log, wherever its pieces end") {
  CHECK(last(1, {"one\ntwo\n"}) == "two\n");
  CHECK(last(1, {"one\ntwo"}) == "two\n");
  CHECK(last(2, {"one\ntwo\n"}) == "one\ntwo\n");
  CHECK(last(9, {"one\ntwo\n"}) == "one\ntwo\n");
  CHECK(last(0, {"one\ntwo\n"}).empty());
  CHECK(last(2, {"one\n\n\n"}) == "\n\n");
  CHECK(last(2, {"one\ntwo\n", "three\n"}) == "two\nthree\n");
  CHECK(last(1, {"one\ntwo\n", "three\n"}) == "three\n");
  CHECK(last(3, {"", "one\n"}) == "one\n");
  // Around the size in which it is read.
  for (std::size_t size = 65530; size <= 65540; ++size) {
    INFO(size);
    const std::string lead(size, 'x');
    CHECK(last(2, {lead + "\nlast but one\nlast\n"}) == "last but one\nlast\n");
    CHECK(last(1, {"first\n" + lead + "\n"}) == lead + "\n");
    CHECK(last(2, {"first\n" + lead + "\n"}) == "first\n" + lead + "\n");
  }
}

TEST_CASE("a line of any length goes through in pieces") {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "käse";
  LogOptions options;
  options.prefix = "> ";
  std::size_t longest = 0;
  std::string out;
  const auto file = file_with(text);
  REQUIRE(print_log({file.get()}, options, [&](std::string_view piece) {
    longest = std::max(longest, piece.size());
    out += piece;
  }));
  CHECK(out == "> " + text + "\n");
  CHECK(longest < 70'000);
}
