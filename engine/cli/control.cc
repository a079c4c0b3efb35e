#include "cli/control.h"

#include <cstdio>

#include "base/text.h"
#include "cli/environment.h"
#include "cli/request_file.h"
#include "cli/secret_values.h"
#include "cli/session.h"
#include "library/uses.h"
#include "redact/redactor.h"
#include "report/words/exit_code.h"
#include "store/files/anchor.h"
#include "store/files/notes.h"
#include "store/files/recover.h"
#include "store/files/run_list.h"
#include "store/files/state_directory.h"

namespace runbook {
namespace {

constexpr int patience_ms = 30'000;  // an engine answers within milliseconds, unless it was stopped
constexpr int most_rounds = 5;

int refused(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "error: %s was refused: %s\n", printable(what).c_str(), printable(why).c_str());
  return exit_codes::refused;
}

int say(const ControlTarget& target, const std::string& done, const std::string& rest) {
  std::printf("%s  %s%s\n", target.run().c_str(), printable(done).c_str(), rest.c_str());
  return exit_codes::ok;
}

// Typed text without the secrets of the runbook, as far as they can be read here.
Redact redaction(const PastRun& past) {
  if (!past.prepared) return {};
  Diagnostics unread;  // what is not available here cannot have been looked at here
  std::vector<SecretValue> hidden;
  for (const auto& values : read_secrets(all_runbooks(*past.prepared->runbook), unread))
    for (const auto& [name, value] : values) hidden.push_back({name, value});
  if (hidden.empty()) return {};
  auto redactor = Redactor::make(hidden);
  if (!redactor) return {};
  return [hider = *redactor](std::string_view text) { return hider->redact(text); };
}

class Delivery {
 public:
  Delivery(ControlRequest request, ControlTarget target, const Invocation& invocation, const std::string& done)
      : request_(std::move(request)), target_(std::move(target)), invocation_(invocation), done_(done) {}

  // An engine may begin or end at any time: then the other way is tried.
  int deliver() {
    for (int round = 0; round < most_rounds; ++round) {
      if (target_.sealed) return after_the_end();
      std::optional<int> code;
      {
        auto directory = RunDirectory::open(target_.state_directory, target_.run());
        if (!directory && directory.error().number != EWOULDBLOCK)
          return complain(directory.error(), exit_codes::journal);
        code = directory ? without_engine() : by_request();
      }
      if (code) return *code;
      auto again = find_target(target_.run(), invocation_);
      if (const auto* failed = std::get_if<int>(&again)) return *failed;
      target_ = std::move(std::get<ControlTarget>(again));
    }
    std::fprintf(stderr, "error: the run %s is taken up and left again and again; try again\n", target_.run().c_str());
    return exit_codes::unreachable;
  }

 private:
  std::optional<int> by_request() {
    auto file = RequestFile::leave(target_.past.directory, request_);
    if (!file) return complain(file.error(), exit_codes::unreachable);
    const auto end = file->wait(patience_ms);
    if (!end) return complain(end.error(), exit_codes::unreachable);
    if (*end == RequestFile::End::answered) return told(file->answer());
    // Taken and not answered: the engine died with it. Nothing was recorded then.
    const bool back = file->withdraw();
    if (*end == RequestFile::End::no_engine) return std::nullopt;
    std::fprintf(stderr, "error: the engine that drives %s has not answered for %d s%s\n", target_.run().c_str(),
                 patience_ms / 1000, back ? "; the request was taken back" : "");
    std::fprintf(stderr, "  help: is it stopped? `runbook show %s` says what was recorded\n", target_.run().c_str());
    return exit_codes::unreachable;
  }

  int told(const Value& record) const {
    const auto text = [&](std::string_view key) {
      const auto* value = record.find(key);
      return value && value->is_string() ? value->as_string() : std::string();
    };
    if (text("type") == "request_refused") return refused(what_of(request_), text("reason"));
    return say(target_, done_, "");
  }

  // Read once: it takes secrets out of the environment.
  const Redact& hider() {
    if (!redact_) redact_ = redaction(target_.past);
    return *redact_;
  }

