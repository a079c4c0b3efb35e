#include "report/log_text.h"

#include "base/text.h"
#include "report/output_lines.h"

namespace runbook {

std::string log_text(std::string_view raw, const LogOptions& options) {
  auto lines = split_lines(raw);
  if (options.last && lines.size() > *options.last)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(*options.last));
  const auto prefix = options.style.clean(options.prefix);
  std::string text;
  for (const auto line : lines) text += prefix + options.style.clean(strip_escapes(line)) + "\n";
  return text;
}

}  // namespace runbook
