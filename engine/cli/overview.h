// What `runbook --help` says: examples first, then the commands and what their exit codes mean.
#pragma once

namespace runbook {

inline constexpr const char* overview = R"(runbook - run operational procedures safely, and undo them when they fail

  runbook validate deploy.yaml                       check it, run nothing
  runbook run deploy.yaml -p version=v2.14.0         do it, with rollback on failure
  runbook show last                                  what ran, what was undone, what was not
  runbook report last -o incident.html               the same as a page to attach to an incident

Prepare:   validate  schema
Execute:   run  resume  rollback  cancel  approve  reject  note  resolve
Look back: history  show  logs  report  verify

  runbook COMMAND --help    its options, with examples
  runbook --version

Exit codes: 0 succeeded  1 failed, left as is  3 failed, rolled back  4 ROLLBACK INCOMPLETE: a human is needed
            5 paused: it waits for a person  6 unknown: a person must say  7 rejected or cancelled  64 usage
            65 invalid runbook or parameters  66 not found  74 journal cannot be written  75 a lock is held
            77 a precondition refused  130, 143 stopped by SIGINT, SIGTERM
Every option can be given as RUNBOOK_NAME in the environment (--output as RUNBOOK_OUTPUT_MODE).
)";

}  // namespace runbook
