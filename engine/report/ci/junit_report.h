// A run as JUnit XML, for the test tab of a CI system. The common denominator of Jenkins, GitLab and the rest is
// Jenkins' junit-10.xsd, which knows neither `file` nor `line` on a test case: places stand in the failure's text.
//
//   suite = runbook, test case = precondition, step or handler   failed           → failure
//   suite `NAME.rollback`, test case = undo                      engine, unknown, cancelled, in flight → error
//   skipped, did not run, allowed to fail → skipped              warned, retried → passed, said in system-out
//
// A run that did not end well never looks green: when none of its test cases says so, one named `run` does.
#pragma once

#include <string>

#include "view/recorded_run.h"

namespace runbook {

std::string junit_report(const RecordedRun& run);

}  // namespace runbook
