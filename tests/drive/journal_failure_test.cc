// When the journal cannot be written nothing more is started, and what runs is stopped.
#include <algorithm>

#include "drive/fixture.h"

using namespace runbook;

namespace {

// Fails at the n-th call of append or sync, from then on for good.
class FailingJournal : public JournalSink {
 public:
  FailingJournal(int append_at, int sync_at) : append_at_(append_at), sync_at_(sync_at) {}

  Result<> append(const Event& event, Time) override {
    if (broken || ++appends_ == append_at_) return fail();
    events.push_back(event);
    return {};
  }
  Result<> sync() override {
    if (broken || ++syncs_ == sync_at_) return fail();
    return {};
  }
  Result<> append_end(const std::vector<Event>& ended, Time) override {
    CHECK(broken);
    ends = ended;
    return failure("write", "journal", "No space left on device");
  }

  bool broken = false;
  int calls_after = 0;
  std::vector<Event> events, ends;

 private:
  Result<> fail() {
    if (std::exchange(broken, true)) ++calls_after;
    return failure("write", "journal", "No space left on device");
  }
  int append_at_, sync_at_, appends_ = 0, syncs_ = 0;
};

const char* const three_steps =
    "runbook: v1\nname: x\nsteps:\n"
    "  - { id: a, shell: 'true', rollback: { shell: 'true' } }\n"
    "  - id: g\n    parallel:\n"
    "      - { id: slow, shell: 'true', kill_after: 5s }\n"
    "      - { id: quick, shell: 'true' }\n"
    "  - { id: last, shell: 'true' }\n";

}  // namespace

TEST_CASE("a journal that fails at any call ends the run at once") {
  const Planned planned(three_steps);
  int failures = 0;
  for (const bool sync : {false, true}) {
    for (int n = 1; n < 40; ++n) {
      FailingJournal journal(sync ? 0 : n, sync ? n : 0);
      ScriptedHost host(planned.plan);
      host.hang["slow"] = n % 2 == 0;
      host.codes["quick"] = n % 3 == 0;
      ExpressionEvaluator evaluator(planned.plan, context_with(), 1);
      SilentObserver observer;
      RunState state(planned.plan);
      Driver driver(state, evaluator, host, journal, observer, InterruptPolicy::leave);
      const auto driven = driver.run({RunStarted{}});
      INFO((sync ? "sync " : "append ") << n);
      CHECK(host.idle());
      CHECK(driven.has_value() != journal.broken);
      if (driven) continue;
      ++failures;
      CHECK(driven.error().message() == "write journal: No space left on device");
      CHECK(journal.calls_after == 0);
      // Nothing was started that the journal does not have, and what ran when it failed was told to stop.
      for (const auto& line : host.log) {
        if (line.rfind("start ", 0) != 0) continue;
        const auto node = planned.id(line.substr(6));
        CHECK(std::any_of(journal.events.begin(), journal.events.end(), [&](const Event& event) {
          return std::holds_alternative<AttemptStarted>(event) && node_of(event) == node;
        }));
      }
      for (const auto& end : journal.ends) CHECK(std::get<AttemptFinished>(end).outcome == Outcome::cancelled);
    }
  }
  CHECK(failures > 20);
}

TEST_CASE("what hangs when the journal fails gets its grace, then KILL") {
  const Planned planned(three_steps);
  // The records of `a` and of both members are written; the end of `quick` is not.
  FailingJournal journal(13, 0);
  ScriptedHost host(planned.plan);
  host.hang["slow"] = true;
  ExpressionEvaluator evaluator(planned.plan, context_with(), 1);
  SilentObserver observer;
  RunState state(planned.plan);
  Driver driver(state, evaluator, host, journal, observer, InterruptPolicy::leave);
  CHECK_FALSE(driver.run({RunStarted{}}));
  CHECK(host.log == std::vector<std::string>{"start a", "start slow", "start quick", "term slow", "kill slow"});
  CHECK(host.now() >= Time(std::chrono::seconds(5)));
  REQUIRE(journal.ends.size() == 1);
  CHECK(std::get<AttemptFinished>(journal.ends[0]).message == "stopped: the journal could not be written");
}
