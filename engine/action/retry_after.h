// When an HTTP server wants to be asked again (RFC 9110, 10.2.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.h"

namespace runbook {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;  // names in lower case

// Of `Retry-After`: seconds, or a date, which counts from the server's own `Date`, so that a clock that is wrong there
// or here does not matter; without one, from `now`, seconds since 1970 UTC. At most a day; a time that has passed is 0.
// nullopt: it says nothing, or nothing that can be read.
std::optional<Duration> retry_after(const HttpHeaders& headers, std::int64_t now);

// `Sun, 06 Nov 1994 08:49:37 GMT`, and the two older forms that servers may still send (RFC 9110, 5.6.7), as seconds
// since 1970 UTC. `now` decides the century of a year of two digits.
std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now);

}  // namespace runbook
