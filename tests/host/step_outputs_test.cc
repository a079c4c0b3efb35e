#include "host/process/step_outputs.h"

#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;

namespace {

std::string error_of(std::string_view text) {
  const auto outputs = parse_step_outputs(text);
  REQUIRE_FALSE(outputs);
  return outputs.error().message();
}

}  // namespace

TEST_CASE("lines and blocks become outputs, the last of a name counts") {
  const auto outputs =
      parse_step_outputs("a=1\n\nurl=http://x/?q=<<y\nb<<END\none\n\ntwo=2\nEND\na=\nc<<E\nE\nd<<E\n\nE\nlast=x");
  REQUIRE(outputs);
  CHECK(*outputs ==
        StepOutputs{{"a", ""}, {"url", "http://x/?q=<<y"}, {"b", "one\n\ntwo=2"}, {"c", ""}, {"d", ""}, {"last", "x"}});
  CHECK(parse_step_outputs("")->empty());
}

TEST_CASE("what is no output is an error with its line") {
  CHECK(error_of("a=1\nhello\n") == "read $RUNBOOK_OUTPUT: line 2: want `name=value`, got `hello`");
  CHECK(error_of("1a=1\n").find("line 1: `1a` is not a name") != std::string::npos);
  CHECK(error_of("a b=1\n").find("line 1: `a b` is not a name") != std::string::npos);
  CHECK(error_of("x=1\na<<END\none\n END\n").find("line 2: the block of `a` has no end line `END`") !=
        std::string::npos);
  CHECK(error_of("a<<\n").find("line 1: the block of `a` has no end word") != std::string::npos);
  CHECK(error_of(std::string_view("a=\0\n", 4)).find("line 1: the value of `a` holds a NUL byte") != std::string::npos);
  CHECK(error_of("\x1b[31m=1\n").find('\x1b') == std::string::npos);
}

TEST_CASE("a step hands on values through $RUNBOOK_OUTPUT, which is gone afterwards") {
  LiveHost live(std::vector<SecretValue>{{"token", "s3cret-value"}});
  const auto ended =
      live.run(bash(R"(echo "version=1.2" >> "$RUNBOOK_OUTPUT"; echo "t=x s3cret-value" >> "$RUNBOOK_OUTPUT")"));
  CHECK(ended.outputs_error.empty());
  CHECK(ended.outputs == StepOutputs{{"version", "1.2"}, {"t", "x ***"}});
  CHECK(std::filesystem::is_empty(live.directory / "scratch"));
}

TEST_CASE("what a step may put in the place of $RUNBOOK_OUTPUT is refused and holds nobody up") {
  LiveHost live;
  for (const char* script :
       {R"(mkfifo "$RUNBOOK_OUTPUT")", R"(ln -s /etc/passwd "$RUNBOOK_OUTPUT")", R"(mkdir "$RUNBOOK_OUTPUT")"}) {
    const auto ended = live.run(bash(script));
    CHECK(ended.how.code == 0);
    CHECK(ended.outputs.empty());
    CHECK(ended.outputs_error.find("not a regular file") != std::string::npos);
    std::filesystem::remove_all(live.directory / "scratch/1.1");
  }
  const auto ended = live.run(bash(R"(head -c 1100000 /dev/zero | tr '\0' a >> "$RUNBOOK_OUTPUT")"));
  CHECK(ended.outputs_error.find("more than 1 MiB") != std::string::npos);
}

TEST_CASE("a file of an earlier engine is no output") {
  LiveHost live;
  write_file(live.directory / "scratch/1.1", "old=1\n");
  CHECK(live.run(bash("true")).outputs.empty());
}
