// What the terminal and the environment allow, decided once, from facts: nothing here reads the environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace runbook {

enum class ColorWhen { automatic, always, never };
enum class OutputMode { automatic, tty, plain, json };

// `auto always never`; nullopt for another word.
std::optional<ColorWhen> parse_color_when(std::string_view word);
// `auto tty plain json`; nullopt for another word.
std::optional<OutputMode> parse_output_mode(std::string_view word);

// The environment variables that matter, empty when unset, and whether the stream is a terminal.
struct TerminalFacts {
  bool is_tty = false;
  std::string term;  // TERM
  std::string no_color, clicolor_force, force_color;
  std::string ci;  // CI
  std::string lc_all, lc_ctype, lang;
  std::string columns;  // COLUMNS
};

// --color, then NO_COLOR, then CLICOLOR_FORCE or FORCE_COLOR, then: a terminal that is not dumb.
bool use_color(ColorWhen when, const TerminalFacts& facts);
// Symbols beyond ASCII: the locale's character set is UTF-8. By the variables' order of precedence, because the engine
// itself stays in the C locale.
bool use_unicode(const TerminalFacts& facts);
// Never `automatic`. A live region needs a terminal that is not dumb, outside a CI system.
OutputMode choose_output(OutputMode asked, const TerminalFacts& facts);

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};
// What the terminal says (0: it does not), else COLUMNS, else 80 by 24.
TerminalSize terminal_size(int columns, int rows, const TerminalFacts& facts);

}  // namespace runbook
