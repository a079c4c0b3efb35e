// The steps of the HTML report: a table with a row and, folded in, what each did, said and printed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/words/output_excerpt.h"
#include "report/words/run_facts.h"

namespace runbook::html {

// Where links to a node lead.
std::string anchor(NodeId id);
// A table of nodes; `caption` is for those who cannot see it.
std::string step_table(const RecordedRun& run, const std::vector<NodeId>& ids, std::string_view caption,
                       OutputExcerpts& excerpts);

}  // namespace runbook::html
