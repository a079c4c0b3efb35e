#include "report/terminal.h"

#include <algorithm>
#include <charconv>

namespace runbook {
namespace {

bool forces(const std::string& variable) { return !variable.empty() && variable != "0"; }
bool can_move_its_cursor(const TerminalFacts& facts) {
  return facts.is_tty && !facts.term.empty() && facts.term != "dumb";
}

}  // namespace

std::optional<ColorWhen> parse_color_when(std::string_view word) {
  if (word == "auto") return ColorWhen::automatic;
  if (word == "always") return ColorWhen::always;
  if (word == "never") return ColorWhen::never;
  return std::nullopt;
}

std::optional<OutputMode> parse_output_mode(std::string_view word) {
  if (word == "auto") return OutputMode::automatic;
  if (word == "tty") return OutputMode::tty;
  if (word == "plain") return OutputMode::plain;
  if (word == "json") return OutputMode::json;
  return std::nullopt;
}

bool use_color(ColorWhen when, const TerminalFacts& facts) {
  if (when != ColorWhen::automatic) return when == ColorWhen::always;
  if (!facts.no_color.empty()) return false;
  if (forces(facts.clicolor_force) || forces(facts.force_color)) return true;
  return can_move_its_cursor(facts);
}

bool use_unicode(const TerminalFacts& facts) {
  std::string locale = !facts.lc_all.empty() ? facts.lc_all : !facts.lc_ctype.empty() ? facts.lc_ctype : facts.lang;
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

OutputMode choose_output(OutputMode asked, const TerminalFacts& facts) {
  if (asked != OutputMode::automatic) return asked;
  return can_move_its_cursor(facts) && !forces(facts.ci) ? OutputMode::tty : OutputMode::plain;
}

TerminalSize terminal_size(int columns, int rows, const TerminalFacts& facts) {
  TerminalSize size;
  int from_environment = 0;
  const auto& text = facts.columns;
  std::from_chars(text.data(), text.data() + text.size(), from_environment);
  if (columns > 0) {
    size.columns = columns;
  } else if (from_environment > 0) {
    size.columns = from_environment;
  }
  if (rows > 0) size.rows = rows;
  return size;
}

}  // namespace runbook
