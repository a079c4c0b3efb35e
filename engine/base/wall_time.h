// Wall clock times as journals and people write them: RFC 3339, UTC, milliseconds. Information only; nothing in a run
// is decided by them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace runbook {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

WallTime wall_now();
std::string write_wall_time(WallTime time);                      // `2026-11-20T23:15:04.118Z`
std::optional<WallTime> parse_wall_time(std::string_view text);  // that form only

}  // namespace runbook
