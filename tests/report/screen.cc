#include "report/screen.h"

#include <algorithm>

#include "base/text.h"

namespace runbook::test {
namespace {

std::string joined(const std::vector<std::string>& cells) {
  std::string text;
  for (const auto& cell : cells) text += cell;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

Screen::Screen(int columns, int rows) : columns_(columns), rows_(rows) {}

std::size_t Screen::top() const {
  const auto rows = static_cast<std::size_t>(rows_);
  return lines_.size() > rows ? lines_.size() - rows : 0;
}

Screen::Line& Screen::line_at_cursor() { return lines_[row_]; }

void Screen::write(std::string_view bytes) {
  ++writes_;
  while (!bytes.empty()) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    if (byte == 0x1b) {
      escape(bytes);
      continue;
    }
    if (byte == '\r') {
      column_ = 0;
    } else if (byte == '\n') {
      column_ = 0;
      line_feed();
    } else if (byte < 0x20 || byte == 0x7f) {
      mistakes_.push_back("control character " + std::to_string(byte));
    } else {
      const auto length = utf8_sequence(bytes);
      if (length == 0) {
        mistakes_.push_back("invalid UTF-8");
        bytes.remove_prefix(1);
        continue;
      }
      if (byte == 0xc2 && static_cast<unsigned char>(bytes[1]) < 0xa0) mistakes_.push_back("C1 control character");
      put(std::string(bytes.substr(0, length)), static_cast<int>(display_width(bytes.substr(0, length))));
      bytes.remove_prefix(length);
      continue;
    }
    bytes.remove_prefix(1);
  }
  if (synchronized_) mistakes_.push_back("a write ended inside a synchronized update");
}

void Screen::put(std::string character, int width) {
  if (width == 0) {  // combines with the character before
    if (auto& cells = line_at_cursor().cells; column_ > 0) cells[static_cast<std::size_t>(column_ - 1)] += character;
    return;
  }
  if (column_ + width > columns_) {
    line_at_cursor().continues = true;
    column_ = 0;
    line_feed();
  }
  auto& cells = line_at_cursor().cells;
  if (cells.size() < static_cast<std::size_t>(column_ + width))
    cells.resize(static_cast<std::size_t>(column_ + width), " ");
  cells[static_cast<std::size_t>(column_)] = std::move(character);
  if (width == 2) cells[static_cast<std::size_t>(column_ + 1)].clear();
  column_ += width;
}

void Screen::line_feed() {
  if (++row_ == lines_.size()) lines_.emplace_back();
}

void Screen::escape(std::string_view& bytes) {
  const auto end = bytes.find_first_of("ABCDEFGHJKSTfhlmnsu", 2);
  if (bytes.size() < 3 || bytes[1] != '[' || end == std::string_view::npos) {
    mistakes_.push_back("escape sequence " + printable(bytes.substr(0, 8)));
    bytes.remove_prefix(1);
    return;
  }
  const auto argument = std::string(bytes.substr(2, end - 2));
  const char what = bytes[end];
  bytes.remove_prefix(end + 1);
  if (what == 'm') return;
  if (what == 'A') {
    const auto up = static_cast<std::size_t>(std::stoi(argument));
    row_ = row_ >= top() + up ? row_ - up : top();
  } else if (what == 'J' && argument.empty()) {
    auto& cells = line_at_cursor().cells;
    cells.resize(std::min(cells.size(), static_cast<std::size_t>(column_)));
    line_at_cursor().continues = false;
    lines_.resize(row_ + 1);
  } else if ((what == 'h' || what == 'l') && argument == "?2026") {
    if (synchronized_ == (what == 'h')) mistakes_.push_back("unpaired synchronized update");
    synchronized_ = what == 'h';
  } else {
    mistakes_.push_back("escape sequence ESC[" + argument + what);
  }
}

void Screen::resize(int columns, bool reflow) {
  if (!reflow) {
    for (auto& line : lines_) line.cells.resize(std::min(line.cells.size(), static_cast<std::size_t>(columns)));
    columns_ = columns;
    column_ = std::min(column_, columns - 1);
    return;
  }
  // The cursor stands at the start of an empty line whenever a report is not writing; it stays there.
  std::vector<Line> old;
  old.swap(lines_);
  const auto cursor = row_;
  columns_ = columns;
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < old.size(); ++i) {
    if (i == cursor) row_ = lines_.size();
    cells.insert(cells.end(), old[i].cells.begin(), old[i].cells.end());
    if (old[i].continues) continue;
    const auto width = static_cast<std::size_t>(columns);
    for (std::size_t start = 0; start == 0 || start < cells.size(); start += width) {
      const auto stop = std::min(cells.size(), start + width);
      lines_.push_back(
          {{cells.begin() + static_cast<std::ptrdiff_t>(start), cells.begin() + static_cast<std::ptrdiff_t>(stop)},
           stop < cells.size()});
    }
    cells.clear();
  }
}

std::vector<std::string> Screen::lines() const {
  std::vector<std::string> texts;
  for (const auto& line : lines_) texts.push_back(joined(line.cells));
  while (!texts.empty() && texts.back().empty()) texts.pop_back();
  return texts;
}

std::string Screen::text() const {
  std::string text;
  for (const auto& line : lines()) text += line + "\n";
  return text;
}

bool Screen::wrapped() const {
  return std::any_of(lines_.begin(), lines_.end(), [](const Line& line) { return line.continues; });
}

}  // namespace runbook::test
