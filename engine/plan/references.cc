#include "plan/references.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "runbook/runbook.h"
#include "source/codes.h"

namespace runbook {
namespace {

using Names = std::vector<std::string_view>;

// Where an expression stands decides what it may speak of.
struct Place {
  NodeId node = no_node;  // whose expression it is; no_node: of the runbook itself
  ScopeId scope = root_scope;
  bool has_result = false;  // `result` exists
  bool has_attempt = false;
  bool at_end = false;  // of a group: everything in it has had its turn
};

class Checker {
 public:
  Checker(Plan& plan, bool ordered, Diagnostics& diagnostics) : plan_(plan), ordered_(ordered), told_(diagnostics) {}

  void check() {
    for (const auto& scope : plan_.scopes)
      if (!scope.inherits) check_file(scope);
    for (const auto& node : plan_.nodes) {
      // A probe reads the same at each of its moments: what it may speak of is there at the first.
      if (!node.step || (node.kind == NodeKind::probe && node.moment != ProbeMoment::before)) continue;
      enter(node.scope);
      if (node.is_loop())
        check_loop(node);
      else
        check_step(node);
    }
  }

 private:
  // A runbook that is used twice has each of its mistakes once.
  void enter(ScopeId scope) {
    scope = plan_.file_scope(scope);
    const auto first = files_.emplace(plan_.scopes[scope].runbook, scope).first->second;
    diagnostics_ = first == scope ? &told_ : &repeated_;
    file_ = scope;
    known_ = &names_of(plan_.scopes[scope]);
  }

  struct Known {
    Names params, secrets, vars;
  };
  const Known& names_of(const Scope& scope) {
    const auto [place, is_new] = known_names_.try_emplace(scope.runbook);
    if (!is_new) return place->second;
    for (const auto& param : scope.runbook->params) place->second.params.push_back(param.name.value);
    for (const auto& secret : scope.runbook->secrets) place->second.secrets.push_back(secret.name.value);
    for (const auto& [name, value] : scope.runbook->vars) place->second.vars.push_back(name.value);
    return place->second;
  }

  void check_file(const Scope& scope) {
    enter(scope.id);
    Place place;
    place.scope = scope.id;
    const Known all = *known_;
    Known above = all;
    above.vars.clear();
    known_ = &above;
    for (const auto& [name, value] : scope.runbook->vars) {
      value.each_expression([&](const Expression& e) { see(e, place); });
      above.vars.push_back(name.value);  // a var may use those above it
    }
    known_ = &all;
    check_env(scope.runbook->env, place);
    if (scope.runbook->lock) scope.runbook->lock->name.each_expression([&](const Expression& e) { see_in_lock(e); });
    place.node = scope.node;
    place.at_end = true;
    for (const auto& [name, expression] : scope.runbook->outputs) see(expression, place);
  }

  void check_loop(const Node& node) {
    const Place before{node.id, node.scope, false, false, false};
    const auto in = [&](const Expression& e) {
      see(e, before);
      for (const auto& reference : e.references)
        if (reference.path[0] == "secrets")
          refuse(e, reference, "`for_each` cannot go through a secret: its items are in the journal");
    };
    const auto& loop = *node.step->loop;
    if (const auto* expression = std::get_if<Expression>(&loop.items))
      in(*expression);
    else
      std::get<ValueTemplate>(loop.items).each_expression(in);
    if (node.has_when) see(*node.step->when, before);
  }

  void check_env(const EnvTemplate& env, const Place& place) {
    for (const auto& [name, value] : env) value.each_expression([&](const Expression& e) { see(e, place); });
  }

