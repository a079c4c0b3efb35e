// Story: a run made up for a test: a runbook with places, its plan, and the events of one run of it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drive/observer.h"
#include "run/run_state.h"
#include "runbook/runbook.h"

namespace runbook::test {

class Story {
 public:
  // `source` is the runbook's text; actions are found in it by `id: NAME`.
  Story(std::string path, std::string source);

  // The plan. Each returns the node, to be refined.
  Node& step(const std::string& name, const std::string& shell, NodeId parent = root_node);
  Node& http_step(const std::string& name, const std::string& url);
  Node& group(const std::string& name, NodeId parent = root_node);
  Node& undo(const std::string& owner, const std::string& shell);
  Node& precondition(const std::string& title, const std::string& shell);
  Node& check(const std::string& owner, const std::string& shell);
  Node& probe(const std::string& owner, ProbeMoment moment, const std::string& shell);
  Node& overrun(const std::string& owner, const std::string& shell);
  Node& handler(const std::string& list, const std::string& shell);

  // The events, at the story's own time.
  Story& after(Duration pause);
  Story& begin(Value params = {});
  Story& tell(Event event);
  Story& ready(const std::string& name, Duration limit = std::chrono::minutes(10));
  Story& start(const std::string& name, std::string command = "");  // empty: the action as it is written
  Story& ends(const std::string& name, Outcome outcome = Outcome::succeeded, std::string message = "");
  // ready, start and a good end, `took` later.
  Story& runs(const std::string& name, Duration took);
  // The same with a bad end: exit code 1.
  Story& fails(const std::string& name, Duration took, std::string message);
  Story& prints(const std::string& name, std::string bytes, Stream stream = Stream::out);
  Story& tick();  // what the driver does when it wakes up
  Story& rolls_back(const std::vector<std::string>& names);
  Story& finish(RunOutcome outcome, const std::string& failed = "", const std::vector<std::string>& undone = {},
                const std::vector<std::string>& not_undone = {}, const std::vector<std::string>& failed_handlers = {});

  // Before the next `ends`: what the attempt's record says.
  AttemptFinished& attempt() { return next_; }

  NodeId id(const std::string& name) const;
  const Plan& plan() const { return plan_; }
  Plan& plan() { return plan_; }
  Time now() const { return now_; }
  std::vector<std::pair<Event, Time>> events() const;

  // Tells it all to an observer, with ticks in between as a driver gives them. `at` is called after each fact, with its
  // time.
  void play(Observer& observer, const std::function<void(Time)>& at = {});

 private:
  struct Output {
    NodeId node;
    Stream stream;
    std::string bytes;
  };
  struct Tick {};
  using Fact = std::variant<Event, Output, Tick>;

  Node& add(NodeKind kind, std::string name, Step step, NodeId parent, NodeId owner);
  Step shell_step(const std::string& name, const std::string& shell) const;
  Span place(const std::string& name, const std::string& key) const;

  std::shared_ptr<const SourceFile> file_;
  std::deque<Step> steps_;
  Plan plan_;
  Time now_{};
  AttemptFinished next_{};
  std::vector<std::pair<Fact, Time>> facts_;
};

}  // namespace runbook::test
