// Screen: a small terminal that remembers. It understands exactly what our reports may send: text, CR, LF, cursor up,
// erase below, colours and synchronized updates; anything else is a mistake and is kept as one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook::test {

class Screen {
 public:
  Screen(int columns, int rows);

  void write(std::string_view bytes);
  // Lines that were wrapped are joined and wrapped anew (`reflow`, as most terminals do), or cut (as xterm does).
  void resize(int columns, bool reflow);

  // All lines, scroll-back included, without trailing blanks; the empty ones at the end are left out.
  std::string text() const;
  std::vector<std::string> lines() const;
  const std::vector<std::string>& mistakes() const { return mistakes_; }
  // A line was longer than the screen is wide and went on in the next row.
  bool wrapped() const;
  int writes() const { return writes_; }

 private:
  struct Line {
    std::vector<std::string> cells;  // one character each; an empty one is the right half of a wide one
    bool continues = false;          // into the next
  };
  void put(std::string character, int width);
  void line_feed();
  void escape(std::string_view& bytes);
  Line& line_at_cursor();
  std::size_t top() const;  // index of the screen's first row

  int columns_, rows_;
  std::vector<Line> lines_{1};
  std::size_t row_ = 0;  // index into lines_
  int column_ = 0;
  bool synchronized_ = false;
  int writes_ = 0;
  std::vector<std::string> mistakes_;
};

}  // namespace runbook::test
