#include "library/library_path.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>

namespace runbook {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string path = (fs::temp_directory_path() / "library-path-XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
    path_ = fs::canonical(path).string();
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

using Directories = std::vector<std::string>;

TEST_CASE("The standard library is beside an installed executable") {
  const TemporaryDirectory prefix;
  fs::create_directories(prefix.at("share/runbook/stdlib"));
  CHECK(library_path_from("", "", prefix.at("bin/runbook")).standard == prefix.at("share/runbook/stdlib"));
}

TEST_CASE("An executable without a library beside it has none, unless it was built from a source tree") {
  const TemporaryDirectory prefix;
  CHECK(library_path_from("", "", prefix.at("bin/runbook")).standard.empty());
  CHECK(library_path_from("", "", "").standard.empty());
  CHECK(library_path_from("", "", RUNBOOK_BINARY_DIR "/runbook").standard == RUNBOOK_SOURCE_DIR "/stdlib");
  // This test stands in the tree it was built in.
  unsetenv("RUNBOOK_STDLIB");
  CHECK(find_library_path().standard == RUNBOOK_SOURCE_DIR "/stdlib");
}

TEST_CASE("RUNBOOK_STDLIB names the standard library, wherever the executable is") {
  CHECK(library_path_from("", "/srv/lib/", RUNBOOK_BINARY_DIR "/runbook").standard == "/srv/lib");
  CHECK(library_path_from("", "lib", "").standard == (fs::current_path() / "lib").string());
}

TEST_CASE("RUNBOOK_PATH holds directories, searched before the standard library") {
  const auto path = library_path_from("/team/books::own/x:", "/std", "");
  CHECK(path.own == Directories{"/team/books", (fs::current_path() / "own/x").string()});
  CHECK(path.all() == Directories{"/team/books", (fs::current_path() / "own/x").string(), "/std"});
  CHECK(library_path_from("", "", "").all().empty());
}

}  // namespace
}  // namespace runbook