  void check_step(const Node& node) {
    const Step& step = *node.step;
    const Place before{node.id, node.scope, false, false, false}, during{node.id, node.scope, false, true, false},
        after{node.id, node.scope, true, true, node.is_group()};
    const auto in = [&](const Place& place) { return [&, place](const Expression& e) { see(e, place); }; };
    if (step.when && (node.has_when || !step.loop)) see(*step.when, before);
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
    } else if (const auto* use = step.use()) {
      for (const auto& [name, value] : use->with) value.each_expression(in(before));
    } else if (const auto* manual = step.manual()) {
      manual->instructions.each_expression(in(before));
      if (manual->confirm) manual->confirm->each_expression(in(before));
      for (const auto& item : manual->checklist) item.each_expression(in(before));
    }
    for (const auto& expectation : step.expect) {
      see(expectation.that, after);
      if (expectation.message) expectation.message->each_expression(in(after));
    }
    if (step.retry && step.retry->condition) see(*step.retry->condition, after);
    for (const auto& [name, expression] : step.outputs) see(expression, after);
  }

  void see(const Expression& expression, const Place& place) {
    for (const auto& reference : expression.references) {
      const auto& root = reference.path[0];
      if (root == "steps") {
        see_step(expression, reference, place);
      } else if (root == "params") {
        require(expression, reference, known_->params, "parameter", "declare it under `params:`");
      } else if (root == "secrets") {
        require(expression, reference, known_->secrets, "secret", "declare it under `secrets:`");
      } else if (root == "vars") {
        require(expression, reference, known_->vars, "variable", "declare it under `vars:`, above where it is used");
      } else if (root == "env") {
        require(expression, reference, env_names(place), "environment variable",
                "declare it under `env:`; what the engine itself was started with is not visible to expressions");
      } else if (root == "result" && !place.has_result) {
        refuse(expression, reference, "`result` exists only in `expect`, `outputs` and `retry.if`");
      } else if (root == "attempt" && !place.has_attempt) {
        refuse(expression, reference, "`attempt` exists only while a step acts");
      } else if ((root == "item" || root == "index") && !plan_.scopes[place.scope].inherits) {
        refuse(expression, reference, "`" + root + "` exists only inside `for_each`");
      }
    }
  }

  void see_in_lock(const Expression& expression) {
    for (const auto& reference : expression.references) {
      const auto& root = reference.path[0];
      if (root == "params") {
        require(expression, reference, known_->params, "parameter", "declare it under `params:`");
        continue;
      }
      auto& d = diagnostics_->error(code::unknown_name, part(expression, reference, 0),
                                    "the name of a lock cannot speak of `" + root + "`");
      d.help = "a lock is taken before anything else is known: use `params` only";
    }
  }

  Span part(const Expression& expression, const Reference& reference, std::size_t index) const {
    return expression.text.at(reference.offsets[index], reference.path[index].size());
  }

  void refuse(const Expression& expression, const Reference& reference, std::string message) {
    diagnostics_->error(code::unknown_name, part(expression, reference, 0), std::move(message));
  }

  void require(const Expression& expression, const Reference& reference, const Names& known, const std::string& what,
               const std::string& otherwise) {
    if (reference.path.size() < 2) return;
    const auto& name = reference.path[1];
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    unknown(part(expression, reference, 1), "unknown " + what + " `" + name + "`", name, known, otherwise);
  }

  void unknown(Span span, std::string message, std::string_view name, const Names& known,
               const std::string& otherwise) {
    auto& d = diagnostics_->error(code::unknown_name, span, std::move(message));
    const auto near = nearest(name, known);
    d.help = near.empty() ? otherwise : "did you mean `" + std::string(near) + "`?";
  }

