// Style: how words look: symbols, colours, and what fits a line. Words and symbols carry the meaning, colour only
// helps.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/duration.h"

namespace runbook {

enum class Color { none, red, green, yellow, cyan, magenta, dim, bold };
enum class Symbol { succeeded, warned, failed, skipped, cancelled, unknown, running, waiting, undone, paused };

struct Style {
  bool color = false;
  bool unicode = true;

  // `✓ ! ✗ – ■ ? ● ○ ↩ ‖`, or `ok wa !! -- xx ?? .. .. << ||` where the locale has no UTF-8.
  std::string_view symbol(Symbol symbol) const;
  std::size_t symbol_width() const { return unicode ? 1 : 2; }
  // Frame `n` of the thing that turns while work is going on; as wide as a symbol.
  std::string_view spinner(std::size_t n) const;
  std::string_view ellipsis() const { return unicode ? "…" : "..."; }
  std::string_view bar() const { return unicode ? "│" : "|"; }
  std::string_view dot() const { return unicode ? "·" : "-"; }

  // The text in a colour; as it is when colours are off.
  std::string paint(Color color, std::string_view text) const;
  // Foreign text for one line of a terminal: control characters become visible (nothing is hidden: a command must not
  // look like another); without UTF-8, what is not ASCII becomes `?` (in an 8-bit terminal it could be a control).
  std::string clean(std::string_view text) const;
  // Without UTF-8: each character beyond ASCII becomes `?`.
  std::string in_charset(std::string text) const;
  // Clean text, its middle cut out until it fits.
  std::string fit(std::string_view text, std::size_t columns) const;
};

Color color_of(Symbol symbol);

// Text, then spaces up to `columns`.
std::string pad_right(std::string text, std::size_t columns);
std::string pad_left(std::string text, std::size_t columns);

// One line of a script: its first line that is not blank, then how many more there are.
std::string one_line(std::string_view text, const Style& style);

// Whole seconds, for what is still going on: `41s`, `1m02s`, `2h05m`.
std::string show_elapsed(Duration duration);
// A limit, rounded to seconds, as an author would write it: `10m`, `1m30s`.
std::string show_limit(Duration duration);

}  // namespace runbook
