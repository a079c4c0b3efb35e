// Golden texts in tests/golden/report. RUNBOOK_ACCEPT=1 writes them anew: read the difference before committing it.
#pragma once

#include <string>

namespace runbook::test {

void expect_golden(const std::string& name, const std::string& text);

}  // namespace runbook::test
