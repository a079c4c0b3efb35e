// What a redirect makes of a request: as RFC 9110 and browsers have it, and stricter where a change or a credential
// could reach somebody whom the runbook does not name.
#pragma once

#include <string>
#include <string_view>

#include "action/http_work.h"
#include "base/result.h"

namespace runbook {

// 301, 302, 303, 307 and 308.
bool is_redirect(int status);

// The request that `status` with `location` asks for instead of `work`. 303 makes a GET of all but HEAD, 301 and 302
// make one of POST; then the body goes. To another origin (scheme, host or port) go only GET and HEAD, without
// credentials, the client's certificate and headers that are not about the answer's form. An error says why it is not
// followed: it is no URL for HTTP, leads from https to http, away from a unix socket, or takes a change to another
// origin. REQUIRES: is_redirect(status), and no credentials in work.url.
Result<HttpWork> redirected(HttpWork work, int status, std::string_view location);

// For people and the journal: without credentials, and `?…` for a query, which may hold a signature.
std::string shown_url(const std::string& url);

}  // namespace runbook
