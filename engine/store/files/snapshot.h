// The snapshot of a run: the runbook and every file it uses, as they were when it started, under `runbook/`. A resume
// runs these, so they are part of what a journal vouches for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace runbook {

struct SnapshotFile {
  std::string name;  // relative, with `/` between folders; no `.` or `..` in it
  std::string bytes;
};

inline constexpr std::string_view snapshot_name = "runbook";

// run_started.runbook_hash, in hexadecimal: of one file its SHA-256; of several the SHA-256 of what
// `sha256sum` prints for them in the order of their names' bytes.
std::string snapshot_hash(const std::vector<SnapshotFile>& files);

// Writes and syncs the files into `runbook/` of the run's directory, which is empty.
Result<> write_snapshot(const std::string& run_directory, const std::vector<SnapshotFile>& files);

// The files that are there now, by name. An error also when something is there that is no file, such as a link.
Result<std::vector<SnapshotFile>> read_snapshot_files(const std::string& run_directory);

// The hash of what is there now. An error also when something is there that is no file, such as a link.
Result<std::string> hash_snapshot(const std::string& run_directory);

}  // namespace runbook
