// LogSource: where a report reads what a step printed.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace runbook {

// Where a failed attempt's output is.
struct LogSource {
  // The end of a log, as raw bytes, at least its last 20 lines; empty when it cannot be read.
  std::function<std::string(std::string_view log)> read_end;
  std::string directory;  // shown before the log's name; empty: only the name is shown
};

}  // namespace runbook
