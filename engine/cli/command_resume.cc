#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/engine_log.h"
#include "cli/environment.h"
#include "cli/past_run.h"
#include "cli/people_here.h"
#include "cli/session.h"
#include "cli/undo_question.h"
#include "report/words/exit_code.h"
#include "report/words/summary.h"
#include "store/files/anchor.h"
#include "store/files/recover.h"

namespace runbook {
namespace {

// A run taken up again: its journal is folded, what was in flight is settled, and the driver goes on.
class ResumedRun {
 public:
  ResumedRun(const ResumeArguments& arguments, const Invocation& invocation)
      : arguments_(arguments), session_{invocation} {}

  int run() {
    auto supervisor = Supervisor::start();
    if (!supervisor) return complain(supervisor.error(), exit_codes::our_bug);
    if (const int code = check_stepwise(arguments_); code != 0) return code;
    if (const int code = session_.hold(arguments_.run, session_.directory); code != 0) return code;
    if (const int code = read_past(); code != 0) return code;
    RunState state(*session_.prepared->plan, arguments_.jobs);
    fold(state);
    const bool ended = state.status() == RunState::Status::finished;
    if (const int code = ended ? 0 : agree(state); code != 0) return code;
    if (const int code = take_locks(*supervisor); code != 0) return code;
    if (const int code = recover(); code != 0) return code;
    if (ended) return seal(state);
    if (const int code = check_approvals(*session_.prepared->plan, arguments_); code != 0) return code;
    if (const int code = settle(state); code != 0) return code;
    return session_.drive(std::move(*supervisor), arguments_, state, std::move(first_), recovered_.time, &*past_.view);
  }

 private:
  int read_past() {
    auto read = read_past_run(session_.directory->id(), session_.invocation);
    if (const auto* code = std::get_if<int>(&read)) return *code;
    past_ = std::move(std::get<PastRun>(read));
    return session_.adopt(past_);
  }

  int take_locks(const Supervisor& supervisor) {
    const auto& run = session_.directory->id();
    if (const int code = session_.take_locks(supervisor, arguments_, past_.lineage); code != 0) return code;
    if (auto begun = session_.locks.begin(run); !begun) return complain(begun.error(), exit_codes::journal);
    return 0;
  }

  int recover() {
    auto recovered = recover_journal(past_.directory);
    if (!recovered) return complain(recovered.error(), past_.view->result() ? exit_codes::usage : exit_codes::journal);
    recovered_ = std::move(*recovered);
    if (recovered_.torn_bytes > 0)
      std::fprintf(stderr, "warning: %llu bytes at the end of the journal were torn; they are kept as %s\n",
                   static_cast<unsigned long long>(recovered_.torn_bytes), recovered_.torn_tail.c_str());
    auto journal = JournalWriter::reopen(past_.directory, recovered_, session_.journal_options());
    if (!journal) return complain(journal.error(), exit_codes::journal);
    session_.journal.emplace(std::move(*journal));
    return 0;
  }

  void fold(RunState& state) {
    for (const auto* events : {&past_.before, &past_.events})
      for (const auto& [event, at] : *events) {
        state.apply(event, at);
        session_.evaluator->on_event(event, at, state);
      }
  }

  int agree(const RunState& state) const {
    if (!arguments_.roll_back || past_.view->is_rollback()) return 0;  // that is what it does anyway
    return agree_to_undo(session_.directory->id() + " (left unfinished)", state, *past_.view, state.left_to_undo(),
                         arguments_, session_.invocation.common.color);
  }

  // It had ended, but died before it could say so for good.
  int seal(const RunState& state) {
    auto sealed = session_.journal->seal(state.result()->outcome);
    if (sealed)
      sealed = append_anchor(session_.state_directory, session_.directory->id(), session_.journal->records(),
                             session_.journal->head());
    if (!sealed) return complain(sealed.error(), exit_codes::journal);
    std::printf("%s had ended: %s; its journal is sealed now\n", session_.directory->id().c_str(),
                std::string(run_outcome_name(state.result()->outcome)).c_str());
    return exit_code_of(*past_.view, {});
  }

  // What is recorded first: that it goes on, what was lost, and what a person says about it.
  int settle(const RunState& state) {
    const auto machine = this_machine();
    first_.push_back(
        RunResumed{machine.user, machine.host, machine.boot_id, session_.invocation.version, arguments_.stepwise});
    RunState ahead = state;
    ahead.apply(first_.front(), recovered_.time);
    for (auto& loss : state.losses()) {
      ahead.apply(loss, recovered_.time);
      first_.push_back(std::move(loss));
    }
    const auto& plan = ahead.plan();
    for (const auto& [step, done] : arguments_.assume) {
      const auto id = plan.find(step);
      if (!id || ahead.unsettled().count(*id) == 0) return nothing_to_assume(step, ahead);
    }
    // What is undone need not be settled: whatever started is undone, whether it took effect or not.
    if (past_.view->is_rollback()) return 0;  // that is what it does anyway
    if (arguments_.roll_back) {
      first_.push_back(StopRequested{StopMode::roll_back, "runbook rollback by " + machine.user});
      return 0;
    }
    for (const auto id : ahead.unsettled())
      if (const auto done = assumed(plan[id])) first_.push_back(settlement(plan[id], ahead[id], *done, machine.user));
    return 0;
  }

  int nothing_to_assume(const std::string& step, const RunState& ahead) const {
    std::vector<std::string> open;
    for (const auto id : ahead.unsettled()) open.push_back(ahead.plan()[id].name);
    std::fprintf(stderr, "error: the outcome of `%s` is not in question\n", printable(step).c_str());
    std::fprintf(
        stderr, "  help: %s\n",
        open.empty() ? "no step's is; resume without --assume" : ("to be settled: " + join_ticked(open)).c_str());
    return exit_codes::usage;
  }

  std::optional<bool> assumed(const Node& node) const {
    for (const auto& [step, done] : arguments_.assume)
      if (step == node.name) return done;
    // Its probe is asked before a person is; a person comes when it has been asked and could not tell.
    const auto probe = node.probe(ProbeMoment::resume);
    if (probe != no_node && !(*past_.view)[probe].outcome) return std::nullopt;
    if (isatty(0) != 1 || isatty(2) != 1) return std::nullopt;
    std::fprintf(stderr, "`%s` was running when the engine died; nobody knows whether it took effect:\n  %s\n",
                 node.name.c_str(), printable((*past_.view)[node.id].command).c_str());
    for (;;) {
      std::fprintf(stderr, "Did it? [done / not-done / leave] ");
      std::string answer;
      if (!std::getline(std::cin, answer)) return std::nullopt;
      if (answer == "done") return true;
      if (answer == "not-done") return false;
      if (answer == "leave") return std::nullopt;
    }
  }

  Event settlement(const Node& node, const NodeState& state, bool done, const std::string& user) const {
    if (done) return NodeFinished{node.id, Outcome::succeeded, "taken as done by " + user};
    return RetryScheduled{node.id, state.attempts + 1, recovered_.time, user};
  }

  const ResumeArguments& arguments_;
  Session session_;
  PastRun past_;
  RecoveredJournal recovered_;
  std::vector<Event> first_;
};

}  // namespace

int command_resume(const ResumeArguments& arguments, const Invocation& invocation) {
  if (arguments.roll_back && has_ended(arguments.run, invocation)) return command_rollback(arguments, invocation);
  return ResumedRun(arguments, invocation).run();
}

}  // namespace runbook
