#include "report/output_lines.h"

#include <algorithm>

#include "base/text.h"

namespace runbook {
namespace {

constexpr char esc = '\x1b';

// Length of the escape sequence that `text` begins with; 0 when there is none or it is not complete.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2 || text[0] != esc) return 0;
  const char kind = text[1];
  if (kind == '[') {
    std::size_t i = 2;
    while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x3f) ++i;
    return i < text.size() && text[i] >= 0x40 && text[i] <= 0x7e ? i + 1 : 0;
  }
  if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_') {
    for (std::size_t i = 2; i < text.size(); ++i) {
      if (text[i] == '\a') return i + 1;
      if (text[i] == esc) return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : 0;
    }
    return 0;
  }
  std::size_t i = 1;
  while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x2f) ++i;
  return i < text.size() && text[i] >= 0x30 && text[i] <= 0x7e ? i + 1 : 0;
}

// How many bytes of a character that has begun stand at the end of `text`: 0-3.
std::size_t cut_character(std::string_view text) {
  const auto longest = std::min<std::size_t>(3, text.size());
  for (std::size_t back = 1; back <= longest; ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

std::string strip_escapes(std::string_view line) {
  std::string plain;
  plain.reserve(line.size());
  while (!line.empty()) {
    if (const auto length = escape_length(line)) {
      line.remove_prefix(length);
      continue;
    }
    plain += line.front();
    line.remove_prefix(1);
  }
  while (!plain.empty() && plain.back() == '\r') plain.pop_back();
  if (const auto overwritten = plain.rfind('\r'); overwritten != std::string::npos) plain.erase(0, overwritten + 1);
  return plain;
}

void LineAssembler::feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    if (end != std::string_view::npos && line_.size() + end <= max_line_) {
      line_ += bytes.substr(0, end);
      sink(line_, true);
      line_.clear();
      bytes.remove_prefix(end + 1);
      continue;
    }
    const auto taken = std::min(bytes.size(), max_line_ - std::min(max_line_, line_.size()));
    line_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    if (line_.size() < max_line_) continue;
    const auto cut = cut_character(line_);
    sink(std::string_view(line_).substr(0, line_.size() - cut), false);
    line_.erase(0, line_.size() - cut);
  }
}

void LineAssembler::finish(const Sink& sink) {
  if (!line_.empty()) sink(line_, true);
  line_.clear();
}

std::string_view LineAssembler::begun() const {
  return std::string_view(line_).substr(0, line_.size() - cut_character(line_));
}

}  // namespace runbook
