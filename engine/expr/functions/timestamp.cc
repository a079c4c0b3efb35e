#include "expr/functions/timestamp.h"

#include <chrono>
#include <cstdio>

namespace runbook {
namespace {

// Takes exactly `count` digits off `text`.
bool take_digits(std::string_view& text, std::size_t count, int& number) {
  if (text.size() < count) return false;
  number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take_one(std::string_view& text, std::string_view choices) {
  if (text.empty() || choices.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// `.250`; missing is zero.
bool take_fraction(std::string_view& text, int& milliseconds) {
  milliseconds = 0;
  if (!take_one(text, ".")) return true;
  std::size_t count = 0;
  for (int weight = 100; !text.empty() && text[0] >= '0' && text[0] <= '9'; weight /= 10, ++count) {
    milliseconds += (text[0] - '0') * weight;
    text.remove_prefix(1);
  }
  return count > 0;
}

bool take_offset(std::string_view& text, int& minutes) {
  minutes = 0;
  if (take_one(text, "Zz")) return true;
  const bool west = !text.empty() && text[0] == '-';
  int hours = 0;
  if (!take_one(text, "+-") || !take_digits(text, 2, hours) || !take_one(text, ":") || !take_digits(text, 2, minutes) ||
      hours > 23 || minutes > 59)
    return false;
  minutes = (hours * 60 + minutes) * (west ? -1 : 1);
  return true;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0, offset = 0;
  if (!take_digits(text, 4, year) || !take_one(text, "-") || !take_digits(text, 2, month) || !take_one(text, "-") ||
      !take_digits(text, 2, day) || !take_one(text, "Tt ") || !take_digits(text, 2, hour) || !take_one(text, ":") ||
      !take_digits(text, 2, minute) || !take_one(text, ":") || !take_digits(text, 2, second) ||
      !take_fraction(text, millisecond) || !take_offset(text, offset) || !text.empty())
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute - offset) * 60'000 + second * 1000 + millisecond;
}

std::string write_timestamp(std::int64_t milliseconds) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(milliseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[48];
  int size = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                           static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                           static_cast<int>(clock.seconds().count()));
  if (const auto rest = static_cast<int>(clock.subseconds().count()))
    size += std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size), ".%03d", rest);
  return std::string(text, static_cast<std::size_t>(size)) + "Z";
}

}  // namespace runbook
