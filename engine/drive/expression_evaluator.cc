#include "drive/expression_evaluator.h"

#include <algorithm>

#include "action/judge.h"
#include "base/check.h"
#include "language/param_value.h"
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
  (void)render_vars(*plan_.runbook, &diagnostics);
}

Answer ExpressionEvaluator::answer(const Question& question, const RunState& state) {
  const auto& plan = state.plan();
  const auto& node = plan[question.node];
  if (question.kind == Question::Kind::wait) {
    // Jitter takes away up to its part of the wait, so that a bound in the runbook stays a bound.
    std::uniform_real_distribution<double> draw(1 - node.retry.jitter, 1);
    const auto drawn = static_cast<double>(question.base.count()) * (node.retry.jitter > 0 ? draw(random_) : 1);
    // What a server asked for is the least.
    const auto wait =
        std::max(Duration(static_cast<std::int64_t>(drawn)), state[node.id].retry_after.value_or(Duration(0)));
    return {Answer::Kind::yes, "", wait};
  }
  if (late(node)) show_untouched(state);
  if (auto why = enter(node.scope, plan); !why.empty()) return {Answer::Kind::failed, std::move(why), {}};
  if (late(node)) show_run(state);
  show_environment(node, plan);
  switch (question.kind) {
    case Question::Kind::when: return when(node, plan);
    case Question::Kind::items: return items(node);
    case Question::Kind::outputs: return outputs(node, plan);
    default: return node.manual ? ask(node, *node.step->manual()) : prepare(node, question.attempt, state);
  }
}

Answer ExpressionEvaluator::when(const Node& node, const Plan& plan) {
  if (node.step->when) {
    const auto& condition = *node.step->when;
    const auto holds = sandbox_.test(condition);
    if (!holds) return {Answer::Kind::failed, "`when` has no value: " + explain(holds.error()), {}};
    if (!*holds) return {Answer::Kind::no, "when: " + condition.text.value + " is false", {}};
  }
  if (node.inside != no_scope)
    if (auto why = enter(node.inside, plan); !why.empty()) return {Answer::Kind::failed, std::move(why), {}};
  return {};
}

Answer ExpressionEvaluator::items(const Node& node) {
  constexpr std::size_t most = 10'000;
  const auto& loop = node.step->loop->items;
  auto list = std::holds_alternative<Expression>(loop) ? sandbox_.evaluate(std::get<Expression>(loop))
                                                       : sandbox_.render(std::get<ValueTemplate>(loop));
  if (!list) return {Answer::Kind::failed, "`for_each` has no value: " + explain(list.error()), {}};
  if (list->is_map() && list->as_map().empty()) *list = Value::list();  // Lua has one empty table for both
  if (!list->is_list()) {
    const auto* help = list->is_map() ? "; write `keys(…)` to go through the keys of a map" : "";
    return {Answer::Kind::failed, "`for_each` must give a list, not " + std::string(list->kind_name()) + help, {}};
  }
  if (list->as_list().size() > most)
    return {Answer::Kind::failed,
            "`for_each` gives " + std::to_string(list->as_list().size()) + " items, more than " + std::to_string(most),
            {}};
  Answer answer;
  answer.value = std::move(*list);
  return answer;
}

Answer ExpressionEvaluator::outputs(const Node& node, const Plan& plan) {
  Answer answer;
  answer.value = Value::map();
  const auto add = [&](const std::vector<std::pair<Text, Expression>>& outputs) {
    for (const auto& [name, expression] : outputs) {
      auto value = sandbox_.evaluate(expression);
      if (!value) {
        answer.kind = Answer::Kind::failed;
        answer.text = "output `" + name.value + "` has no value: " + explain(value.error());
        return false;
      }
      answer.value.set(name.value, std::move(*value));
    }
    return true;
  };
  if (node.inside != no_scope) {
    if (auto why = enter(node.inside, plan); !why.empty()) return {Answer::Kind::failed, std::move(why), {}};
    if (!add(plan.scopes[node.inside].runbook->outputs)) return answer;
    (void)enter(node.scope, plan);
  }
  Value result = Value::map();
  result.set("outputs", answer.value);
  result.set("ok", true);
  sandbox_.set("result", result);
  add(node.step->outputs);
  sandbox_.unset("result");
  return answer;
}

// What a person is told. Secrets do not belong there: their values are taken out.
Answer ExpressionEvaluator::ask(const Node& node, const ManualAction& manual) {
  Answer answer;
  std::string wrong;
  const auto text = [&](const Template& source) {
    const auto rendered = sandbox_.render_text(source);
    if (!rendered && wrong.empty()) wrong = explain(rendered.error());
    return rendered ? context_.redact(*rendered) : std::string();
  };
  answer.asked.node = node.id;
  answer.asked.instructions = text(manual.instructions);
  for (const auto& item : manual.checklist) answer.asked.checklist.push_back(text(item));
  if (manual.confirm) {
    answer.asked.confirm = text(*manual.confirm);
    if (answer.asked.confirm.empty() && wrong.empty()) wrong = "the word to type is empty: see its `confirm`";
  }
  answer.asked.role = manual.role;
  answer.asked.inputs = describe_params(manual.inputs);
  if (!wrong.empty()) return {Answer::Kind::failed, wrong, {}, {}};
  return answer;
}

