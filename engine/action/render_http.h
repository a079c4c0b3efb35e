// Renders an `http` action: templates filled, query and form encoded, paths made whole.
#pragma once

#include "action/http_work.h"
#include "expr/sandbox.h"
#include "runbook/http_action.h"

namespace runbook {

struct HttpPlace {
  std::string cwd;          // what relative paths start from; empty: the engine's own
  std::string part_suffix;  // of the file that a download is written to at first: of this run and step alone
};

// What it does, for people, or why it cannot be done: `POST http://example.org/hook`. Not redacted, but for a password
// in the URL.
Evaluated<std::string> render_http(const HttpAction& action, const HttpPlace& place, Sandbox& sandbox, HttpWork& work);

}  // namespace runbook