  void see_step(const Expression& expression, const Reference& reference, const Place& place) {
    if (reference.path.size() < 2) {  // steps[item], or all of them
      for (auto& node : plan_.nodes) keep_all(node);
      return;
    }
    const auto& name = reference.path[1];
    const auto found = plan_.find_step(place.scope, name);
    if (!found) return unknown_step(expression, reference, place);
    auto& target = plan_.nodes[*found];
    if (ordered_ && !has_run_before(target, place)) {
      auto& d = diagnostics_->error(code::not_before, part(expression, reference, 1),
                                    place.node == target.id ? "step `" + name + "` cannot use its own result here"
                                                            : "step `" + name + "` may not have run yet");
      if (place.node == target.id) {
        d.help = "inside `expect`, `outputs` and `retry.if` it is `result`";
      } else if (target.is_handler()) {
        d.help = "it is a handler: only those that run after it can read it";
      } else if (place.node != no_node && plan_[place.node].is_step()) {
        d.help = "let `" + plan_[place.node].step->id + "` need it, directly or by way of other steps";
      }
      return;
    }
    note_read(expression, reference, target.id, place);
    // What is read of a loop is read of each of its instances.
    auto& source = target.is_loop() ? plan_.nodes[plan_.bodies[target.body].first_node] : target;
    if (reference.path.size() < 3) return keep_all(source);
    const auto& field = reference.path[2];
    if (field == "stdout" || field == "lines" || field == "json") source.keeps_stdout = true;
    if (field == "stderr") source.keeps_stderr = true;
    if (field == "body" || field == "json" || field == "headers") source.keeps_body = true;
    if (field == "outputs" && reference.path.size() > 3) see_output(expression, reference, target);
  }

  void unknown_step(const Expression& expression, const Reference& reference, const Place& place) {
    const auto& name = reference.path[1];
    for (const auto& body : plan_.bodies) {
      for (const auto& scope : plan_.scopes) {
        const bool inside = scope.node == body.first_node && scope.inherits && scope.steps.count(name) > 0;
        if (!inside || scope.runbook != plan_.scopes[file_].runbook) continue;
        const auto& loop = plan_[plan_[body.first_node].parent];
        auto& d = diagnostics_->error(code::unknown_name, part(expression, reference, 1),
                                      "step `" + name + "` has an instance for each item of `" + loop.step->id + "`");
        d.help = "give that group `outputs`, and read the list `steps." + loop.step->id + ".outputs.…`";
        return;
      }
    }
    Names names;
    for (auto scope = place.scope;; scope = plan_.scopes[scope].around) {
      for (const auto& [id, node] : plan_.scopes[scope].steps) names.push_back(id);
      if (!plan_.scopes[scope].inherits) break;
    }
    std::sort(names.begin(), names.end());
    unknown(part(expression, reference, 1), "step `" + name + "` does not exist", name, names, "");
  }

  void note_read(const Expression& expression, const Reference& reference, NodeId target, const Place& place) {
    static constexpr std::string_view always_there[] = {"outcome", "ok", "attempts"};
    if (reference.path.size() < 3 || place.node == no_node ||
        std::find(std::begin(always_there), std::end(always_there), reference.path[2]) != std::end(always_there))
      return;
    const std::string_view text = expression.text.value;
    const auto before = trim(text.substr(0, reference.offset));
    const auto after = trim(text.substr(reference.offset + reference.length));
    const bool in_default = before.ends_with("(") && trim(before.substr(0, before.size() - 1)).ends_with("default");
    plan_.reads.push_back(
        {outside_loops(place.node), outside_loops(target), std::string(text.substr(reference.offset, reference.length)),
         expression.text.at(reference.offset, reference.length), in_default || after.starts_with("or ")});
  }

  // What a loop makes of its body is known only in the run: until then the outermost loop stands for all that is in it.
  NodeId outside_loops(NodeId id) const {
    auto outermost = id;
    for (auto one = around(id); one != no_node; one = around(one))
      if (plan_[one].is_loop()) outermost = one;
    return outermost;
  }

  void see_output(const Expression& expression, const Reference& reference, const Node& target) {
    // A process may add outputs of its own by $RUNBOOK_OUTPUT, a script returns some: known only when it has run.
    const auto& action = target.step->action;
    if (std::holds_alternative<ShellAction>(action) || std::holds_alternative<ExecAction>(action) ||
        std::holds_alternative<LuaAction>(action))
      return;
    Names names;
    for (const auto& [name, value] : target.step->outputs) names.push_back(name.value);
    if (const auto* use = target.step->use()) {
      if (!use->runbook) return;  // not found, which has been told
      for (const auto& [name, value] : use->runbook->outputs) names.push_back(name.value);
    }
    if (const auto* manual = target.step->manual())
      for (const auto& input : manual->inputs) names.push_back(input.name.value);
    const auto& wanted = reference.path[3];
    if (std::find(names.begin(), names.end(), wanted) != names.end()) return;
    const auto* where = target.step->use()      ? "declare it under `outputs:` of the runbook it uses"
                        : target.step->manual() ? "declare it under its `inputs:`"
                                                : "declare it under its `outputs:`";
    unknown(part(expression, reference, 3), "step `" + target.step->id + "` has no output `" + wanted + "`", wanted,
            names, where);
  }

