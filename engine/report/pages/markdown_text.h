// Foreign text inside Markdown (GitHub's and GitLab's dialect): it is shown as it is, never as markup.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

// On one line.
std::string markdown_text(std::string_view text);
// A code span, on one line. Empty for no text.
std::string markdown_code(std::string_view text);
// A code block of its own, with a fence that its lines cannot end. Each line is indented by `indent`.
std::string markdown_block(const std::vector<std::string>& lines, std::string_view indent = "");
// A row of a table; the cells are Markdown already. A pipe would end a cell even inside a code span: it is escaped
// here.
std::string markdown_row(const std::vector<std::string>& cells);

}  // namespace runbook
