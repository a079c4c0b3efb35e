// tests/golden/NAME.yaml is a runbook with mistakes, NAME.err.expect what an author is told about them.
#include "golden/golden.h"

#include <algorithm>
#include <filesystem>

#include "language/load.h"
#include "source/render.h"

using namespace runbook;

namespace {

const std::string folder = RUNBOOK_SOURCE_DIR "/tests/golden";

std::vector<std::filesystem::path> runbooks_in(const std::string& path) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(path))
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("what is said about each mistake") {
  const auto files = runbooks_in(folder);
  REQUIRE(files.size() >= 40);
  for (const auto& path : files) {
    const auto file = std::make_shared<SourceFile>(path.filename().string(), read_whole_file(path.string()));
    Diagnostics diagnostics;
    const auto loaded = load_runbook(file, diagnostics);
    CHECK_FALSE(diagnostics.all().empty());
    CHECK((loaded.has_value() || diagnostics.errors() > 0));
    check_golden(folder + "/" + path.stem().string() + ".err.expect",
                 render_text(diagnostics) + "\n" + render_summary(file->path(), diagnostics) + "\n");
  }
}

TEST_CASE("good runbooks load without a word") {
  const auto files = runbooks_in(folder + "/good");
  REQUIRE(files.size() >= 3);
  for (const auto& path : files) {
    const auto file = std::make_shared<SourceFile>(path.filename().string(), read_whole_file(path.string()));
    Diagnostics diagnostics;
    const auto loaded = load_runbook(file, diagnostics);
    INFO(render_text(diagnostics));
    CHECK(loaded.has_value());
    CHECK(diagnostics.all().empty());
  }
}
