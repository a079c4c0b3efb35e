// What expressions see, by the scope they stand in: the runbook's own, that of a runbook it uses, an instance of a
// loop.
#include "drive/expression_evaluator.h"
#include "library/uses.h"
#include "source/codes.h"
#include "values/surroundings.h"

namespace runbook {

std::string ExpressionEvaluator::enter(ScopeId id, const Plan& plan) {
  if (id != root_scope && entered_.count(id) == 0) {
    const auto& scope = plan.scopes[id];
    if (auto why = enter(scope.around, plan); !why.empty()) return why;
    if (scope.inherits) {
      sandbox_.open_scope(static_cast<int>(id), static_cast<int>(scope.around));
      sandbox_.enter_scope(static_cast<int>(id));
      sandbox_.set("item", scope.item);
      sandbox_.set("index", scope.index);
    } else if (auto why = open_use(scope, plan); !why.empty()) {
      return why;
    }
    entered_.insert(id);
    env_of_ = root_node;
  }
  if (sandbox_.scope() != static_cast<int>(id)) env_of_ = root_node;
  sandbox_.enter_scope(static_cast<int>(id));
  return {};
}

std::string ExpressionEvaluator::open_use(const Scope& scope, const Plan& plan) {
  const auto& user = plan[scope.node];
  show_environment(user, plan);
  Value given = Value::map();
  for (const auto& [name, value] : user.step->use()->with) {
    auto rendered = sandbox_.render(value);
    if (!rendered) return "the input `" + name.value + "` has no value: " + explain(rendered.error());
    given.set(name.value, std::move(*rendered));
  }
  auto bound = bind_inputs(*scope.runbook, given);
  if (!bound.error.empty())
    return context_.redact(bound.error + " (line " + std::to_string(user.step->action_span.line()) + ")");
  sandbox_.open_scope(static_cast<int>(scope.id));
  sandbox_.enter_scope(static_cast<int>(scope.id));
  const auto secrets = context_.used_secrets.find(scope.runbook);
  sandbox_.set("params", bound.params);
  sandbox_.set("secrets", secrets == context_.used_secrets.end() ? Value::map() : secrets->second);
  sandbox_.set("vars", Value::map());
  sandbox_.set("env", Value::map());
  sandbox_.set("run", about_run());
  const auto vars = render_vars(*scope.runbook, nullptr);
  return vars ? std::string() : explain(vars.error());
}

Evaluated<bool> ExpressionEvaluator::render_vars(const Runbook& runbook, Diagnostics* diagnostics) {
  Value vars = Value::map();
  for (const auto& [name, value] : runbook.vars) {
    auto rendered = sandbox_.render(value);
    if (!rendered) {
      auto error = rendered.error();
      error.message = "`vars." + name.value + "` has no value: " + error.message;
      if (!diagnostics) return tl::unexpected(std::move(error));
      auto& d =
          diagnostics->error(code::bad_value, error.span ? error.span : name.span, context_.redact(error.message));
      d.help = error.help;
      continue;
    }
    vars.set(name.value, std::move(*rendered));
    sandbox_.set("vars", vars);
  }
  return true;
}

void ExpressionEvaluator::show_environment(const Node& node, const Plan& plan) {
  if (env_of_ == node.id && node.id != root_node) return;
  const auto scope = sandbox_.scope();
  Value env = Value::map();
  for (const auto& layer : surroundings(plan, node)) {
    if (layer.env->empty()) continue;
    sandbox_.enter_scope(static_cast<int>(layer.scope));
    sandbox_.set("env", env);
    for (const auto& [name, value] : *layer.env) {
      // What has no value here is told when the step itself is rendered.
      if (auto text = sandbox_.render_text(value)) env.set(name.value, std::move(*text));
      sandbox_.set("env", env);
    }
  }
  sandbox_.enter_scope(scope);
  sandbox_.set("env", env);
  env_of_ = node.id;
}

bool ExpressionEvaluator::has_name(const Node& node) {
  return node.is_step() || (node.is_handler() && !node.step->id.empty());
}

// Undo steps and handlers may look at steps that never had a turn.
void ExpressionEvaluator::show_untouched(const RunState& state) {
  if (std::exchange(untouched_shown_, true)) return;
  const auto& plan = state.plan();
  for (const auto& node : plan.nodes) {
    if (!has_name(node) || node.id == root_node || state[node.id].phase == Phase::ended) continue;
    // Nothing that was never begun inside a used runbook has expressions that are asked now.
    if (node.scope != root_scope && entered_.count(node.scope) == 0) continue;
    Value result = Value::map();
    result.set("outcome", "pending");
    result.set("ok", false);
    result.set("attempts", state[node.id].attempts);
    name_outputs(*node.step, result);
    if (enter(node.scope, plan).empty()) sandbox_.set_step(node.step->id, result);
  }
}

// `steps.ID` of a loop has in each field that its instances have the list of theirs; how it ended is its own.
void ExpressionEvaluator::keep_result(const Node& node, Value result, const Plan& plan) {
  if (node.is_loop()) {
    const auto found = instances_.find(node.id);
    const Value::List all = found == instances_.end() ? Value::List() : std::move(found->second);
    if (found != instances_.end()) instances_.erase(found);
    Value outputs = Value::map();
    std::int64_t attempts = 0;
    const auto gather = [&](Value& into, std::string_view name, auto&& of) {
      if (into.find(name)) return;
      Value::List list;
      for (const auto& one : all) {
        const auto* value = of(one, name);
        list.push_back(value ? *value : Value());
      }
      into.set(name, std::move(list));
    };
    const auto field_of = [](const Value& one, std::string_view name) { return one.find(name); };
    const auto output_of = [](const Value& one, std::string_view name) {
      const auto* own = one.find("outputs");
      return own ? own->find(name) : nullptr;
    };
    for (const auto& one : all) {
      if (const auto* count = one.find("attempts"); count && count->is_integer()) attempts += count->as_integer();
      if (!one.is_map()) continue;
      for (const auto& [name, value] : one.as_map())
        if (name != "outputs" && name != "attempts") gather(result, name, field_of);
      if (const auto* own = one.find("outputs"); own && own->is_map())
        for (const auto& [name, value] : own->as_map()) gather(outputs, name, output_of);
    }
    // A name that is declared is a list, however many instances there are.
    for (const auto& [name, expression] : node.step->outputs) gather(outputs, name.value, output_of);
    if (const auto* use = node.step->use(); use && use->runbook)
      for (const auto& [name, expression] : use->runbook->outputs) gather(outputs, name.value, output_of);
    result.set("outputs", std::move(outputs));
    result.set("attempts", attempts);
  }
  const auto& scope = plan.scopes[node.scope];
  if (scope.inherits && scope.node == node.id) {
    auto& all = instances_[node.parent];
    if (all.size() < static_cast<std::size_t>(scope.index)) all.resize(static_cast<std::size_t>(scope.index));
    all[static_cast<std::size_t>(scope.index) - 1] = std::move(result);
  } else if (enter(node.scope, plan).empty()) {
    sandbox_.set_step(node.step->id, result);
  }
}

void ExpressionEvaluator::name_outputs(const Step& step, Value& result) {
  Value outputs = result.find("outputs") ? *result.find("outputs") : Value::map();
  const auto name = [&](const std::vector<std::pair<Text, Expression>>& declared) {
    for (const auto& [text, expression] : declared)
      if (!outputs.find(text.value)) outputs.set(text.value, Value());
  };
  name(step.outputs);
  if (const auto* use = step.use(); use && use->runbook) name(use->runbook->outputs);
  result.set("outputs", std::move(outputs));
}

void ExpressionEvaluator::keep_skipped(const Node& group, const Plan& plan) {
  for (const auto id : group.members) {
    const auto& member = plan[id];
    if (member.scope != group.scope) continue;  // in a used runbook, which nobody asks now
    Value result = Value::map();
    result.set("outcome", outcome_name(Outcome::skipped));
    result.set("ok", true);
    result.set("attempts", 0);
    name_outputs(*member.step, result);
    keep_result(member, std::move(result), plan);
    if (member.is_group()) keep_skipped(member, plan);
  }
}

}  // namespace runbook
