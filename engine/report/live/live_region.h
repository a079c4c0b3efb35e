// LiveRegion: a few rows at the bottom of a terminal that are drawn again and again, below lines that stay. No
// alternate screen: what was printed stays in the scroll-back.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/write.h"

namespace runbook {

class LiveRegion {
 public:
  explicit LiveRegion(Write write) : write_(std::move(write)) {}

  // Puts `lines` where the region stood, for ever, and `rows` below them as the new region: in one write, inside a
  // synchronized update (DEC 2026; terminals that do not know it ignore it). Every line and row must be narrower than
  // the terminal, and there must be fewer rows than it has.
  //
  // The region is found again by counting its rows upwards. When a terminal was made narrower and has wrapped them, a
  // stale row may stay behind above; a line that was to stay is never lost, whichever way the terminal wraps.
  void draw(const std::vector<std::string>& lines, const std::vector<std::string>& rows);
  std::size_t rows() const { return shown_.size(); }

 private:
  Write write_;
  std::vector<std::string> shown_;
};

}  // namespace runbook
