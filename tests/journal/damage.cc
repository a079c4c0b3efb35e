#include "journal/damage.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/text.h"
#include "journal/chain.h"

namespace runbook::test {
namespace {

std::vector<std::string> lines_of(const std::string& bytes) {
  std::vector<std::string> lines;
  for (const auto line : split_lines(bytes)) lines.emplace_back(line);
  return lines;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const auto& line : lines) bytes += line + "\n";
  return bytes;
}

}  // namespace

Damage& Damage::set_byte(std::size_t at, char value) {
  bytes_.at(at) = value;
  return *this;
}

Damage& Damage::cut(std::size_t size) {
  bytes_.resize(size);
  return *this;
}

Damage& Damage::remove_line(std::size_t line) {
  auto lines = lines_of(bytes_);
  lines.at(line);
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line));
  bytes_ = join_lines(lines);
  return *this;
}

Damage& Damage::swap_lines(std::size_t a, std::size_t b) {
  auto lines = lines_of(bytes_);
  std::swap(lines.at(a), lines.at(b));
  bytes_ = join_lines(lines);
  return *this;
}

Damage& Damage::append(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

Damage& Damage::replace(std::size_t line, std::string_view from, std::string_view to) {
  auto lines = lines_of(bytes_);
  const auto at = lines.at(line).find(from);
  if (at == std::string::npos) throw std::logic_error("the line does not hold " + std::string(from));
  lines[line].replace(at, from.size(), to);
  bytes_ = join_lines(lines);
  return *this;
}

Damage& Damage::fix_hashes_from(std::size_t line) {
  auto lines = lines_of(bytes_);
  Digest head = line == 0 ? chain_start : split_chained_line(lines.at(line - 1)).value().stated;
  for (; line < lines.size(); ++line) {
    lines[line].resize(lines[line].size() - hash_suffix_size);
    append_hash_suffix(lines[line], 0, head);
  }
  bytes_ = join_lines(lines);
  return *this;
}

Damage& Damage::renumber_from(std::size_t line) {
  auto lines = lines_of(bytes_);
  for (; line < lines.size(); ++line) {
    const auto end = lines[line].find(',');
    lines[line].replace(0, end, "{\"seq\":" + std::to_string(line));
  }
  bytes_ = join_lines(lines);
  return *this;
}

}  // namespace runbook::test
