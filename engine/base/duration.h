// Lengths of time and amounts of bytes as authors write them: `500ms 30s 5m 1h30m 2d`, `64KiB 10MiB`.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runbook {

using Duration = std::chrono::milliseconds;

// The clock of a run: milliseconds since the run began, monotonic, standing still while no engine drives the run.
// It never comes from the wall, so deadlines survive clock jumps and a resume.
struct RunClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<RunClock>;
  static constexpr bool is_steady = true;
};
using Time = RunClock::time_point;

struct Unit {
  std::string_view name;
  std::int64_t size;  // in milliseconds, in bytes
};
// The units, the largest first.
inline constexpr std::array<Unit, 5> time_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
// The smallest first.
inline constexpr std::array<Unit, 5> byte_units{
    {{"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"TiB", 1LL << 40}}};
inline constexpr Duration longest_duration{366 * time_units[0].size};

// Parts in falling order of unit, each unit at most once, no sign, no spaces: `1h30m`. nullopt for all else,
// `0s` included only when `allow_zero`; at most 366 days.
std::optional<Duration> parse_duration(std::string_view text, bool allow_zero = false);
inline constexpr std::string_view duration_units = "ms, s, m, h, d";

// As an author would write it, exactly: `1h30m`, `500ms`, `1m30s`.
std::string write_duration(Duration duration);
// For people, rounded: `0.3s`, `12.0s`, `1m02s`, `2h05m`, `3d04h`.
std::string show_duration(Duration duration);

std::optional<std::uint64_t> parse_size(std::string_view text);  // B KiB MiB GiB TiB
inline constexpr std::string_view size_units = "B, KiB, MiB, GiB, TiB";
std::string show_size(std::uint64_t bytes);  // `64 MiB`, `1.5 KiB`

}  // namespace runbook
