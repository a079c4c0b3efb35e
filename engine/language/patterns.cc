#include "language/patterns.h"

#include "base/duration.h"

namespace runbook {
namespace {

std::string digit_between(char low, char high) {
  if (low == high) return std::string(1, low);
  return std::string("[") + low + "-" + high + "]";
}

std::string any_digits(std::size_t count) {
  if (count == 0) return {};
  return count == 1 ? "[0-9]" : "[0-9]{" + std::to_string(count) + "}";
}

}  // namespace

std::string number_pattern(std::uint64_t most) {
  const auto digits = std::to_string(most);
  const auto count = digits.size();
  std::string choices;
  if (count > 1) choices += "[0-9]{1," + std::to_string(count - 1) + "}|";
  for (std::size_t i = 0; i + 1 < count; ++i) {  // those that are less at this digit, and the same before it
    const char low = i == 0 ? '1' : '0';
    if (digits[i] <= low) continue;
    choices +=
        digits.substr(0, i) + digit_between(low, static_cast<char>(digits[i] - 1)) + any_digits(count - i - 1) + "|";
  }
  return "0*(" + choices + digits.substr(0, count - 1) + digit_between('0', digits[count - 1]) + ")";
}

std::string duration_pattern() {
  std::string pattern = "^";
  for (const auto& unit : time_units) pattern += "([0-9]+" + std::string(unit.name) + ")?";
  return pattern + "$";
}

std::string bounded_duration_pattern() {
  std::string pattern = "^";
  for (const auto& unit : time_units) {
    const auto most = static_cast<std::uint64_t>(longest_duration.count() / unit.size);
    pattern += "(" + number_pattern(most) + std::string(unit.name) + ")?";
  }
  return pattern + "$";
}

std::string size_pattern() {
  std::string units;
  for (const auto& unit : byte_units) units += (units.empty() ? "" : "|") + std::string(unit.name);
  return "^[0-9]+(" + units + ")$";
}

std::string bounded_size_pattern(std::uint64_t most) {
  std::string choices;
  for (const auto& unit : byte_units) {
    const auto in_unit = most / static_cast<std::uint64_t>(unit.size);
    choices += (choices.empty() ? "" : "|") + number_pattern(in_unit) + std::string(unit.name);
  }
  return "^(" + choices + ")$";
}

}  // namespace runbook
