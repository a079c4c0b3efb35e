#include "report/wall.h"

#include <array>
#include <cstdio>

namespace runbook {
namespace {

struct Civil {
  int year, month, day, hour, minute, second;
  std::chrono::sys_days date;
};

Civil civil(WallTime time) {
  const auto date = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day ymd(date);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - date));
  return {static_cast<int>(ymd.year()),
          static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          date};
}

template <class... Arguments>
std::string print(const char* format, Arguments... arguments) {
  char buffer[96];
  std::snprintf(buffer, sizeof buffer, format, arguments...);
  return buffer;
}

}  // namespace

std::string show_wall(WallTime time) {
  const auto t = civil(time);
  return print("%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

std::string show_wall_exactly(WallTime time) {
  const auto part = time - std::chrono::floor<std::chrono::seconds>(time);
  auto text = show_wall(time);
  text.pop_back();
  return text + print(".%03dZ", static_cast<int>(part.count()));
}

std::string show_when(WallTime time, WallTime now) {
  static constexpr std::array<const char*, 7> names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const auto t = civil(time);
  const auto days_ago = (civil(now).date - t.date).count();
  const auto clock = print("%02d:%02d", t.hour, t.minute);
  if (days_ago == 0) return "today " + clock;
  if (days_ago == 1) return "yesterday " + clock;
  if (days_ago > 1 && days_ago < 7) return std::string(names[std::chrono::weekday(t.date).c_encoding()]) + " " + clock;
  return print("%04d-%02d-%02d ", t.year, t.month, t.day) + clock;
}

}  // namespace runbook
