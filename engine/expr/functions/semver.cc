#include "expr/functions/semver.h"

#include <algorithm>

namespace runbook {
namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::string_view identifier = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";

struct Version {
  std::string_view core, prerelease, build;
  bool has_prerelease = false, has_build = false;
};

Version take_apart(std::string_view text) {
  Version version;
  if (!text.empty() && text[0] == 'v') text.remove_prefix(1);
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    version.build = text.substr(plus + 1);
    version.has_build = true;
    text = text.substr(0, plus);
  }
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    version.prerelease = text.substr(dash + 1);
    version.has_prerelease = true;
    text = text.substr(0, dash);
  }
  version.core = text;
  return version;
}

// The part before the next dot, taken off `text`.
std::string_view take(std::string_view& text) {
  const auto dot = text.find('.');
  const auto part = text.substr(0, dot);
  text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  return part;
}

bool only(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

bool are_identifiers(std::string_view text) {
  if (text.empty() || text.back() == '.') return false;
  while (!text.empty())
    if (!only(take(text), identifier)) return false;
  return true;
}

int sign(int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

// Of any length: numbers are compared as text.
int compare_numbers(std::string_view left, std::string_view right) {
  left.remove_prefix(std::min(left.find_first_not_of('0'), left.size()));
  right.remove_prefix(std::min(right.find_first_not_of('0'), right.size()));
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  return sign(left.compare(right));
}

int compare_identifiers(std::string_view left, std::string_view right) {
  const bool left_number = only(left, digits), right_number = only(right, digits);
  if (left_number && right_number) return compare_numbers(left, right);
  if (left_number != right_number) return left_number ? -1 : 1;
  return sign(left.compare(right));
}

}  // namespace

bool is_version(std::string_view text) {
  const auto version = take_apart(text);
  auto core = version.core;
  if (std::count(core.begin(), core.end(), '.') != 2) return false;
  for (int i = 0; i < 3; ++i)
    if (!only(take(core), digits)) return false;
  return (!version.has_prerelease || are_identifiers(version.prerelease)) &&
         (!version.has_build || are_identifiers(version.build));
}

int compare_versions(std::string_view left, std::string_view right) {
  auto a = take_apart(left), b = take_apart(right);
  for (int i = 0; i < 3; ++i)
    if (const int order = compare_numbers(take(a.core), take(b.core))) return order;
  if (a.has_prerelease != b.has_prerelease) return a.has_prerelease ? -1 : 1;
  while (!a.prerelease.empty() && !b.prerelease.empty())
    if (const int order = compare_identifiers(take(a.prerelease), take(b.prerelease))) return order;
  return a.prerelease.empty() == b.prerelease.empty() ? 0 : a.prerelease.empty() ? -1 : 1;
}

}  // namespace runbook
