// What an HTTP step leaves in its log before the body: each request, each answer, where the time went. The values of
// credential headers are never in it, secret or not; what else is secret the caller redacts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "action/http_work.h"

namespace runbook {

struct HttpExchange {
  std::string status_line;                                   // `200 OK`; empty: no answer
  std::vector<std::pair<std::string, std::string>> headers;  // of the answer
  std::string timing;
  std::string problem;  // why there is no whole answer; empty: there is
};

std::string write_exchange(const HttpWork& work, std::uint64_t body_size, const HttpExchange& exchange);

}  // namespace runbook
