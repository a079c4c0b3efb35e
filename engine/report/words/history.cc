#include "report/words/history.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "report/wall.h"
#include "report/words/outcome_text.h"

namespace runbook {
namespace {

using Row = std::array<std::string, 7>;

// Small letters for what is over, capitals for what needs someone.
std::string result_word(const HistoryRow& run) {
  if (run.running) return "running";
  if (!run.outcome && run.paused) return "PAUSED";
  if (!run.outcome) return "NO END";
  switch (*run.outcome) {
    case RunOutcome::succeeded: return "ok";
    case RunOutcome::warned: return "warned";
    case RunOutcome::refused: return "refused";
    case RunOutcome::failed: return "failed";
    case RunOutcome::rolled_back: return "rolled back";
    case RunOutcome::rollback_incomplete: return "INCOMPLETE";
    case RunOutcome::cancelled: return "cancelled";
    case RunOutcome::unknown: return "UNKNOWN";
  }
  return "UNKNOWN";
}

Color result_color(const HistoryRow& run) {
  if (run.running) return Color::cyan;
  if (!run.outcome && run.paused) return Color::yellow;
  return run.outcome ? color_of(*run.outcome) : Color::red;
}

}  // namespace

bool needs_attention(const HistoryRow& run) {
  if (run.running || run.settled) return false;
  return !run.outcome || *run.outcome == RunOutcome::rollback_incomplete || *run.outcome == RunOutcome::unknown;
}

std::string history_text(const std::vector<HistoryRow>& runs, std::size_t total, WallTime now, const Style& style) {
  if (runs.empty()) return total == 0 ? "no runs yet\n" : "none of " + count_of(total, "run") + "\n";
  std::vector<Row> rows{{"RUN", "WHEN (UTC)", "RUNBOOK", "BY", "RESULT", "TOOK", "NOTE"}};
  for (const auto& run : runs)
    rows.push_back({style.clean(run.run_id), show_when(run.started, now), style.fit(run.runbook, 28),
                    style.fit(run.user, 16), result_word(run), show_duration(run.took), style.fit(run.note, 48)});
  std::array<std::size_t, 7> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));

  constexpr std::size_t result = 4, took = 5, note = 6;
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < note; ++i) {
      const auto cell = i == took ? pad_left(rows[r][i], widths[i]) : pad_right(rows[r][i], widths[i]);
      line += (i == result && r > 0 ? style.paint(result_color(runs[r - 1]), cell) : cell) + "  ";
    }
    line += rows[r][note];
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }

  text += std::to_string(runs.size()) + " of " + count_of(total, "run");
  std::vector<std::string> commands;
  for (const auto& run : runs)
    if (needs_attention(run)) commands.push_back("runbook show " + style.clean(run.run_id));
  if (commands.empty()) return text + "\n";
  text += ", " + std::to_string(commands.size()) + (commands.size() == 1 ? " needs" : " need") + " attention:\n";
  constexpr std::size_t most = 5;
  for (std::size_t i = 0; i < commands.size() && i < most; ++i) text += "  " + commands[i] + "\n";
  if (commands.size() > most) text += "  and " + std::to_string(commands.size() - most) + " more\n";
  return text;
}

}  // namespace runbook
