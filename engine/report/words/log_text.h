// Logs for people: the raw bytes of log files as lines that are safe on a terminal. Nothing is held but a piece of a
// line, whatever the size of the file.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/style.h"

namespace runbook {

struct LogOptions {
  Style style;
  std::optional<std::size_t> last;  // only the last lines; nullopt: all
  std::string prefix;               // before each line: `migrate | `
};

// The parts of one log, each a readable file, in order. One line each, also the last one, which may lack its end.
Result<> print_log(const std::vector<int>& parts, const LogOptions& options,
                   const std::function<void(std::string_view)>& sink);

}  // namespace runbook
