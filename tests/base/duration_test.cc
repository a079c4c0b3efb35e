#include "base/duration.h"

#include <catch2/catch.hpp>

using namespace runbook;
using namespace std::chrono_literals;

TEST_CASE("durations are read as authors write them") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("2d") == 48h);
  CHECK(parse_duration("366d").has_value());
  for (const char* bad :
       {"", "0s", "5", "1.5s", "-1s", "30m1h", "1s1s", "5 m", "5M", "367d", "99999999999999999999s", "s", "1h "})
    CHECK_FALSE(parse_duration(bad).has_value());
  CHECK(parse_duration("0s", true) == 0ms);
}

TEST_CASE("a duration is written so that it reads back the same") {
  for (auto d : {1ms, 1500ms, 90'000ms, 3'600'000ms, 90'061'001ms}) CHECK(parse_duration(write_duration(d)) == d);
  CHECK(write_duration(90min) == "1h30m");
}

TEST_CASE("durations are shown rounded, without a jump at the borders") {
  CHECK(show_duration(340ms) == "0.3s");
  CHECK(show_duration(59'949ms) == "59.9s");
  CHECK(show_duration(59'950ms) == "1m00s");
  CHECK(show_duration(62s) == "1m02s");
  CHECK(show_duration(3599'600ms) == "1h00m");
  CHECK(show_duration(125min) == "2h05m");
  CHECK(show_duration(76h) == "3d04h");
}

TEST_CASE("sizes") {
  CHECK(parse_size("64KiB") == 65536u);
  CHECK_FALSE(parse_size("64").has_value());
  CHECK_FALSE(parse_size("64kb").has_value());
  CHECK_FALSE(parse_size("9999999999TiB").has_value());
  CHECK(show_size(1536) == "1.5 KiB");
  CHECK(show_size(64 << 20) == "64 MiB");
}
