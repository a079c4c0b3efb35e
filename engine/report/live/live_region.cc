#include "report/live/live_region.h"

namespace runbook {

void LiveRegion::draw(const std::vector<std::string>& lines, const std::vector<std::string>& rows) {
  if (lines.empty() && rows == shown_) return;
  std::string frame = "\x1b[?2026h\r";
  if (!shown_.empty()) frame += "\x1b[" + std::to_string(shown_.size()) + "A";
  frame += "\x1b[J";
  for (const auto& line : lines) frame += line + "\n";
  for (const auto& row : rows) frame += row + "\n";
  frame += "\x1b[?2026l";
  shown_ = rows;
  write_(frame);
}

}  // namespace runbook
