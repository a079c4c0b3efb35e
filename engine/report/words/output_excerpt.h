// The end of what a node printed, for reports that a person attaches or a CI system parses: bounded, whatever a step
// printed, and safe to show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/words/run_facts.h"

namespace runbook {

inline constexpr std::size_t failure_excerpt_lines = 20;  // of the output of what failed

struct OutputExcerpt {
  std::string log;  // of the last attempt; empty: it printed nothing
  std::uint64_t bytes = 0;
  std::vector<std::string> lines;  // its last; each safe to show on one line
  bool whole = true;               // no line is missing before them
  bool readable = true;            // false: the file is gone or empty

  // `the last 200 lines of 1.5 MiB`, `3 lines`
  std::string size_text() const;
};

class OutputExcerpts {
 public:
  // At most `lines` a node, and `bytes` for a whole report: whoever asks first gets them.
  OutputExcerpts(const RecordedRun& run, std::size_t lines, std::size_t bytes);

  OutputExcerpt of(NodeId id) { return of(id, lines_); }
  OutputExcerpt of(NodeId id, std::size_t lines);

 private:
  const RecordedRun& run_;
  std::vector<const AttemptFinished*> last_;
  std::size_t lines_;
  std::size_t bytes_left_;
};

}  // namespace runbook
