// The style sheet of the HTML report.
#pragma once

#include <string_view>

namespace runbook::html {

std::string_view style_sheet();

}  // namespace runbook::html