  // The run's lock is ours: nobody else writes.
  std::optional<int> without_engine() {
    auto again = find_target(target_.run(), invocation_);
    if (const auto* failed = std::get_if<int>(&again)) return *failed;
    target_ = std::move(std::get<ControlTarget>(again));
    if (target_.sealed) return after_the_end();
    auto& past = target_.past;
    if (!past.prepared) {
      std::fprintf(stderr, "error: the runbook as it was at the start (%s/runbook) cannot be read by this version\n",
                   past.directory.c_str());
      return exit_codes::invalid;
    }
    RunState state(*past.prepared->plan);
    for (const auto* events : {&past.before, &past.events})
      for (const auto& [event, at] : *events) state.apply(event, at);
    const auto redact = hider();
    request_.by = this_machine().user;
    const bool finished = state.status() == RunState::Status::finished;
    Event verdict;
    if (!finished) {
      if (request_.kind == ControlRequest::Kind::cancel) return nothing_to_cancel();
      verdict = verdict_on(
          request_, state, redact ? redact : [](std::string_view text) { return std::string(text); });
      if (const auto* no = std::get_if<RequestRefused>(&verdict)) return refused(what_of(request_), no->reason);
    }
    const auto recovered = recover_journal(past.directory);
    if (!recovered) return complain(recovered.error(), exit_codes::journal);
    JournalOptions options;
    options.redact = redact;
    auto journal = JournalWriter::reopen(past.directory, *recovered, std::move(options));
    if (!journal) return complain(journal.error(), exit_codes::journal);
    if (finished) return close(*journal, *state.result());
    auto written = journal->append(verdict, recovered->time);
    if (written) written = journal->sync();
    if (!written) return complain(written.error(), exit_codes::journal);
    say(target_, done_,
        request_.kind == ControlRequest::Kind::note ? "" : "; no engine drives the run: it goes on with");
    if (request_.kind != ControlRequest::Kind::note) std::printf("  runbook resume %s\n", target_.run().c_str());
    return exit_codes::ok;
  }

  // It had ended, but died before it could say so for good.
  std::optional<int> close(JournalWriter& journal, const RunFinished& end) {
    auto sealed = journal.seal(end.outcome);
    if (sealed) sealed = append_anchor(target_.state_directory, target_.run(), journal.records(), journal.head());
    if (!sealed) return complain(sealed.error(), exit_codes::journal);
    return std::nullopt;
  }

  int nothing_to_cancel() const {
    const auto& run = target_.run();
    std::fprintf(stderr, "error: no engine drives %s: there is nothing to stop\n", run.c_str());
    std::fprintf(stderr, "  help: `runbook rollback %s` undoes what it did, `runbook resume %s` goes on\n", run.c_str(),
                 run.c_str());
    return exit_codes::usage;
  }

  int after_the_end() {
    const auto& past = target_.past;
    const auto outcome = std::string(run_outcome_name(target_.view().result()->outcome));
    if (request_.kind != ControlRequest::Kind::note) {
      std::fprintf(stderr, "error: %s has ended: %s\n", target_.run().c_str(), outcome.c_str());
      return exit_codes::usage;
    }
    const auto added =
        append_note(past.directory, target_.head, {request_.text, this_machine().user, request_.via}, hider());
    if (!added) return complain(added.error(), exit_codes::journal);
    return say(target_, done_, "; the run has ended, so it stands beside its sealed journal");
  }

  ControlRequest request_;
  ControlTarget target_;
  const Invocation& invocation_;
  const std::string& done_;
  std::optional<Redact> redact_;
};

}  // namespace

std::variant<ControlTarget, int> find_target(const std::string& run, const Invocation& invocation) {
  auto read = read_past_run(run, invocation);
  if (const auto* code = std::get_if<int>(&read)) return *code;
  ControlTarget target;
  target.past = std::move(std::get<PastRun>(read));
  target.state_directory = *find_state_directory(invocation.common.state_dir);
  target.sealed = target.past.sealed && target.past.view->result();
  target.head = target.past.head;
  return target;
}

int deliver(ControlRequest request, ControlTarget target, const Invocation& invocation, const std::string& done) {
  return Delivery(std::move(request), std::move(target), invocation, done).deliver();
}

}  // namespace runbook
