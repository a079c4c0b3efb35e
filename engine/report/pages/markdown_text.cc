#include "report/pages/markdown_text.h"

#include <algorithm>

#include "base/text.h"

namespace runbook {
namespace {

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Whether the character at `i` would be markup. What is only so at the beginning of a line is left alone elsewhere:
// the source should be readable, too.
bool is_markup(std::string_view text, std::size_t i) {
  const char c = text[i];
  const char next = i + 1 < text.size() ? text[i + 1] : ' ';
  const char before = i > 0 ? text[i - 1] : ' ';
  switch (c) {
    case '\\':
    case '`':
    case '*':
    case '[':
    case ']':
    case '<':
    case '~':
    case '$':  // a formula
      return true;
    case '_': return !is_word(before) || !is_word(next);
    case '&': return is_word(next) || next == '#';
    case '#':
    case '>':
    case '-':
    case '+':
    case '=': return i == 0;
    case '.':
    case ')':  // `1. ` begins a list
      return i > 0 && next == ' ' && std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), is_digit);
  }
  return false;
}

}  // namespace

std::string markdown_text(std::string_view raw) {
  const auto text = printable(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_markup(text, i)) out += '\\';
    out += text[i];
  }
  return out;
}

std::string markdown_code(std::string_view raw) {
  const auto text = printable(raw);
  if (trim(text).empty()) return "";
  const std::string fence(longest_run_of_backticks(text) + 1, '`');
  const bool apart = text.front() == '`' || text.back() == '`';  // else they would belong to the fence
  return fence + (apart ? " " : "") + text + (apart ? " " : "") + fence;
}

std::string markdown_block(const std::vector<std::string>& lines, std::string_view indent) {
  std::size_t longest = 2;
  for (const auto& line : lines) longest = std::max(longest, longest_run_of_backticks(line));
  const auto fence = std::string(indent) + std::string(longest + 1, '`');
  auto out = fence + "text\n";
  for (const auto& line : lines) out += std::string(indent) + printable(line) + "\n";
  return out + fence + "\n";
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const auto& cell : cells) {
    if (!cell.empty()) row += ' ';
    for (const char c : cell) row += c == '|' ? std::string("\\|") : std::string(1, c);
    row += " |";
  }
  return row + "\n";
}

}  // namespace runbook
