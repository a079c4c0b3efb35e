#include "cli/secret_command.h"

#include <catch2/catch.hpp>

using namespace runbook;

TEST_CASE("commands end in the order in which they are asked, each with its output") {
  const auto ends = run_secret_commands({{"sh", "-c", "echo one; echo two >&2"}, {"false"}, {"no-such-program-here"}});
  REQUIRE(ends);
  REQUIRE(ends->size() == 3);
  CHECK(ends->at(0).out == "one\n");
  CHECK(ends->at(0).err == "two\n");
  CHECK(ends->at(0).how.reason.empty());
  CHECK(ends->at(1).how.code == 1);
  CHECK(ends->at(2).how.kind == Termination::Kind::not_started);
  CHECK(ends->at(0).log.empty());
}

TEST_CASE("a command that does not end is stopped, and that is said") {
  const auto ends = run_secret_commands({{"sleep", "1000"}, {"echo", "quick"}}, std::chrono::milliseconds(100));
  REQUIRE(ends);
  CHECK(ends->at(0).how.reason == "it did not end within 100ms");
  CHECK(ends->at(0).how.kind == Termination::Kind::signaled);
}
