// What may be sent: methods, headers and URLs are checked before libcurl sees them, because it would send a line break
// in a value as a line break, and with it a header or a whole request that nobody wrote.
#pragma once

#include <string>
#include <string_view>

#include "action/http_work.h"
#include "base/result.h"
#include "host/http/http_url.h"

namespace runbook {

// Who is asked, as messages name it: `127.0.0.1:8080`, `[::1]:443`, `socket /run/app.sock`. Never the whole URL: it may
// hold a token.
struct HttpPeer {
  std::string host;  // as the URL has it
  std::string host_port;
};

// Credentials in the URL move into `authorization`, unless the request has some already.
// The error's message says what is wrong without repeating a value, for it may be a secret.
Result<HttpPeer> check_http_request(HttpWork& work);

// RFC 9110 `token`: what a method and a header's name consist of.
bool is_http_token(std::string_view text);

// Sending the request twice has the effect of sending it once (RFC 9110, 9.2.2).
bool is_idempotent_method(std::string_view method);

// The header's value is a credential by its name: `authorization`, `x-api-key`. `name` in lower case.
bool is_credential_header(std::string_view name);

}  // namespace runbook
