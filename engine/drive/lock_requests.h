// The locks that a run takes before it begins, with their names worked out.
#pragma once

#include <string>
#include <vector>

#include "base/value.h"
#include "runbook/runbook.h"
#include "source/diagnostic.h"

namespace runbook {

struct LockRequest {
  std::string name;
  Duration wait{};  // for this one's turn; 0: not at all
  Span span;        // where the runbook asks for it
};

// In the order in which every run takes them, by name, each once: so no two runs ever wait for each other. A name that
// has no value goes to `diagnostics`.
std::vector<LockRequest> lock_requests(const Runbook& runbook, const Value& params, Diagnostics& diagnostics);

// Adds one; of two that ask for the same name the one that waits longer counts.
void add_lock_request(std::vector<LockRequest>& requests, LockRequest request);

}  // namespace runbook
