// What a step hands on through the file $RUNBOOK_OUTPUT: `name=value` lines and blocks
//   name<<WORD
//   any lines
//   WORD
// A later value of the same name replaces the earlier one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace runbook {

using StepOutputs = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t max_step_outputs = 1 << 20;  // bytes of the file

// The error names the line.
Result<StepOutputs> parse_step_outputs(std::string_view text);

// The file's bytes; empty when the step did not write it. Only a regular file counts: a step may have put anything in
// its place. The file is gone afterwards.
Result<std::string> take_step_output_file(int directory, const std::string& name);

}  // namespace runbook
