#include "drive/lock_requests.h"

#include <algorithm>

#include "expr/sandbox.h"
#include "source/codes.h"

namespace runbook {

std::vector<LockRequest> lock_requests(const Runbook& runbook, const Value& params, Diagnostics& diagnostics) {
  std::vector<LockRequest> requests;
  if (!runbook.lock) return requests;
  Sandbox sandbox;
  sandbox.set("params", params);
  const auto& rule = *runbook.lock;
  const auto name = sandbox.render_text(rule.name);
  if (!name) {
    auto& d = diagnostics.error(code::bad_value, name.error().span ? name.error().span : rule.span,
                                "the name of the lock has no value: " + name.error().message);
    d.help = name.error().help;
  } else if (name->empty()) {
    diagnostics.error(code::bad_value, rule.span, "the name of the lock is empty with these parameters").help =
        "put some text of its own in front, like `deploy-${{ params.NAME }}`";
  } else {
    add_lock_request(requests, {*name, rule.wait, rule.span});
  }
  return requests;
}

void add_lock_request(std::vector<LockRequest>& requests, LockRequest request) {
  const auto at = std::lower_bound(requests.begin(), requests.end(), request,
                                   [](const LockRequest& a, const LockRequest& b) { return a.name < b.name; });
  if (at == requests.end() || at->name != request.name) {
    requests.insert(at, std::move(request));
  } else {
    at->wait = std::max(at->wait, request.wait);
  }
}

}  // namespace runbook
