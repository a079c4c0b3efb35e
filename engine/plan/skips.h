// What a person leaves out of a run: `--skip STEP` and `--from STEP`.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "source/diagnostic.h"

namespace runbook {

struct SkipRequest {
  std::vector<std::string> steps;  // ids, or paths such as `group.inner`
  std::string from;                // likewise; empty: from the beginning
  std::string by;                  // who asks
};

// In the order of ids, each node once. `from` leaves out, in the group it stands in and in those around it, what it
// needs, directly or by way of others, and what stands before it in the file and does not need it. Reports names that
// do not exist, and steps that would run and read what a skipped one would have produced.
std::vector<Skip> choose_skips(const Plan& plan, const SkipRequest& request, Diagnostics& diagnostics);

}  // namespace runbook
