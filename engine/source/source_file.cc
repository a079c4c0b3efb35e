#include "source/source_file.h"

#include <algorithm>

#include "base/text.h"

namespace runbook {

SourceFile::SourceFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
}

std::size_t SourceFile::line_start(std::uint32_t number) const {
  return number == 0 || number > line_starts_.size() ? text_.size() : line_starts_[number - 1];
}

std::string_view SourceFile::line(std::uint32_t number) const {
  const auto start = line_start(number);
  auto line = text().substr(start);
  line = line.substr(0, line.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::uint32_t SourceFile::line_at(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<std::uint32_t>(after - line_starts_.begin());
}

std::uint32_t Span::line() const { return file ? file->line_at(offset) : 0; }

std::uint32_t Span::column() const {
  if (!file) return 0;
  auto before = file->text().substr(file->line_start(line()));
  before = before.substr(0, offset - file->line_start(line()));
  std::uint32_t column = 1;
  while (!before.empty()) {
    before.remove_prefix(std::max<std::size_t>(1, utf8_sequence(before)));
    ++column;
  }
  return column;
}

std::string_view Span::text() const { return file ? file->text().substr(offset, length) : std::string_view(); }

Span Text::at(std::size_t offset, std::size_t length) const {
  if (!span) return span;
  if (block) {
    // The value's line k stands on the k-th line after the header, behind the block's indentation.
    const auto k = static_cast<std::uint32_t>(std::count(value.begin(), value.begin() + offset, '\n'));
    const auto line_start = value.rfind('\n', offset == 0 ? 0 : offset - 1);
    const auto in_line = offset - (k == 0 || line_start == std::string::npos ? 0 : line_start + 1);
    const auto row = span.line() + 1 + k;
    const auto source_line = span.file->line(row);
    auto value_line = std::string_view(value).substr(offset - in_line);
    value_line = value_line.substr(0, value_line.find('\n'));
    const auto indent = source_line.find(value_line);
    if (indent != std::string_view::npos && trim(source_line.substr(0, indent)).empty())
      return {span.file, span.file->line_start(row) + indent + in_line, std::min(length, value_line.size() - in_line)};
    return span;
  }
  const auto written = span.text();
  const std::size_t quote = written.size() == value.size() + 2 ? 1 : 0;
  if (written.size() >= value.size() && written.substr(quote, value.size()) == value)
    return {span.file, span.offset + quote + offset, length};
  return span;
}

}  // namespace runbook
