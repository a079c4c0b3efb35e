#include "plan/references.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "base/text.h"
#include "runbook/runbook.h"
#include "source/codes.h"

namespace runbook {
namespace {

using Names = std::vector<std::string_view>;

// Where an expression stands decides what it may speak of.
struct Place {
  NodeId node = no_node;   // whose expression it is; no_node: of the runbook itself
  bool has_result = false; // `result` exists
  bool has_attempt = false;
};

class Checker {
 public:
  Checker(Plan& plan, const Runbook& runbook, bool ordered, Diagnostics& diagnostics)
      : plan_(plan), runbook_(runbook), ordered_(ordered), diagnostics_(diagnostics) {
    for (const auto& node : plan.nodes)
      if (node.is_step() && node.id != root_node) steps_.emplace(node.name, node.id);
    for (const auto& param : runbook.params) params_.push_back(param.name.value);
    for (const auto& secret : runbook.secrets) secrets_.push_back(secret.name.value);
  }

  void check() {
    for (const auto& [name, value] : runbook_.vars) {
      value.each_expression([&](const Expression& e) { see(e, Place{}); });
      vars_.push_back(name.value);  // a var may use those above it
    }
    check_env(runbook_.env, Place{});
    if (runbook_.lock) runbook_.lock->name.each_expression([&](const Expression& e) { see_in_lock(e); });
    // A probe reads the same at each of its moments: what it may speak of is there at the first.
    for (const auto& node : plan_.nodes)
      if (node.step && !(node.kind == NodeKind::probe && node.moment != ProbeMoment::before)) check_step(node);
  }

 private:
  void check_env(const EnvTemplate& env, const Place& place) {
    for (const auto& [name, value] : env) value.each_expression([&](const Expression& e) { see(e, place); });
  }

  void check_step(const Node& node) {
    const Step& step = *node.step;
    const Place before{node.id, false, false}, during{node.id, false, true}, after{node.id, true, true};
    const auto in = [&](const Place& place) { return [&, place](const Expression& e) { see(e, place); }; };
    if (step.when) see(*step.when, before);
    check_env(step.env, during);
    if (step.cwd) step.cwd->each_expression(in(during));
    for (const auto& pattern : step.artifacts) pattern.each_expression(in(during));
    if (const auto* shell = std::get_if<ShellAction>(&step.action)) {
      for (const auto& variable : shell->script.variables) see(variable.value, during);
    } else if (const auto* exec = std::get_if<ExecAction>(&step.action)) {
      for (const auto& argument : exec->argv) argument.each_expression(in(during));
    } else if (const auto* http = std::get_if<HttpAction>(&step.action)) {
      http->each_expression(in(during));
    } else if (const auto* lua = std::get_if<LuaAction>(&step.action)) {
      see(Expression{lua->script.text, lua->script.references}, during);
    }
    for (const auto& expectation : step.expect) {
      see(expectation.that, after);
      if (expectation.message) expectation.message->each_expression(in(after));
    }
    if (step.retry && step.retry->condition) see(*step.retry->condition, after);
    for (const auto& [name, expression] : step.outputs) see(expression, after);
    if (node.is_group() && !step.outputs.empty()) {
      auto& d = diagnostics_.error(code::not_supported_yet, step.outputs.front().first.span,
                                   "`outputs` of a group is not supported yet");
      d.help = "give the outputs to the steps inside it";
    }
  }

  void see(const Expression& expression, const Place& place) {
    for (const auto& reference : expression.references) {
      const auto& root = reference.path[0];
      if (root == "steps") {
        see_step(expression, reference, place);
      } else if (root == "params") {
        require(expression, reference, params_, "parameter", "declare it under `params:`");
      } else if (root == "secrets") {
        require(expression, reference, secrets_, "secret", "declare it under `secrets:`");
      } else if (root == "vars") {
        require(expression, reference, vars_, "variable", "declare it under `vars:`, above where it is used");
      } else if (root == "env") {
        require(expression, reference, env_names(place), "environment variable",
                "declare it under `env:`; what the engine itself was started with is not visible to expressions");
      } else if (root == "result" && !place.has_result) {
        refuse(expression, reference, "`result` exists only in `expect`, `outputs` and `retry.if`");
      } else if (root == "attempt" && !place.has_attempt) {
        refuse(expression, reference, "`attempt` exists only while a step acts");
      } else if (root == "item" || root == "index") {
        refuse(expression, reference, "`" + root + "` exists only inside `for_each`");
      }
    }
  }

  void see_in_lock(const Expression& expression) {
    for (const auto& reference : expression.references) {
      const auto& root = reference.path[0];
      if (root == "params") {
        require(expression, reference, params_, "parameter", "declare it under `params:`");
        continue;
      }
      auto& d = diagnostics_.error(code::unknown_name, part(expression, reference, 0),
                                   "the name of a lock cannot speak of `" + root + "`");
      d.help = "a lock is taken before anything else is known: use `params` only";
    }
  }

  Span part(const Expression& expression, const Reference& reference, std::size_t index) const {
    return expression.text.at(reference.offsets[index], reference.path[index].size());
  }

  void refuse(const Expression& expression, const Reference& reference, std::string message) {
    diagnostics_.error(code::unknown_name, part(expression, reference, 0), std::move(message));
  }

  void require(const Expression& expression, const Reference& reference, const Names& known, const std::string& what,
               const std::string& otherwise) {
    if (reference.path.size() < 2) return;
    const auto& name = reference.path[1];
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    unknown(part(expression, reference, 1), "unknown " + what + " `" + name + "`", name, known, otherwise);
  }