  static void keep_all(Node& node) { node.keeps_stdout = node.keeps_stderr = node.keeps_body = true; }

  Names env_names(const Place& place) const {
    Names names;
    const auto add = [&](const EnvTemplate& env) {
      for (const auto& [name, value] : env) names.push_back(name.value);
    };
    add(plan_.scopes[file_].runbook->env);
    // Of the groups around it in the same file: what is around a used runbook is for its processes, no name of its own.
    for (auto id = place.node; id != no_node && plan_.file_scope(plan_[id].scope) == file_; id = around(id))
      if (plan_[id].step && (id == place.node || plan_[id].is_group() || plan_[place.node].kind == NodeKind::probe))
        add(plan_[id].step->env);
    return names;
  }

  NodeId around(NodeId id) const { return plan_[id].owner != no_node ? plan_[id].owner : plan_[id].parent; }

  // Undo steps and handlers come when everything has had its turn; the run's preconditions come before all.
  bool has_run_before(const Node& target, const Place& place) {
    if (place.node == no_node) return false;
    const auto kind = plan_[place.node].kind;
    if (target.is_handler()) return handled_before(target, plan_[place.node]);
    if (kind == NodeKind::undo || kind == NodeKind::handler) return true;
    if (kind == NodeKind::precondition) return false;
    if (place.at_end)
      for (auto id = plan_[target.id].parent; id != no_node; id = plan_[id].parent)
        if (id == place.node) return true;
    // Both as members of the innermost group that holds both.
    std::vector<NodeId> path;
    auto mine = plan_[place.node].owner != no_node ? plan_[place.node].owner : place.node;
    for (auto id = mine; id != no_node; id = plan_[id].parent) path.push_back(id);
    auto theirs = target.id;
    while (plan_[theirs].parent != no_node && std::find(path.begin(), path.end(), plan_[theirs].parent) == path.end())
      theirs = plan_[theirs].parent;
    if (plan_[theirs].parent == no_node) return false;
    const auto common = std::find(path.begin(), path.end(), plan_[theirs].parent);
    if (common == path.begin()) return false;  // a group's own expressions come before its members
    return reaches(*(common - 1), theirs);
  }

  // Handlers run one after another: `on_failure` or `on_success`, then `finally`. Those of a budget run beside the
  // work.
  bool handled_before(const Node& target, const Node& place) {
    if (target.kind == NodeKind::overrun)
      return place.kind == NodeKind::handler ||
             (place.kind == NodeKind::overrun && place.owner == target.owner && target.id < place.id);
    const auto holds = [&](const std::vector<NodeId>& list, NodeId id) {
      return std::find(list.begin(), list.end(), id) != list.end();
    };
    const bool together = holds(plan_.on_failure, target.id) == holds(plan_.on_failure, place.id) &&
                          holds(plan_.on_success, target.id) == holds(plan_.on_success, place.id);
    return place.kind == NodeKind::handler && target.id < place.id && (together || holds(plan_.finally, place.id));
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
  const bool ordered_;
  Diagnostics& told_;
  Diagnostics repeated_;
  Diagnostics* diagnostics_ = &told_;
  ScopeId file_ = root_scope;  // of the expressions that are looked at
  const Known* known_ = nullptr;
  std::map<const Runbook*, ScopeId> files_;
  std::map<const Runbook*, Known> known_names_;
};

}  // namespace

void check_references(Plan& plan, bool ordered, Diagnostics& diagnostics) {
  Checker(plan, ordered, diagnostics).check();
}

}  // namespace runbook
