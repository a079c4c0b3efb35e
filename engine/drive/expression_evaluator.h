// ExpressionEvaluator: the Evaluator of real runs: Lua expressions over params, vars and the results of earlier steps.
// What it knows of the run comes from events alone, so that a resumed run evaluates as the first one would have.
#pragma once

#include <map>
#include <random>
#include <set>

#include "action/render_work.h"
#include "drive/evaluator.h"
#include "expr/sandbox.h"
#include "runbook/runbook.h"
#include "source/diagnostic.h"
#include "values/run_context.h"

namespace runbook {

class ExpressionEvaluator : public Evaluator {
 public:
  ExpressionEvaluator(const Plan& plan, RunContext context, std::uint64_t seed);

  // Evaluates `vars` and the runbook's `env`; once, before the run. Errors have places.
  void prepare_run(Diagnostics& diagnostics);

  Answer answer(const Question& question, const RunState& state) override;
  Work take_work(const AttemptStarted& attempt) override;
  std::string redact(std::string_view text) override { return context_.redact(text); }
  AttemptFinished judge(AttemptEnded ended, const RunState& state, Time now) override;
  void on_event(const Event& event, Time at, const RunState& state) override;

 private:
  Answer ask(const Node& node, const ManualAction& manual);
  Answer prepare(const Node& node, int attempt, const RunState& state);
  Answer when(const Node& node, const Plan& plan);
  Answer items(const Node& node);
  Answer outputs(const Node& node, const Plan& plan);

  // Makes names read as the scope has them. The inputs and variables of a used runbook are worked out when its scope is
  // entered for the first time; from finished steps, so that a resume finds the same. An error says why they have none.
  std::string enter(ScopeId scope, const Plan& plan);
  std::string open_use(const Scope& scope, const Plan& plan);
  Evaluated<bool> render_vars(const Runbook& runbook, Diagnostics* diagnostics);

  void keep_result(const Node& node, Value result, const Plan& plan);
  // What is declared and has no value reads as nil, for `default(…)`; only what nobody declared does not exist.
  static void name_outputs(const Step& step, Value& result);
  void keep_skipped(const Node& group, const Plan& plan);
  static bool has_name(const Node& node);  // `steps.ID` can be it
  Value about_run() const;
  void show_run(const RunState& state);                       // makes `run` read as it is now
  void show_environment(const Node& node, const Plan& plan);  // makes `env` read as the node would have it
  void show_untouched(const RunState& state);  // undo and handlers may look at steps that never had a turn
  bool expect(const Step& step, AttemptFinished& finished);  // false: a condition has no value
  void tell_artifacts(const AttemptEnded& ended, AttemptFinished& finished) const;
  void decide_retry(const Step& step, AttemptFinished& finished);
  std::string explain(const EvaluationError& error) const;

  const Plan& plan_;  // as it was before any loop: for what is about the runbook
  RunContext context_;
  Sandbox sandbox_;
  std::mt19937_64 random_;
  std::map<NodeId, Work> prepared_;
  std::map<NodeId, Time> ready_at_, attempt_at_;
  std::map<NodeId, Value> results_;          // of the last attempt, until the node ends
  std::map<NodeId, Value::List> instances_;  // of loops that go on: the results, in order
  std::set<ScopeId> entered_;
  NodeId env_of_ = root_node;
  bool untouched_shown_ = false;
};

}  // namespace runbook