  void unknown(Span span, std::string message, std::string_view name, const Names& known, const std::string& otherwise) {
    auto& d = diagnostics_.error(code::unknown_name, span, std::move(message));
    const auto near = nearest(name, known);
    d.help = near.empty() ? otherwise : "did you mean `" + std::string(near) + "`?";
  }

  void see_step(const Expression& expression, const Reference& reference, const Place& place) {
    if (reference.path.size() < 2) {  // steps[item], or all of them
      for (auto& node : plan_.nodes) keep_all(node);
      return;
    }
    const auto& name = reference.path[1];
    const auto found = steps_.find(name);
    if (found == steps_.end()) {
      Names names;
      for (const auto& node : plan_.nodes)
        if (node.is_step() && node.id != root_node) names.push_back(node.name);
      unknown(part(expression, reference, 1), "step `" + name + "` does not exist", name, names, "");
      return;
    }
    auto& target = plan_.nodes[found->second];
    if (ordered_ && !has_run_before(target, place)) {
      auto& d = diagnostics_.error(code::not_before, part(expression, reference, 1),
                                   place.node == target.id ? "step `" + name + "` cannot use its own result here"
                                                           : "step `" + name + "` may not have run yet");
      if (place.node == target.id) {
        d.help = "inside `expect`, `outputs` and `retry.if` it is `result`";
      } else if (place.node != no_node && plan_[place.node].is_step()) {
        d.help = "let `" + plan_[place.node].name + "` need it, directly or by way of other steps";
      }
      return;
    }
    if (reference.path.size() < 3) return keep_all(target);
    const auto& field = reference.path[2];
    if (field == "stdout" || field == "lines" || field == "json") target.keeps_stdout = true;
    if (field == "stderr") target.keeps_stderr = true;
    if (field == "body" || field == "json" || field == "headers") target.keeps_body = true;
    if (field == "outputs" && reference.path.size() > 3) see_output(expression, reference, target);
  }

  void see_output(const Expression& expression, const Reference& reference, const Node& target) {
    // A process may add outputs of its own by $RUNBOOK_OUTPUT, a script returns some: known only when it has run.
    const auto& action = target.step->action;
    if (std::holds_alternative<ShellAction>(action) || std::holds_alternative<ExecAction>(action) ||
        std::holds_alternative<LuaAction>(action))
      return;
    Names names;
    for (const auto& [name, value] : target.step->outputs) names.push_back(name.value);
    const auto& wanted = reference.path[3];
    if (std::find(names.begin(), names.end(), wanted) != names.end()) return;
    unknown(part(expression, reference, 3), "step `" + target.name + "` has no output `" + wanted + "`", wanted, names,
            "declare it under its `outputs:`");
  }

  static void keep_all(Node& node) { node.keeps_stdout = node.keeps_stderr = node.keeps_body = true; }

  Names env_names(const Place& place) const {
    Names names;
    const auto add = [&](const EnvTemplate& env) {
      for (const auto& [name, value] : env) names.push_back(name.value);
    };
    add(runbook_.env);
    for (auto id = place.node; id != no_node; id = around(id))
      if (plan_[id].step) add(plan_[id].step->env);
    return names;
  }

  NodeId around(NodeId id) const { return plan_[id].owner != no_node ? plan_[id].owner : plan_[id].parent; }

  // Undo steps and handlers come when everything has had its turn; the run's preconditions come before all.
  bool has_run_before(const Node& target, const Place& place) {
    if (place.node == no_node) return false;
    const auto kind = plan_[place.node].kind;
    if (kind == NodeKind::undo || kind == NodeKind::handler) return true;
    if (kind == NodeKind::precondition) return false;
    // Both as members of the innermost group that holds both.
    std::vector<NodeId> path;
    auto mine = plan_[place.node].owner != no_node ? plan_[place.node].owner : place.node;
    for (auto id = mine; id != no_node; id = plan_[id].parent) path.push_back(id);
    auto theirs = target.id;
    while (plan_[theirs].parent != no_node &&
           std::find(path.begin(), path.end(), plan_[theirs].parent) == path.end())
      theirs = plan_[theirs].parent;
    if (plan_[theirs].parent == no_node) return false;
    const auto common = std::find(path.begin(), path.end(), plan_[theirs].parent);
    if (common == path.begin()) return false;  // a group's own expressions come before its members
    return reaches(*(common - 1), theirs);
  }

  // Does `from` need `to`, directly or by way of others?
  bool reaches(NodeId from, NodeId to) {
    if (from == to) return false;
    std::vector<NodeId> open{from};
    std::vector<bool> seen(plan_.nodes.size());
    while (!open.empty()) {
      const auto id = open.back();
      open.pop_back();
      for (const auto need : plan_[id].needs) {
        if (need == to) return true;
        if (!seen[need]) {
          seen[need] = true;
          open.push_back(need);
        }
      }
    }
    return false;
  }

  Plan& plan_;
  const Runbook& runbook_;
  const bool ordered_;
  Diagnostics& diagnostics_;
  std::unordered_map<std::string, NodeId> steps_;
  Names params_, secrets_, vars_;
};

}  // namespace

void check_references(Plan& plan, const Runbook& runbook, bool ordered, Diagnostics& diagnostics) {
  Checker(plan, runbook, ordered, diagnostics).check();
}

}  // namespace runbook
