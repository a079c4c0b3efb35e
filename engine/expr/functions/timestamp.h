// RFC 3339 times, as milliseconds since 1970 UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runbook {

// `2024-05-01T12:30:00Z`, `…12:30:00.250+02:00`, also with a blank instead of T; parts of a millisecond are cut off.
std::optional<std::int64_t> parse_timestamp(std::string_view text);
// In UTC; milliseconds only when there are any. The years 1 to 9999.
std::string write_timestamp(std::int64_t milliseconds);

}  // namespace runbook
