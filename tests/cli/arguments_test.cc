#include "cli/arguments.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "cli/params_file.h"
#include "cli/secret_values.h"
#include "language/load.h"
#include "report/words/exit_code.h"
#include "source/render.h"

using namespace runbook;

namespace {

std::variant<Arguments, EarlyExit> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "runbook");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return parse_arguments(static_cast<int>(words.size()), argv.data(), "0");
}

template <class T>
T parsed(std::vector<std::string> words) {
  const auto result = parse(std::move(words));
  REQUIRE(std::holds_alternative<Arguments>(result));
  const auto& command = std::get<Arguments>(result).command;
  REQUIRE(std::holds_alternative<T>(command));
  return std::get<T>(command);
}

int refused(std::vector<std::string> words) {
  const auto result = parse(std::move(words));
  REQUIRE(std::holds_alternative<EarlyExit>(result));
  return std::get<EarlyExit>(result).code;
}

std::string temporary_file(const std::string& name, const std::string& text) {
  const auto path = std::string(RUNBOOK_BINARY_DIR) + "/" + name;
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TEST_CASE("run: its parameters in order, a value may hold anything") {
  const auto run = parsed<RunArguments>({"run", "a.yaml", "-p", "b=1=2", "--jobs", "4", "-p", "a= x y", "--strict"});
  CHECK(run.file == "a.yaml");
  CHECK(run.params == std::vector<std::pair<std::string, std::string>>{{"b", "1=2"}, {"a", " x y"}});
  CHECK(run.jobs == 4);
  CHECK(run.strict);
  CHECK(run.on_cancel == OnCancel::by_terminal);
  const auto path = temporary_file("value.txt", "two\nlines\n");
  CHECK(parsed<RunArguments>({"run", "a.yaml", "-p", "v=@" + path}).params[0].second == "two\nlines");
}

TEST_CASE("every flag can be given in the environment; RUNBOOK_OUTPUT is a step's file, not a flag") {
  ::setenv("RUNBOOK_JOBS", "3", 1);
  ::setenv("RUNBOOK_OUTPUT", "/tmp/outputs", 1);
  ::setenv("RUNBOOK_OUTPUT_MODE", "plain", 1);
  const auto run = parsed<RunArguments>({"run", "a.yaml"});
  CHECK(run.jobs == 3);
  CHECK(run.output == OutputMode::plain);
  CHECK(parsed<RunArguments>({"run", "a.yaml", "--jobs", "9"}).jobs == 9);
  for (const char* name : {"RUNBOOK_JOBS", "RUNBOOK_OUTPUT", "RUNBOOK_OUTPUT_MODE"}) ::unsetenv(name);
}

TEST_CASE("resume settles steps by name") {
  const auto resume = parsed<ResumeArguments>({"resume", "last", "--assume", "done", "a", "--assume", "not-done", "b"});
  CHECK(resume.assume == std::vector<std::pair<std::string, bool>>{{"a", true}, {"b", false}});
  CHECK(refused({"resume", "last", "--assume", "perhaps", "a"}) == exit_codes::usage);
}

TEST_CASE("what is wrong on a command line ends with 64 before anything is touched") {
  CHECK(refused({}) == exit_codes::usage);
  CHECK(refused({"rnu", "a.yaml"}) == exit_codes::usage);
  CHECK(refused({"run"}) == exit_codes::usage);
  CHECK(refused({"run", "a.yaml", "--outptu", "plain"}) == exit_codes::usage);
  CHECK(refused({"run", "a.yaml", "--output", "fancy"}) == exit_codes::usage);
  CHECK(refused({"run", "a.yaml", "-p", "novalue"}) == exit_codes::usage);
  CHECK(refused({"run", "a.yaml", "-p", "v=@/does/not/exist"}) == exit_codes::usage);
  CHECK(refused({"run", "a.yaml", "--jobs", "-1"}) == exit_codes::usage);
  CHECK(refused({"run", "a.yaml", "--on-cancel", "maybe"}) == exit_codes::usage);
  // Of the design, not built yet: above all a dry run must never turn into a run.
  CHECK(refused({"run", "a.yaml", "--dry-run"}) == exit_codes::usage);
  CHECK(refused({"plan", "a.yaml"}) == exit_codes::usage);
  CHECK(refused({"--help"}) == exit_codes::ok);
  CHECK(refused({"run", "--help"}) == exit_codes::ok);
  CHECK(refused({"--version"}) == exit_codes::ok);
}

TEST_CASE("parameters from a file: scalars as written, lists and maps as JSON") {
  Diagnostics diagnostics;
  const auto path = temporary_file("params.yaml", "version: 1.10\nzones: [a, 2, true]\nquoted: \"007\"\n");
  const auto read = read_params_file(path, diagnostics);
  REQUIRE(read);
  CHECK(diagnostics.errors() == 0);
  CHECK(read->params == std::vector<std::pair<std::string, std::string>>{
                            {"version", "1.10"}, {"zones", R"(["a",2,true])"}, {"quoted", "007"}});
  const auto list = read_params_file(temporary_file("list.yaml", "- a\n"), diagnostics);
  CHECK(diagnostics.errors() == 1);
  CHECK_FALSE(read_params_file("/does/not/exist", diagnostics));
}

TEST_CASE("secrets come from a variable, which is then gone, or from a file; a missing one is told with its place") {
  const auto path = temporary_file("secret.txt", "from-file\n");
  const auto load = [&](const std::string& secrets, Diagnostics& diagnostics) {
    static std::vector<std::shared_ptr<const SourceFile>> files;
    files.push_back(std::make_shared<SourceFile>(
        "x.yaml", "runbook: v1\nname: x\nsecrets: " + secrets + "\nsteps: [{ shell: a }]\n"));
    const auto loaded = load_runbook(files.back(), diagnostics);
    REQUIRE(loaded);
    return read_secrets({&*loaded}, diagnostics).front();
  };
  ::setenv("RUNBOOK_TEST_TOKEN", "from-env", 1);
  Diagnostics good;
  CHECK(load("{ a: { env: RUNBOOK_TEST_TOKEN }, b: { file: " + path + " } }", good) ==
        SecretValues{{"a", "from-env"}, {"b", "from-file"}});
  CHECK(good.errors() == 0);
  CHECK(std::getenv("RUNBOOK_TEST_TOKEN") == nullptr);
  Diagnostics bad;
  load("{ a: { env: RUNBOOK_TEST_TOKEN } }", bad);
  REQUIRE(bad.errors() == 1);
  CHECK(bad.all()[0].message ==
        "secret `a` is not available: the environment variable `RUNBOOK_TEST_TOKEN` is not set");
  CHECK(bad.all()[0].span.line() == 3);
}
