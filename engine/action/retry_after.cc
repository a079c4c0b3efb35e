#include "action/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/text.h"

namespace runbook {
namespace {

constexpr std::int64_t longest = 86'400;

std::optional<std::string_view> header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name) return trim(value);
  return std::nullopt;
}

// Digits and nothing else.
std::optional<std::int64_t> number(std::string_view text) {
  const bool digits = !text.empty() && text.size() <= 18 &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<unsigned> month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin()) + 1;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(" -,");
    if (begin == std::string_view::npos) break;
    const auto end = std::min(text.find_first_of(" -,", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
  return words;
}

std::optional<std::int64_t> make_time(std::string_view year_text, std::string_view month_text,
                                      std::string_view day_text, std::string_view clock, std::int64_t now) {
  auto year = number(year_text);
  const auto month = month_number(month_text);
  const auto day = number(day_text);
  if (!year || !month || !day || clock.size() != 8 || clock[2] != ':' || clock[5] != ':') return std::nullopt;
  if (year_text.size() == 2) {  // more than 50 years ahead means the century before
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(now)));
    const int this_year = static_cast<int>(std::chrono::year_month_day(today).year());
    *year += this_year / 100 * 100;
    if (*year > this_year + 50) *year -= 100;
  }
  const auto hour = number(clock.substr(0, 2)), minute = number(clock.substr(3, 2)),
             second = number(clock.substr(6, 2));
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(std::min<std::int64_t>(*year, 9999))),
                                         std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(std::min<std::int64_t>(*day, 99)))};
  if (!date.ok() || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now) {
  const auto words = words_of(text);
  // Sun, 06 Nov 1994 08:49:37 GMT — Sunday, 06-Nov-94 08:49:37 GMT
  if (words.size() == 6 && words[5] == "GMT") return make_time(words[3], words[2], words[1], words[4], now);
  // Sun Nov  6 08:49:37 1994
  if (words.size() == 5) return make_time(words[4], words[1], words[2], words[3], now);
  return std::nullopt;
}

std::optional<Duration> retry_after(const HttpHeaders& headers, std::int64_t now) {
  const auto wanted = header(headers, "retry-after");
  if (!wanted) return std::nullopt;
  auto seconds = number(*wanted);
  if (!seconds) {
    const auto due = parse_http_date(*wanted, now);
    if (!due) return std::nullopt;
    const auto date = header(headers, "date");
    const auto sent = date ? parse_http_date(*date, now) : std::nullopt;
    seconds = *due - sent.value_or(now);
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, longest));
}

}  // namespace runbook
