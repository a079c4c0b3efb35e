// Turns "illegal map value" into what an author can act on.
#pragma once

#include <string_view>

#include "source/diagnostic.h"
#include "yaml/yaml_layout.h"

namespace runbook {

// Where the parser stood when it gave up.
struct YamlStop {
  std::string_view message;  // yaml-cpp's
  std::size_t offset = 0;
  Span open_bracket;  // of the innermost `[` or `{` not yet closed, if any
  Span last_value;    // the last scalar that was read, if any
};

void report_yaml_stop(const SourceFile& file, const YamlLayout& layout, const YamlStop& stop, Diagnostics& diagnostics);

}  // namespace runbook
