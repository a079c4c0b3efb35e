#include "base/duration.h"

#include <charconv>
#include <cstdio>
#include <limits>

namespace runbook {
namespace {

constexpr std::int64_t longest = longest_duration.count();

// Takes leading digits off `text`; false when there are none or they do not fit.
bool take_number(std::string_view& text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty() || text[0] == '-') return false;
  text.remove_prefix(end - text.data());
  return true;
}

std::string print(const char* format, double value, const char* unit) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value, unit);
  return buffer;
}

std::string print_pair(std::int64_t major, const char* major_unit, std::int64_t minor, const char* minor_unit) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%lld%s%02lld%s", static_cast<long long>(major), major_unit,
                static_cast<long long>(minor), minor_unit);
  return buffer;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text, bool allow_zero) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // units may only get smaller
  while (!text.empty()) {
    std::int64_t number = 0;
    if (!take_number(text, number)) return std::nullopt;
    std::size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    const auto name = text.substr(0, letters);
    std::size_t unit = next_unit;
    while (unit < time_units.size() && time_units[unit].name != name) ++unit;
    if (unit == time_units.size()) return std::nullopt;
    if (number > longest / time_units[unit].size) return std::nullopt;
    total += number * time_units[unit].size;
    if (total > longest) return std::nullopt;
    next_unit = unit + 1;
    text.remove_prefix(letters);
  }
  if (total == 0 && !allow_zero) return std::nullopt;
  return Duration(total);
}

std::string write_duration(Duration duration) {
  auto rest = duration.count();
  if (rest == 0) return "0s";
  std::string text;
  for (const auto& unit : time_units) {
    if (const auto count = rest / unit.size; count != 0) {
      text += std::to_string(count) + std::string(unit.name);
      rest %= unit.size;
    }
  }
  return text;
}

std::string show_duration(Duration duration) {
  const auto ms = duration.count();
  if (ms < 59'950) return print("%.1f%s", static_cast<double>(ms) / 1000, "s");
  const auto seconds = (ms + 500) / 1000;
  if (seconds < 3600) return print_pair(seconds / 60, "m", seconds % 60, "s");
  const auto minutes = (seconds + 30) / 60;
  if (minutes < 24 * 60) return print_pair(minutes / 60, "h", minutes % 60, "m");
  const auto hours = (minutes + 30) / 60;
  return print_pair(hours / 24, "d", hours % 24, "h");
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::int64_t number = 0;
  if (!take_number(text, number)) return std::nullopt;
  for (const auto& unit : byte_units) {
    if (unit.name != text) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.size) return std::nullopt;
    return static_cast<std::uint64_t>(number * unit.size);
  }
  return std::nullopt;
}

std::string show_size(std::uint64_t bytes) {
  std::size_t unit = 0;
  double value = static_cast<double>(bytes);
  while (unit + 1 < byte_units.size() && value >= 1024) {
    value /= 1024;
    ++unit;
  }
  const bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
  return print(whole ? "%.0f %s" : "%.1f %s", value, byte_units[unit].name.data());
}

}  // namespace runbook
