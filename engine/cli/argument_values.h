// What single arguments mean, apart from the command line they stand in.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "cli/arguments.h"

namespace runbook {

struct ArgumentError {
  std::string message, help;
};

// `KEY=VALUE`, or `KEY=@FILE` for what is in a file.
tl::expected<std::pair<std::string, std::string>, ArgumentError> param_argument(const std::string& given);

// Pairs of `done` or `not-done` and a step: whether its lost attempt took effect.
tl::expected<std::vector<std::pair<std::string, bool>>, ArgumentError> assume_arguments(
    const std::vector<std::string>& words);

// The format that is named; of no name the one a file's ending means, else Markdown. nullopt: an unknown name.
std::optional<ReportFormat> report_format(const std::string& name, const std::string& file);

// `lock-wait` in a variable's name: `LOCK_WAIT`.
std::string upper_with_underscores(std::string text);

}  // namespace runbook
