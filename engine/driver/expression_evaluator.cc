#include "driver/expression_evaluator.h"

#include <algorithm>

#include "base/check.h"
#include "driver/judge.h"
#include "source/codes.h"

namespace runbook {
namespace {

bool late(const Node& node) {
  return node.kind == NodeKind::undo || node.kind == NodeKind::handler ||
         (node.kind == NodeKind::probe && node.moment == ProbeMoment::undo);
}

}  // namespace

ExpressionEvaluator::ExpressionEvaluator(const Plan& plan, RunContext context, std::uint64_t seed)
    : plan_(plan), context_(std::move(context)), random_(seed) {
  sandbox_.set("params", context_.params);
  sandbox_.set("secrets", context_.secrets);
  sandbox_.set("vars", Value::map());
  sandbox_.set("env", Value::map());
}

std::string ExpressionEvaluator::explain(const EvaluationError& error) const {
  std::string text = error.message;
  if (error.span) text += " (line " + std::to_string(error.span.line()) + ")";
  if (!error.help.empty()) text += "; " + error.help;
  return context_.redact(text);
}

Value ExpressionEvaluator::about_run() const {
  Value run = Value::map();
  run.set("id", context_.run_id);
  run.set("name", plan_.runbook->name.value);
  run.set("kind", kind_name(plan_.runbook->kind));
  run.set("user", context_.user);
  run.set("host", context_.host);
  run.set("started_at", context_.started_at);
  run.set("dry_run", false);
  return run;
}

void ExpressionEvaluator::prepare_run(Diagnostics& diagnostics) {
  sandbox_.set("run", about_run());
  Value vars = Value::map();
  for (const auto& [name, value] : plan_.runbook->vars) {
    auto rendered = sandbox_.render(value);
    if (!rendered) {
      auto& d = diagnostics.error(code::bad_value, rendered.error().span ? rendered.error().span : name.span,
                                  "`vars." + name.value + "` has no value: " + context_.redact(rendered.error().message));
      d.help = rendered.error().help;
      continue;
    }
    vars.set(name.value, std::move(*rendered));
    sandbox_.set("vars", vars);
  }
}

Answer ExpressionEvaluator::answer(const Question& question, const RunState& state) {
  const auto& node = plan_[question.node];
  if (question.kind == Question::Kind::wait) {
    // Jitter takes away up to its part of the wait, so that a bound in the runbook stays a bound.
    std::uniform_real_distribution<double> draw(1 - node.retry.jitter, 1);
    const auto drawn = static_cast<double>(question.base.count()) * (node.retry.jitter > 0 ? draw(random_) : 1);
    // What a server asked for is the least.
    const auto wait = std::max(Duration(static_cast<std::int64_t>(drawn)), state[node.id].retry_after.value_or(Duration(0)));
    return {Answer::Kind::yes, "", wait};
  }
  if (late(node)) {
    show_untouched(state);
    show_run(state);
  }
  show_environment(node);
  if (question.kind == Question::Kind::prepare) return prepare(node, question.attempt, state);
  const auto& when = *node.step->when;
  const auto holds = sandbox_.test(when);
  if (!holds) return {Answer::Kind::failed, "`when` has no value: " + explain(holds.error()), {}};
  if (*holds) return {};
  return {Answer::Kind::no, "when: " + when.text.value + " is false", {}};
}

Answer ExpressionEvaluator::prepare(const Node& node, int attempt, const RunState&) {
  sandbox_.set("attempt", attempt);
  auto rendered = render_work(plan_, node, attempt, context_, sandbox_);
  sandbox_.unset("attempt");
  if (!rendered) return {Answer::Kind::failed, explain(rendered.error()), {}};
  prepared_[node.id] = std::move(rendered->work);
  return {Answer::Kind::yes, std::move(rendered->command), {}};
}

Work ExpressionEvaluator::take_work(const AttemptStarted& attempt) {
  const auto found = prepared_.find(attempt.node);
  CHECK(found != prepared_.end() && found->second.attempt == attempt.attempt);
  Work work = std::move(found->second);
  prepared_.erase(found);
  work.deadline = attempt.deadline;
  return work;
}

AttemptFinished ExpressionEvaluator::judge(AttemptEnded ended, const RunState& state, Time now) {
  const auto& node = plan_[ended.node];
  const Step& step = *node.step;
  const auto verdict = judge_action(step.action, ended);
  AttemptFinished finished;
  finished.node = ended.node;
  finished.attempt = ended.attempt;
  finished.outcome = verdict.ok ? Outcome::succeeded : Outcome::failed;
  finished.message = context_.redact(verdict.message);
  finished.warnings = verdict.warnings;
  if (verdict.ok && !verdict.warnings.empty()) finished.outcome = Outcome::warned;
  finished.retry_after = verdict.retry_after;
  finished.log = ended.log;
  finished.log_sha256 = ended.log_sha256;
  finished.log_size = ended.log_size;
  finished.killed_background = ended.killed_background;
  finished.unkillable = ended.unkillable;
  if (!ended.outputs_error.empty()) {
    finished.outcome = Outcome::failed;
    if (verdict.ok) finished.message = ended.outputs_error;
  }
  if (ended.unkillable) {
    finished.outcome = Outcome::failed;
    finished.message += (finished.message.empty() ? "" : "; ") + std::string("a process survived KILL and may still act");
  }
  // As a resumed run will read it in the journal, so that both evaluate the same.
  auto result = as_read_back(
      full_result(ended, finished.outcome != Outcome::failed, ended.attempt, now - attempt_at_[ended.node]));
  // A stopped attempt is judged by why it was stopped: its exit code and output say nothing about the step.
  const bool stopped = state[ended.node].stop.has_value();
  bool answered = says_no(ended);
  const bool asks = !stopped && (!step.expect.empty() || !step.outputs.empty() || (step.retry && step.retry->condition));
  if (asks) {
    show_environment(node);
    sandbox_.set("attempt", ended.attempt);
    sandbox_.set("result", result);
    if (finished.outcome != Outcome::failed) answered = expect(step, finished);
    if (finished.outcome != Outcome::failed) {
      auto outputs = *result.find("outputs");
      for (const auto& [name, expression] : step.outputs) {
        auto value = sandbox_.evaluate(expression);
        if (!value) {
          finished.outcome = Outcome::failed;
          finished.message = "output `" + name.value + "` has no value: " + explain(value.error());
          break;
        }
        outputs.set(name.value, as_read_back(std::move(*value)));
      }
      result.set("outputs", std::move(outputs));
    }
    result.set("ok", finished.outcome != Outcome::failed);
  }
  if (ended.download && finished.outcome != Outcome::failed && !stopped) {
    if (auto kept = ended.download->keep(); !kept) {
      finished.outcome = Outcome::failed;
      finished.message = context_.redact(kept.error().message());
      result.set("ok", false);
    }
  }
  finished.retryable = true;
  const bool probe = node.kind == NodeKind::probe;
  if (probe && finished.outcome == Outcome::failed && !answered) finished.outcome = Outcome::unknown;
  // What succeeds may be tried again, too, when its probe has its say.
  const bool may_repeat = !satisfies(finished.outcome) || probe || node.probe(ProbeMoment::after) != no_node;
  if (may_repeat && asks) {
    sandbox_.set("result", result);
    decide_retry(step, finished);
  }
  if (asks) {
    sandbox_.unset("result");
    sandbox_.unset("attempt");
  }
  finished.result = kept_result(result, node);
  return finished;
}

bool ExpressionEvaluator::expect(const Step& step, AttemptFinished& finished) {
  for (const auto& expectation : step.expect) {
    const auto holds = sandbox_.test(expectation.that);
    if (holds && *holds) continue;
    std::string message = "expected " + expectation.that.text.value;
    if (!holds) {
      message = "`expect` has no value: " + explain(holds.error());
    } else if (expectation.message) {
      const auto text = sandbox_.render_text(*expectation.message);
      message = text ? *text : message + "; its message has no value: " + explain(text.error());
    }
    message = context_.redact(message);
    if (expectation.warn && holds) {
      finished.outcome = Outcome::warned;
      finished.warnings.push_back(std::move(message));
      continue;
    }
    finished.outcome = Outcome::failed;
    finished.message = std::move(message);
    return holds.has_value();
  }
  return true;
}

void ExpressionEvaluator::decide_retry(const Step& step, AttemptFinished& finished) {
  if (!step.retry || !step.retry->condition) return;
  const auto again = sandbox_.test(*step.retry->condition);
  finished.retryable = again && *again;
  if (!again && !satisfies(finished.outcome)) finished.message += "; `retry.if` has no value: " + explain(again.error());
}

void ExpressionEvaluator::on_event(const Event& event, Time at, const RunState& state) {
  if (const auto* begun = std::get_if<NodeReady>(&event)) {
    ready_at_[begun->node] = at;
  } else if (const auto* attempt = std::get_if<AttemptStarted>(&event)) {
    attempt_at_[attempt->node] = at;
  } else if (const auto* attempt_end = std::get_if<AttemptFinished>(&event)) {
    results_[attempt_end->node] = attempt_end->result;
  } else if (const auto node = node_of(event); node != no_node && plan_[node].is_step() && node != root_node &&
                                               state[node].phase == Phase::ended) {
    const auto found = results_.find(node);
    Value result = found == results_.end() ? Value::map() : std::move(found->second);
    if (found != results_.end()) results_.erase(found);
    const auto& ended = state[node];
    result.set("outcome", outcome_name(ended.outcome));
    result.set("ok", satisfies(ended.outcome));
    result.set("attempts", ended.attempts);
    if (const auto ready = ready_at_.find(node); ready != ready_at_.end())
      result.set("duration", static_cast<double>((at - ready->second).count()) / 1000);
    if (!result.find("outputs")) result.set("outputs", Value::map());
    sandbox_.set_step(plan_[node].name, result);
  }
}

void ExpressionEvaluator::show_run(const RunState& state) {
  Value run = about_run();
  run.set("outcome", run_outcome_name(state.outcome_so_far()));
  const auto failed = state.failed_node();
  run.set("failed_step", failed == no_node || failed == root_node ? Value("") : Value(plan_[failed].name));
  sandbox_.set("run", run);
}

void ExpressionEvaluator::show_environment(const Node& node) {
  if (env_of_ == node.id) return;
  env_of_ = node.id;
  std::vector<const EnvTemplate*> layers;
  for (auto id = node.id; id != no_node; id = plan_[id].owner != no_node ? plan_[id].owner : plan_[id].parent)
    if (plan_[id].step && !plan_[id].step->env.empty()) layers.push_back(&plan_[id].step->env);
  if (!plan_.runbook->env.empty()) layers.push_back(&plan_.runbook->env);
  Value env = Value::map();
  if (layers.empty()) {
    if (std::exchange(env_shown_, false)) sandbox_.set("env", env);
    return;
  }
  env_shown_ = true;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    for (const auto& [name, value] : **layer) {
      // What has no value here is told when the step itself is rendered.
      if (auto text = sandbox_.render_text(value)) env.set(name.value, std::move(*text));
      sandbox_.set("env", env);
    }
  }
}

void ExpressionEvaluator::show_untouched(const RunState& state) {
  if (std::exchange(untouched_shown_, true)) return;
  for (const auto& node : plan_.nodes) {
    if (!node.is_step() || node.id == root_node || state[node.id].phase == Phase::ended) continue;
    Value result = Value::map();
    result.set("outcome", "pending");
    result.set("ok", false);
    result.set("attempts", state[node.id].attempts);
    result.set("outputs", Value::map());
    sandbox_.set_step(node.name, result);
  }
}

}  // namespace runbook
