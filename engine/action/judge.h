// What the end of an attempt means, before any `expect`: did the action itself succeed, and what is its `result`?
#pragma once

#include "action/work.h"
#include "runbook/runbook.h"

namespace runbook {

struct ActionVerdict {
  bool ok = false;
  std::string message;  // why not: "exit 1", "want 2xx, got 503"
  std::optional<Duration> retry_after;
  std::vector<std::string> warnings = {};  // of a script
};
ActionVerdict judge_action(const Action& action, const AttemptEnded& ended);

// Of a probe: a no that can be relied on. What could not be started, was killed or got no whole answer tells nothing,
// and exit codes from 126 on are how shells and ssh say so.
bool says_no(const AttemptEnded& ended);

// `result` as expressions see it right after the attempt: everything there is.
Value full_result(const AttemptEnded& ended, bool ok, int attempts, Duration duration);
// The part of it that is kept for later steps and journaled.
Value kept_result(const Value& full, const Node& node);

}  // namespace runbook
