#include "base/wall_time.h"

namespace runbook {
namespace {

constexpr std::string_view pattern = "dddd-dd-ddTdd:dd:dd.dddZ";

void put(std::string& text, std::size_t at, std::size_t digits, long number) {
  for (std::size_t i = digits; i-- > 0; number /= 10) text[at + i] = static_cast<char>('0' + number % 10);
}

long take(std::string_view text, std::size_t at, std::size_t digits) {
  long number = 0;
  for (std::size_t i = 0; i < digits; ++i) number = 10 * number + (text[at + i] - '0');
  return number;
}

}  // namespace

WallTime wall_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::string write_wall_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text(pattern);
  put(text, 0, 4, static_cast<int>(date.year()));
  put(text, 5, 2, static_cast<unsigned>(date.month()));
  put(text, 8, 2, static_cast<unsigned>(date.day()));
  put(text, 11, 2, clock.hours().count());
  put(text, 14, 2, clock.minutes().count());
  put(text, 17, 2, clock.seconds().count());
  put(text, 20, 3, clock.subseconds().count());
  return text;
}

std::optional<WallTime> parse_wall_time(std::string_view text) {
  if (text.size() != pattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = pattern[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == pattern[i];
    if (!fits) return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(take(text, 0, 4))),
                                         std::chrono::month(static_cast<unsigned>(take(text, 5, 2))),
                                         std::chrono::day(static_cast<unsigned>(take(text, 8, 2))));
  const long hours = take(text, 11, 2), minutes = take(text, 14, 2), seconds = take(text, 17, 2);
  if (!date.ok() || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::seconds(seconds) + std::chrono::milliseconds(take(text, 20, 3));
}

}  // namespace runbook