Answer ExpressionEvaluator::prepare(const Node& node, int attempt, const RunState& state) {
  sandbox_.set("attempt", attempt);
  auto rendered = render_work(state.plan(), node, attempt, context_, sandbox_);
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
  const auto& node = state.plan()[ended.node];
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
    finished.message +=
        (finished.message.empty() ? "" : "; ") + std::string("a process survived KILL and may still act");
  }
  // As a resumed run will read it in the journal, so that both evaluate the same.
  auto result = as_read_back(
      full_result(ended, finished.outcome != Outcome::failed, ended.attempt, now - attempt_at_[ended.node]));
  // A stopped attempt is judged by why it was stopped: its exit code and output say nothing about the step.
  const bool stopped = state[ended.node].stop.has_value();
  bool answered = says_no(ended);
  const bool asks =
      !stopped && (!step.expect.empty() || !step.outputs.empty() || (step.retry && step.retry->condition));
  if (asks) {
    (void)enter(node.scope, state.plan());  // it was entered to render the attempt
    show_environment(node, state.plan());
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
  tell_artifacts(ended, finished);
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

// What is not kept is said; of a step that failed nobody expects that it left everything.
void ExpressionEvaluator::tell_artifacts(const AttemptEnded& ended, AttemptFinished& finished) const {
  finished.artifacts = ended.artifacts;
  auto said = ended.artifact_problems;
  if (satisfies(finished.outcome))
    said.insert(said.end(), ended.artifacts_missing.begin(), ended.artifacts_missing.end());
  for (const auto& text : said) finished.warnings.push_back(context_.redact(text));
  if (!said.empty() && finished.outcome == Outcome::succeeded) finished.outcome = Outcome::warned;
}

void ExpressionEvaluator::decide_retry(const Step& step, AttemptFinished& finished) {
  if (!step.retry || !step.retry->condition) return;
  const auto again = sandbox_.test(*step.retry->condition);
  finished.retryable = again && *again;
  if (!again && !satisfies(finished.outcome))
    finished.message += "; `retry.if` has no value: " + explain(again.error());
}

void ExpressionEvaluator::on_event(const Event& event, Time at, const RunState& state) {
  if (const auto* begun = std::get_if<NodeReady>(&event)) {
    ready_at_[begun->node] = at;
  } else if (const auto* attempt = std::get_if<AttemptStarted>(&event)) {
    attempt_at_[attempt->node] = at;
  } else if (const auto* attempt_end = std::get_if<AttemptFinished>(&event)) {
    results_[attempt_end->node] = attempt_end->result;
  } else if (const auto* approved = std::get_if<Approved>(&event)) {
    Value result = Value::map();
    result.set("outputs", approved->inputs.is_map() ? approved->inputs : Value::map());
    results_[approved->node] = std::move(result);
  }
  const auto& plan = state.plan();
  const auto id = node_of(event);
  if (id == no_node || id == root_node || !has_name(plan[id]) || state[id].phase != Phase::ended) return;
  const auto found = results_.find(id);
  Value result = found == results_.end() ? Value::map() : std::move(found->second);
  if (found != results_.end()) results_.erase(found);
  const auto& ended = state[id];
  result.set("outcome", outcome_name(ended.outcome));
  result.set("ok", satisfies(ended.outcome));
  result.set("attempts", ended.attempts);
  if (const auto ready = ready_at_.find(id); ready != ready_at_.end())
    result.set("duration", static_cast<double>((at - ready->second).count()) / 1000);
  const auto* finished = std::get_if<NodeFinished>(&event);
  if (finished && finished->outputs.is_map()) result.set("outputs", finished->outputs);
  name_outputs(*plan[id].step, result);
  keep_result(plan[id], std::move(result), plan);
  // The members of a skipped group have no events of their own.
  if (plan[id].is_group() && ended.outcome == Outcome::skipped) keep_skipped(plan[id], plan);
}

void ExpressionEvaluator::show_run(const RunState& state) {
  Value run = about_run();
  const auto& plan = state.plan();
  run.set("outcome", run_outcome_name(state.outcome_so_far()));
  const auto failed = state.failed_node();
  run.set("failed_step", failed == no_node || failed == root_node ? Value("") : Value(plan[failed].name));
  sandbox_.set("run", run);
}

}  // namespace runbook
