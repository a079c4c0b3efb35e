// A run without a world: a runbook from text, a host whose attempts end as the test says, a journal in memory.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "drive/driver.h"
#include "drive/expression_evaluator.h"
#include "language/load.h"
#include "plan/build_plan.h"
#include "source/render.h"

namespace runbook {

struct Planned {
  explicit Planned(const std::string& text) : file(std::make_shared<SourceFile>("x.yaml", text)) {
    Diagnostics diagnostics;
    auto loaded = load_runbook(file, diagnostics);
    INFO(render_text(diagnostics));
    REQUIRE(loaded);
    runbook = std::make_unique<Runbook>(std::move(*loaded));
    auto built = build_plan(*runbook, diagnostics);
    INFO(render_text(diagnostics));
    REQUIRE(built);
    plan = std::move(*built);
  }
  NodeId id(const std::string& name) const {
    const auto found = plan.find(name);
    REQUIRE(found);
    return *found;
  }

  std::shared_ptr<const SourceFile> file;
  std::unique_ptr<Runbook> runbook;
  Plan plan;
};

inline RunContext context_with(Value params = Value::map(), Value secrets = Value::map()) {
  RunContext context;
  context.run_id = "20261121-000000-x-abcd";
  context.user = "anna";
  context.params = std::move(params);
  context.secrets = secrets;
  context.base_env = {{"PATH", "/usr/bin:/bin"}};
  context.redact = [secrets](std::string_view text) {
    std::string hidden(text);
    for (const auto& [name, value] : secrets.as_map())
      for (auto at = hidden.find(value.as_string()); at != std::string::npos; at = hidden.find(value.as_string()))
        hidden.replace(at, value.as_string().size(), "***");
    return hidden;
  };
  return context;
}

// Attempts end with the exit code that `codes` has for their node's name, 0 without one; `hang` never end by
// themselves.
class ScriptedHost : public Host {
 public:
  explicit ScriptedHost(const Plan& plan) : plan_(plan) {}

  std::map<std::string, int> codes;
  std::map<std::string, bool> hang;
  std::vector<std::string> log;  // "start a", "term a", "kill a"
  std::vector<Work> works;

  Time now() override { return now_; }
  void start(Work work) override {
    log.push_back("start " + name(work.node));
    running_[work.node] = work.attempt;
    works.push_back(std::move(work));
  }
  void signal(NodeId node, Signal signal) override {
    log.push_back((signal == Signal::term ? "term " : "kill ") + name(node));
    if (signal == Signal::kill) killed_[node] = true;
  }
  std::vector<Observation> wait(std::optional<Time> until) override {
    now_ += std::chrono::milliseconds(1);
    for (const auto& [node, attempt] : running_) {
      const auto hangs = hang.find(name(node));
      if (hangs != hang.end() && hangs->second && !killed_[node]) continue;
      AttemptEnded ended;
      ended.node = node;
      ended.attempt = attempt;
      ended.how.code = codes.count(name(node)) ? codes[name(node)] : 0;
      if (killed_[node]) ended.how = {Termination::Kind::signaled, 9, ""};
      running_.erase(node);
      return {std::move(ended)};
    }
    REQUIRE(until);  // else it would wait for ever
    now_ = std::max(now_, *until);
    return {WaitEnd{}};
  }
  bool idle() const { return running_.empty(); }

 private:
  const std::string& name(NodeId node) const { return plan_[node].name; }
  const Plan& plan_;
  Time now_{};
  std::map<NodeId, int> running_;
  std::map<NodeId, bool> killed_;
};

class SilentObserver : public Observer {
 public:
  void on_event(const Event&, Time, const RunState&) override {}
  void on_output(NodeId, Stream, std::string_view) override {}
  std::optional<Time> next_tick(Time) override { return std::nullopt; }
  void on_tick(Time, const RunState&) override {}
};

}  // namespace runbook
