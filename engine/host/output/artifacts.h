// Artifacts: the files a step leaves, copied into the run's directory, so that they are still there when the step's own
// directory is not. Regular files only; values of secrets are *** in the copy.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "redact/redactor.h"
#include "run/event.h"

namespace runbook {

inline constexpr std::uint64_t largest_artifact = std::uint64_t{1} << 30;
inline constexpr std::size_t most_artifacts = 1000;  // of one attempt

struct ArtifactOrder {
  std::vector<std::string> patterns;  // of glob(7), relative to `directory` unless absolute
  std::string directory;              // absolute: where the step ran
  std::string folder;                 // of the copies, below the run's artifacts: `build.1`
};

struct ArtifactCopies {
  std::vector<Artifact> kept;          // durable
  std::vector<std::string> problems;   // what could not be kept, and why
  std::vector<std::string> unmatched;  // what no file was found for
};

// Copies below `artifacts`, an open directory. When `stop` becomes true it returns soon, with what it has.
ArtifactCopies keep_artifacts(const ArtifactOrder& order, const UniqueFd& artifacts,
                              const std::shared_ptr<const Redactor>& redactor, const std::atomic<bool>& stop);

}  // namespace runbook
