#include "cli/scratch_directory.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "cli/environment.h"

namespace runbook {

Result<ScratchDirectory> ScratchDirectory::create() {
  std::vector<std::string> places;
  if (auto runtime = environment_variable("XDG_RUNTIME_DIR"); !runtime.empty()) places.push_back(runtime);
  places.push_back("/dev/shm");
  if (auto temporary = environment_variable("TMPDIR"); !temporary.empty()) places.push_back(temporary);
  places.push_back("/tmp");
  for (const auto& place : places) {
    std::string path = place + "/runbook-XXXXXX";
    if (place[0] == '/' && mkdtemp(path.data())) return ScratchDirectory(std::move(path));
  }
  return system_error("create a private directory in", "/tmp");
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;  // it is empty but for what a dying step left; the next boot takes it otherwise
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace runbook
