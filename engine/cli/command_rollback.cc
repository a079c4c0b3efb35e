// rollback of a run that has ended: its journal is closed for good, so another run undoes it, with the first one's
// runbook and values.
#include <cstdio>
#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/engine_log.h"
#include "cli/environment.h"
#include "cli/past_run.h"
#include "cli/session.h"
#include "cli/undo_question.h"
#include "report/words/exit_code.h"
#include "store/files/run_list.h"
#include "store/files/snapshot.h"
#include "store/files/verify.h"

namespace runbook {
namespace {

int refuse(const std::string& message, const std::string& help, int code) {
  std::fprintf(stderr, "error: %s\n", printable(message).c_str());
  if (!help.empty()) std::fprintf(stderr, "  help: %s\n", printable(help).c_str());
  return code;
}

class RollbackRun {
 public:
  RollbackRun(const ResumeArguments& arguments, const Invocation& invocation)
      : arguments_(arguments), session_{invocation} {}

  int run() {
    auto supervisor = Supervisor::start();
    if (!supervisor) return complain(supervisor.error(), exit_codes::our_bug);
    if (const int code = take_old(); code != 0) return code;
    if (const int code = check_old(); code != 0) return code;
    if (const int code = session_.adopt(past_); code != 0) return code;
    RunState state(*session_.prepared->plan, arguments_.jobs);
    for (const auto* events : {&past_.before, &past_.events})
      for (const auto& [event, at] : *events) {
        state.apply(event, at);
        session_.evaluator->on_event(event, at, state);
      }
    if (const int code = agree(state); code != 0) return code;
    if (const int code = session_.take_locks(*supervisor, arguments_, past_.lineage); code != 0) return code;
    if (const int code = open_journal(NodeNames(state.plan())); code != 0) return code;
    engine_log::info("rolls back " + old_->id());
    return session_.drive(std::move(*supervisor), arguments_, state, {first_}, Time{}, &*past_.view);
  }

 private:
  // Held to the end: of two who want to undo it the second is told so.
  int take_old() {
    if (const int code = session_.hold(arguments_.run, old_); code != 0) return code;
    auto read = read_past_run(old_->id(), session_.invocation);
    if (const auto* code = std::get_if<int>(&read)) return *code;
    past_ = std::move(std::get<PastRun>(read));
    if (!arguments_.assume.empty())
      return refuse("a run that has ended has nothing to assume", "leave `--assume` out", exit_codes::usage);
    return 0;
  }

  // Undoing on the word of a journal or a runbook that somebody changed would do anything.
  int check_old() {
    const auto& id = old_->id();
    const auto earlier = rollback_of_run(session_.state_directory, id);
    if (!earlier) return complain(earlier.error(), exit_codes::unreachable);
    if (*earlier) {
      const auto& by = (*earlier)->id;
      if ((*earlier)->outcome == RunOutcome::rolled_back)
        return refuse(id + " is rolled back already, by " + by, "runbook show " + by, exit_codes::usage);
      if ((*earlier)->outcome)
        return refuse(by + " has begun to roll back " + id + " and did not undo all of it",
                      "what it left is tried again by `runbook rollback " + by + "`", exit_codes::usage);
      const bool live = (*earlier)->status == RunSummary::Status::live;
      return refuse(by + (live ? " is rolling it back right now" : " has begun to roll it back and was left"),
                    (live ? "runbook show " : "runbook resume ") + by, live ? exit_codes::locked : exit_codes::usage);
    }
    const auto anchors = read_anchors(session_.state_directory, id);
    if (!anchors) return complain(anchors.error(), exit_codes::journal);
    AnchorCheck check(anchors->anchors);
    std::uint64_t records = 0;
    const auto journal =
        scan_journal(past_.directory + "/" + std::string(journal_name),
                     [&](const Record&, const Digest& head, const NodeNames&) { check.pass(++records, head); });
    if (!journal) return complain(journal.error(), exit_codes::journal);
    if (judge(*journal, check) != Verdict::intact_sealed)
      return refuse("the journal of " + id + " is not what the engine wrote; nothing was undone",
                    "runbook verify " + id + " says more", exit_codes::journal);
    head_ = hex(journal->head);
    const auto hash = hash_snapshot(past_.directory);
    if (!hash) return complain(hash.error(), exit_codes::journal);
    if (*hash != past_.view->header().runbook_hash)
      return refuse(
          "the files in " + past_.directory + "/runbook are not those the run started with; nothing was undone",
          "runbook verify " + id + " says more", exit_codes::journal);
    return 0;
  }

  // Says what will be undone and what will not, and asks where somebody can answer.
  int agree(const RunState& state) {
    const auto targets = state.left_to_undo();
    const auto& view = *past_.view;
    const auto outcome = std::string(run_outcome_name(view.result()->outcome));
    if (targets.empty())
      return refuse(old_->id() + " (" + outcome + ") left nothing that could be undone",
                    "runbook show " + old_->id() + " says what it did", exit_codes::usage);
    return agree_to_undo(old_->id() + " (" + headline_of(outcome) + ")", state, view, targets, arguments_,
                         session_.invocation.common.color);
  }

  static std::string headline_of(std::string outcome) {
    for (auto& c : outcome)
      if (c == '_') c = ' ';
    return outcome;
  }

  int open_journal(const NodeNames& names) {
    const auto machine = this_machine();
    const auto files = read_snapshot_files(past_.directory);
    if (!files) return complain(files.error(), exit_codes::journal);
    const auto& old = past_.view->header();
    auto directory = RunDirectory::create(session_.state_directory, old.runbook);
    if (!directory) return complain(directory.error(), exit_codes::journal);
    const auto path = session_.directory.emplace(std::move(*directory)).path();
    if (auto written = write_snapshot(path, *files); !written) return complain(written.error(), exit_codes::journal);
    first_ = old;
    first_.run_id = session_.directory->id();
    first_.user = machine.user;
    first_.host = machine.host;
    first_.boot_id = machine.boot_id;
    first_.engine_version = session_.invocation.version;
    first_.argv = session_.invocation.argv;
    first_.stepwise = false;
    first_.locks = session_.locks.names();
    first_.nodes = names.labels();  // with what its loops have added
    first_.rollback_of = old_->id();
    first_.rollback_of_head = head_;
    auto journal = JournalWriter::create(path, names, session_.journal_options());
    if (!journal) return complain(journal.error(), exit_codes::journal);
    session_.journal.emplace(std::move(*journal));
    if (auto begun = session_.locks.begin(first_.run_id); !begun) return complain(begun.error(), exit_codes::journal);
    return 0;
  }

  const ResumeArguments& arguments_;
  Session session_;
  PastRun past_;
  std::optional<RunDirectory> old_;
  std::string head_;  // of the old run's journal
  RunStarted first_;
};

}  // namespace

int command_rollback(const ResumeArguments& arguments, const Invocation& invocation) {
  return RollbackRun(arguments, invocation).run();
}

}  // namespace runbook
