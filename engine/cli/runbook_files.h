// Where the runbooks that a runbook uses come from: the disk, or the snapshot of a run.
#pragma once

#include <string>

#include "library/library_path.h"
#include "library/uses.h"

namespace runbook {

class DiskFiles : public RunbookFiles {
 public:
  // `path` is the first runbook's, as it was given.
  DiskFiles(const std::string& path, LibraryPath library);
  std::shared_ptr<const SourceFile> open(const UsedFile& file, Span use, Diagnostics& diagnostics) override;
  std::vector<std::string> places(const UsedFile& file) const override;

 private:
  std::string folder_;  // with its `/`, or empty
  LibraryPath library_;
};

class SnapshotFiles : public RunbookFiles {
 public:
  explicit SnapshotFiles(std::string run_directory) : run_directory_(std::move(run_directory)) {}
  std::shared_ptr<const SourceFile> open(const UsedFile& file, Span use, Diagnostics& diagnostics) override;
  std::vector<std::string> places(const UsedFile& file) const override;

 private:
  std::string run_directory_;
};

}  // namespace runbook
