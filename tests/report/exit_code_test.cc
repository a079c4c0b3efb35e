#include "report/words/exit_code.h"

#include <catch2/catch.hpp>

using namespace runbook;

namespace {

int code_of(RunOutcome outcome, RunEnd end = {}) {
  end.outcome = outcome;
  return exit_code(end);
}

RunEnd interrupted(int signal) {
  RunEnd end;
  end.interrupted_by = signal;
  return end;
}

}  // namespace

TEST_CASE("the exit code says what happened to the run") {
  CHECK(code_of(RunOutcome::succeeded) == 0);
  CHECK(code_of(RunOutcome::warned) == 0);
  CHECK(code_of(RunOutcome::failed) == 1);
  CHECK(code_of(RunOutcome::rolled_back) == 3);
  CHECK(code_of(RunOutcome::rollback_incomplete) == 4);
  CHECK(code_of(RunOutcome::unknown) == 6);
  CHECK(code_of(RunOutcome::cancelled) == 7);
  CHECK(code_of(RunOutcome::refused) == 77);
}

TEST_CASE("strict makes a warning a failure, a failed handler makes a success one") {
  RunEnd strict;
  strict.strict = true;
  CHECK(code_of(RunOutcome::warned, strict) == 1);
  CHECK(code_of(RunOutcome::succeeded, strict) == 0);
  RunEnd handler;
  handler.handler_failed = true;
  CHECK(code_of(RunOutcome::succeeded, handler) == 1);
  CHECK(code_of(RunOutcome::warned, handler) == 1);
  CHECK(code_of(RunOutcome::rolled_back, handler) == 3);
  CHECK(code_of(RunOutcome::rollback_incomplete, handler) == 4);
}

TEST_CASE("a signal is told only where nothing worse is") {
  CHECK(code_of(RunOutcome::cancelled, interrupted(2)) == 130);
  CHECK(code_of(RunOutcome::cancelled, interrupted(15)) == 143);
  CHECK(code_of(RunOutcome::rollback_incomplete, interrupted(2)) == 4);
  CHECK(code_of(RunOutcome::succeeded, interrupted(2)) == 0);
  CHECK(exit_code(interrupted(15)) == 143);
}

TEST_CASE("a run without an end: lost, our mistake, or a journal that cannot be written") {
  RunEnd end;
  CHECK(exit_code(end) == 70);
  end.lost = true;
  CHECK(exit_code(end) == 6);
  end.journal_failed = true;
  CHECK(exit_code(end) == 74);
  end.outcome = RunOutcome::succeeded;
  CHECK(exit_code(end) == 74);
}
