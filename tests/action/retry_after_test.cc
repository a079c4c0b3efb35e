#include "action/retry_after.h"

#include <catch2/catch.hpp>

using namespace runbook;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t now = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

std::optional<Duration> wait(std::string value, std::string date = "") {
  HttpHeaders headers{{"server", "x"}, {"retry-after", std::move(value)}};
  if (!date.empty()) headers.emplace_back("date", std::move(date));
  return retry_after(headers, now);
}

}  // namespace

TEST_CASE("the three forms of an HTTP date") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == now);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == now);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994", now) == now);
  CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT", now) == 0);
  CHECK(parse_http_date("Friday, 01-Jan-99 00:00:00 GMT", 1'790'000'000) == 915148800);   // 2026: not 2099
  CHECK(parse_http_date("Friday, 01-Jan-70 00:00:00 GMT", 1'790'000'000) == 3155760000);  // but 2070
  for (const char* bad :
       {"", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT GMT",
        "Sun, -6 Nov 1994 08:49 GMT"}) {
    INFO(bad);
    CHECK_FALSE(parse_http_date(bad, now));
  }
}

TEST_CASE("Retry-After in seconds and as a date") {
  CHECK(wait("120") == 120s);
  CHECK(wait(" 0 ") == 0s);
  CHECK(wait("999999999999") == 24h);
  for (const char* bad : {"", "-1", "1.5", "10s", "99999999999999999999"}) CHECK_FALSE(wait(bad));
  CHECK(wait("Sun, 06 Nov 1994 08:50:37 GMT") == 60s);
  // The server's clock is what it counts by.
  CHECK(wait("Sun, 06 Nov 1994 10:50:37 GMT", "Sun, 06 Nov 1994 10:50:30 GMT") == 7s);
  CHECK(wait("Sun, 06 Nov 1994 08:50:37 GMT", "no date") == 60s);
  CHECK(wait("Sun, 06 Nov 1994 08:00:00 GMT") == 0s);
  CHECK_FALSE(retry_after({{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, now));
}
