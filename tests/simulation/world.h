// World: a host, a journal and an evaluator without a real world behind them. Every way an attempt can end, the order
// in which attempts end, a cancel and a crash at any journal append are choices.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "drive/driver.h"
#include "simulation/choices.h"

namespace runbook::simulation {

struct Scenario {
  std::string name;
  Plan plan;
  int jobs = 0;
  int interrupts = 0;  // at most so many signals
  int crashes = 0;     // at most so many engine deaths
  InterruptPolicy policy = InterruptPolicy::ladder;
  int rollbacks = 0;      // at most so often somebody asks to undo what has ended
  bool deserted = false;  // it may be that nobody is there to answer, once: the run pauses
  int strangers = 0;      // at most so many answers about another plan
  bool stepwise = false;  // somebody is asked before each step
};

// A broken promise of the machine or the driver, in words.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The engine dies here.
struct Crash {};

struct Recorded {
  Event event;
  Time at;
};

class World : public Host, public JournalSink, public Evaluator, public Observer {
 public:
  World(const Scenario& scenario, Choices& choices) : scenario_(scenario), choices_(choices), plan_(scenario.plan) {}

  // One whole history: runs, crashes, resumes until the run is over or waits for a person, and the runs that undo it.
  // Throws Violation.
  void live();

  const std::vector<Recorded>& history() const { return durable_; }
  RunState::Status status() const { return status_; }
  const Scenario& scenario() const { return scenario_; }
  const Plan& plan() const { return plan_; }  // with what loops have added

  Time now() override { return now_; }
  void start(Work work) override;
  void signal(NodeId node, Signal signal) override;
  std::vector<Observation> wait(std::optional<Time> until) override;
  void ask(const ApprovalRequested& asked) override;
  void ask(const StepAsked& asked) override;
  void withdraw(NodeId node) override { asked_.erase(node), step_asked_ = node == step_asked_ ? no_node : step_asked_; }
  void settled(const ControlRequest& request, const Event& verdict) override;
  bool expects_answers() const override { return attended_; }

  Result<> append(const Event& event, Time at) override;
  Result<> sync() override;
  Result<> append_end(const std::vector<Event>&, Time) override {
    return failure("append to", "the simulation", "no room");
  }

  Answer answer(const Question& question, const RunState& state) override;
  Work take_work(const AttemptStarted& attempt) override;
  AttemptFinished judge(AttemptEnded ended, const RunState& state, Time now) override;
  void on_event(const Event& event, Time at, const RunState& state) override;

  void on_output(NodeId, Stream, std::string_view) override {}
  std::optional<Time> next_tick(Time) override { return std::nullopt; }
  void on_tick(Time, const RunState&) override {}

 private:
  ControlRequest choose(NodeId node, int what);

  struct Flight {
    int attempt = 0;
    std::optional<Time> deadline;
    std::optional<Time> term;
    bool killed = false;
  };

  bool asks_to_undo(const RunState& ended);
  void grow(const Event& event);
  void check_at_start(const AttemptStarted& attempt);
  void check_at_wait();

  const Scenario& scenario_;
  Choices& choices_;
  Plan plan_;
  Time now_{};
  std::vector<Recorded> durable_, pending_;
  std::map<NodeId, Flight> flights_;
  std::map<NodeId, std::string> asked_;  // and the hash of the plan that was shown
  NodeId step_asked_ = no_node;
  bool attended_ = true;
  int strangers_ = 0, pauses_ = 0;
  RunState* state_ = nullptr;
  RunState* folded_ = nullptr;  // of the durable events alone; next() is never asked of it
  RunState::Status status_ = RunState::Status::going;
  int interrupts_ = 0, crashes_ = 0, spins_ = 0, leaves_ = 0;
};

}  // namespace runbook::simulation
