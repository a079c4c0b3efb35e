#include "report/style.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace runbook {

std::string_view Style::symbol(Symbol symbol) const {
  static constexpr std::array<std::string_view, 10> signs{"✓", "!", "✗", "–", "■", "?", "●", "○", "↩", "‖"};
  static constexpr std::array<std::string_view, 10> ascii{"ok", "wa", "!!", "--", "xx", "??", "..", "..", "<<", "||"};
  return (unicode ? signs : ascii)[static_cast<std::size_t>(symbol)];
}

std::string_view Style::spinner(std::size_t n) const {
  static constexpr std::array<std::string_view, 10> dots{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  static constexpr std::array<std::string_view, 4> ascii{". ", "..", " .", ".."};
  return unicode ? dots[n % dots.size()] : ascii[n % ascii.size()];
}

std::string Style::paint(Color which, std::string_view text) const {
  static constexpr std::array<std::string_view, 8> codes{"", "31", "32", "33", "36", "35", "2", "1"};
  if (!color || which == Color::none || text.empty()) return std::string(text);
  return "\x1b[" + std::string(codes[static_cast<std::size_t>(which)]) + "m" + std::string(text) + "\x1b[0m";
}

std::string Style::clean(std::string_view text) const { return in_charset(printable(text)); }

std::string Style::in_charset(std::string text) const {
  if (unicode) return text;
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      ascii += c;
    } else if (byte >= 0xc0) {
      ascii += '?';  // once a character: at its first byte
    }
  }
  return ascii;
}

std::string Style::fit(std::string_view text, std::size_t columns) const {
  const auto plain = clean(text);
  if (display_width(plain) <= columns) return plain;
  if (unicode) return elide_middle(plain, columns);
  if (columns < 4) return plain.substr(0, columns);
  const auto kept = columns - 3, front = (kept + 1) / 2;
  return plain.substr(0, front) + "..." + plain.substr(plain.size() - (kept - front));
}

Color color_of(Symbol symbol) {
  switch (symbol) {
    case Symbol::succeeded: return Color::green;
    case Symbol::warned: return Color::yellow;
    case Symbol::failed: return Color::red;
    case Symbol::skipped: return Color::dim;
    case Symbol::cancelled: return Color::yellow;
    case Symbol::unknown: return Color::red;
    case Symbol::running: return Color::cyan;
    case Symbol::paused: return Color::yellow;
    case Symbol::waiting: return Color::dim;
    case Symbol::undone: return Color::magenta;
  }
  return Color::none;
}

std::string pad_right(std::string text, std::size_t columns) {
  const auto width = display_width(text);
  if (width < columns) text.append(columns - width, ' ');
  return text;
}

std::string pad_left(std::string text, std::size_t columns) {
  const auto width = display_width(text);
  return width < columns ? std::string(columns - width, ' ') + text : text;
}

std::string one_line(std::string_view text, const Style& style) {
  std::string_view first;
  std::size_t more = 0;
  for (const auto line : split_lines(text)) {
    const auto content = trim(line);
    if (content.empty()) continue;
    if (first.empty()) {
      first = content;
    } else {
      ++more;
    }
  }
  auto shown = style.clean(first);
  if (more > 0) shown += " " + std::string(style.ellipsis()) + " (+" + count_of(more, "line") + ")";
  return shown;
}

std::string show_elapsed(Duration duration) {
  using std::chrono::seconds;
  const auto whole = std::max(seconds(0), std::chrono::floor<seconds>(duration));
  return whole < seconds(60) ? std::to_string(whole.count()) + "s" : show_duration(whole);
}

std::string show_limit(Duration duration) { return write_duration(std::chrono::round<std::chrono::seconds>(duration)); }

}  // namespace runbook
