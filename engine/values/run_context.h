// RunContext: what a run is about, apart from its plan: who, where, with which values. Fixed when the run begins, and
// again from the journal when it is resumed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/value.h"

namespace runbook {

struct Runbook;

struct RunContext {
  std::string run_id;
  std::string user;
  std::string host;
  std::string started_at;  // RFC 3339 UTC
  Value params = Value::map();
  Value secrets = Value::map();  // name → value; never leaves the engine but to the process that uses it
  std::map<const Runbook*, Value> used_secrets;  // the same of the runbooks that are used
  // What every child gets before `env:` of the runbook and its steps: the allow-listed part of the engine's own.
  std::vector<std::pair<std::string, std::string>> base_env;
  // Replaces secrets by ***; for everything that people or the journal get to see.
  std::function<std::string(std::string_view)> redact;
};

// Of the engine's environment (`environ` as given) what a child may inherit: PATH, HOME, USER, LOGNAME, LANG, LC_*, TZ,
// TMPDIR, SSH_AUTH_SOCK, XDG_RUNTIME_DIR; PATH and LANG with a default.
std::vector<std::pair<std::string, std::string>> inherited_environment(const char* const* environ);

}  // namespace runbook
