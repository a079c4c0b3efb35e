// Versions as semver.org 2.0 orders them, with an optional leading `v`.
#pragma once

#include <string_view>

namespace runbook {

bool is_version(std::string_view text);
// -1, 0 or 1; build metadata does not count. REQUIRES: both are versions.
int compare_versions(std::string_view left, std::string_view right);

}  // namespace runbook
