#include "journal/line_reader.h"

#include <algorithm>

#include "base/io.h"
#include "journal/record.h"

namespace runbook {
namespace {

constexpr std::size_t chunk = 256 << 10;

}  // namespace

// Appends one chunk to the buffer; false at the end of the file.
Result<bool> LineReader::fill() {
  if (ended_) return false;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const auto size = buffer_.size();
  buffer_.resize(size + chunk);
  const auto count = read_some(file_, buffer_.data() + size, chunk, path_);
  buffer_.resize(size + (count ? *count : 0));
  if (!count) return tl::unexpected(count.error());
  ended_ = *count == 0;
  return !ended_;
}

Result<std::optional<Line>> LineReader::next() {
  Line line;
  line.offset = offset_;
  std::size_t searched = 0;  // bytes after begin_ known to hold no newline
  while (true) {
    const auto newline = buffer_.find('\n', begin_ + searched);
    if (newline != std::string::npos) {
      const auto length = newline - begin_;
      line.terminated = true;
      line.too_long = line.too_long || length > longest_line;
      if (!line.too_long) line.text = std::string_view(buffer_).substr(begin_, length);
      begin_ += length + 1;
      offset_ += length + 1;
      return line;
    }
    searched = buffer_.size() - begin_;
    if (searched > longest_line) {
      line.too_long = true;
      offset_ += searched;
      begin_ = buffer_.size();
      searched = 0;
    }
    const auto more = fill();
    if (!more) return tl::unexpected(more.error());
    if (*more) continue;
    if (searched == 0 && !line.too_long) return std::nullopt;
    if (!line.too_long) line.text = std::string_view(buffer_).substr(begin_, searched);
    begin_ += searched;
    offset_ += searched;
    return line;
  }
}

}  // namespace runbook
