// Logs for people: the raw bytes of a log file as lines that are safe on a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "report/style.h"

namespace runbook {

struct LogOptions {
  Style style;
  std::optional<std::size_t> last;  // only the last lines; nullopt: all
  std::string prefix;               // before each line: `migrate | `
};

// One line each, also the last one, which may lack its end in the file.
std::string log_text(std::string_view raw, const LogOptions& options);

}  // namespace runbook
