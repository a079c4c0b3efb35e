// A keeper: the process below which one attempt at a time runs. As child subreaper it owns everything the attempt
// starts, `setsid` and double forks included; when the engine is gone it kills all of it. It is used again for the next
// attempt once nothing is left of the last, so that a step costs no fork but its own.
#pragma once

namespace runbook {

// Serves `socket` until the engine closes its end. Runs in a process of its own, forked by the supervisor.
[[noreturn]] void keep(int socket);

// What supervisor and keepers share: no signal disturbs them, and their children reach them only.
void become_reaper(const char* name);

}  // namespace runbook
