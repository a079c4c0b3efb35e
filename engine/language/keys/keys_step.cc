// The keys of everything that acts: steps, preconditions, rollback steps and handlers. Which of them a key is for, and
// with which actions, is in its `places` and `actions`.
#include "language/keys/keys.h"
#include "language/load_action.h"
#include "source/codes.h"

namespace runbook {
namespace {

const std::vector<Choice> effects{
    {"read", "looks and changes nothing: safe to run at any time"},
    {"change", "changes something"},
    {"irreversible", "changes something that nothing can undo; needs `why`"},
};

// `doc` says what to do instead.
void load_group(Loader& loader, const Field& field, Step& step, bool parallel) {
  // `max_parallel` and `fail_fast` come after the group in the table and are put into it.
  GroupAction group;
  group.parallel = parallel;
  group.steps = loader.steps(field, in_steps);
  step.action = std::move(group);
}

void load_use(Loader& loader, const Field& field, Step& step) {
  UseAction use;
  if (auto text = loader.filled_text(field)) use.reference = std::move(*text);
  if (use.reference.value.find("${{") != std::string::npos) {
    loader
        .error(code::bad_value, use.reference.span,
               "`use` cannot depend on a value: what a run does is known before it")
        .help = "write the name of the runbook; for a choice, use two steps with `when`";
    use.reference.value.clear();
  }
  step.action = std::move(use);
}

TextRules reference_rules() {
  auto rules = no_template_rules();
  rules.push_back({"^/", "must not be an absolute path: write it relative to this file", true});
  return rules;
}

void load_with(Loader& loader, const Field& field, Step& step) {
  auto* use = std::get_if<UseAction>(&step.action);
  const auto* map = loader.map(field, true);
  for (std::size_t i = 0; use && map != nullptr && i < map->entries(); ++i)
    if (auto value = loader.value_template({map->key(i), map->value(i)}))
      use->with.emplace_back(map->key(i).text, std::move(*value));
}

void load_for_each(Loader& loader, const Field& field, Step& step) {
  Loop loop;
  loop.span = field.key.span();
  if (field.value.is_map()) {
    loader.error(code::wrong_type, field.value.span(), "`for_each` must be a list, or an expression that gives one")
        .help = "for the keys of a map write `for_each: keys(…)`";
    return;
  }
  if (field.value.is_list()) {
    if (loader.list(field) == nullptr) return;
    auto items = loader.value_template(field);
    if (!items) return;
    loop.items = std::move(*items);
  } else {
    auto expression = loader.expression(field);
    if (!expression) return;
    loop.items = std::move(*expression);
  }
  step.loop = std::move(loop);
}

// Reports when the step is neither a group nor a loop.
bool belongs_to_many(Loader& loader, const Field& field, const Step& step) {
  if (step.loop || std::holds_alternative<GroupAction>(step.action)) return true;
  auto& problem =
      loader.error(code::key_not_here, field.key.span(), "this step takes no `" + std::string(field.name()) + "`");
  problem.label = "not for one step alone";
  problem.help = "it is for `steps`, `parallel` and `for_each`";
  return false;
}

void load_id(Loader& loader, const Field& field, Step& step) {
  const auto text = loader.text(field);
  if (!text) return;
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  bool good = !text->value.empty() && text->value[0] >= 'a' && text->value[0] <= 'z' && text->value.size() <= 64;
  for (const char c : text->value) good = good && fits(c);
  if (!good) {
    auto& problem = loader.error(code::bad_id, text->span, "this cannot be the id of a step");
    problem.help = "use lower-case letters, digits and `_`, a letter first, at most 64";
    return;
  }
  if (!loader.check_name(*text, "a step")) return;
  step.id = text->value;
  loader.claim_id(*text);
}

void load_needs(Loader& loader, const Field& field, Step& step) {
  if (field.value.is_scalar()) {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`needs` must be a list, not text");
    problem.help = "write `needs: [" + field.value.text.value + "]`";
    return;
  }
  const auto* list = loader.list(field, true);
  if (list == nullptr) return;
  std::vector<Text> needs;
  for (const auto& item : list->children)
    if (auto text = loader.filled_text(field.item(item))) needs.push_back(std::move(*text));
  step.needs = std::move(needs);
}

void load_rollback(Loader& loader, const Field& field, Step& step) {
  if (field.value.is_map()) {
    step.rollback.push_back(loader.step(field.value, in_rollback));
  } else if (field.value.is_scalar()) {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`rollback` of a step is a step that undoes it");
    problem.help = "write `rollback: { shell: … }`";
  } else {
    step.rollback = loader.steps(field, in_rollback);
  }
}

}  // namespace

const std::vector<Key<Step>>& step_keys() {
  static const std::vector<Key<Step>> keys{
      {{.name = "id",
        .shape = pattern_shape(step_id_rules()),
        .doc = "What expressions and journals call the step; unique in the file. Without it the id is made from "
               "`name`: lower case, all else `_`. Without either it is the action and the step's number in the file, "
               "counting every step from the top: `shell_3`",
        .places = in_steps | in_handlers},
       load_id},
      {{.name = "name", .shape = text_shape(), .doc = "What people call it", .also = {"title", "description", "label"}},
       [](Loader& loader, const Field& field, Step& step) {
         if (auto text = loader.filled_text(field)) step.name = std::move(text->value);
       }},
      {{.name = "shell",
        .shape = either(template_shape(), object_shape(Object::shell)),
        .doc = "A script for the shell. `${{ }}` becomes a reference to an environment variable, never code",
        .action = does_shell,
        .also = {"run", "script", "command", "cmd", "bash", "sh"}},
       load_shell},
      {{.name = "exec",
        .shape = list_with_first(template_shape(), template_or_empty()),
        .doc = "A program and its arguments, without a shell",
        .action = does_exec,
        .also = {"argv", "program"}},
       load_exec},
      {{.name = "http",
        .shape = object_shape(Object::http),
        .doc = "An HTTP request",
        .action = does_http,
        .also = {"request", "curl", "url", "uri"}},
       load_http},
      {{.name = "lua",
        .shape = text_shape(),
        .doc = "A script in Lua, without I/O, in a process of its own; the table it returns is the step's outputs. It "
               "sees "
               "what expressions see, and has `log(text)`, `warn(why)`, `fail(why)` and `require \"MODULE\"`",
        .action = does_lua,
        .also = {"script_lua", "luascript"}},
       load_lua},
      {{.name = "wait",
        .shape = duration_shape(),
        .doc = "Lets time pass",
        .action = does_wait,
        .places = in_steps | in_rollback | in_handlers,
        .also = {"sleep", "pause", "delay"}},
       [](Loader& loader, const Field& field, Step& step) {
         step.action = WaitAction{loader.duration(field).value_or(Duration())};
       }},
      {{.name = "manual",
        .shape = either(template_shape(), object_shape(Object::manual)),
        .doc = "A person acts and says so: at the terminal, or with `runbook approve RUN STEP`. Text alone is its "
               "`instructions`",
        .action = does_manual,
        .places = in_steps | in_rollback | in_handlers,
        .also = {"approve", "approval", "confirm", "prompt", "ask"}},
       load_manual},
      {{.name = "steps",
        .shape = list_of(object_shape(Object::step)),
        .doc = "A group of steps, in order",
        .action = does_group,
        .places = in_steps,
        .also = {"tasks", "group", "block"}},
       [](Loader& loader, const Field& field, Step& step) { load_group(loader, field, step, false); }},
      {{.name = "parallel",
        .shape = list_of(object_shape(Object::step)),
        .doc = "A group of steps that start together",
        .action = does_group,
        .places = in_steps,
        .also = {"concurrent"}},
       [](Loader& loader, const Field& field, Step& step) { load_group(loader, field, step, true); }},
      {{.name = "use",
        .shape = text_shape(reference_rules()),
        .doc = "Another runbook, inlined: `std/…` from the standard library, a path relative to this file, or a name "
               "found in `RUNBOOK_PATH`. Its steps become a group, `ID.step`, and its `outputs` those of this step",
        .action = does_use,
        .places = in_steps,
        .also = {"include", "import", "uses", "call"}},
       load_use},
      {{.name = "with",
        .shape = map_of(anything_shape(), name_rules()),
        .doc = "The parameters of the runbook under `use`; strings may hold `${{ }}`",
        .places = in_steps,
        .actions = does_use},
       load_with},
      {{.name = "for_each",
        .shape = either(expression_shape(), list_of(anything_shape())),
        .doc = "One instance of the step, `ID[1]`, `ID[2]`…, for each item of a list: an expression, or a list whose "
               "strings may hold `${{ }}`. Expressions of the instance read `item` and `index`; a `when` that reads "
               "neither is for the whole loop",
        .places = in_steps,
        .also = {"foreach", "loop", "with_items", "matrix"}},
       load_for_each},
      {{.name = "max_parallel",
        .shape = integer_shape(1, 10000),
        .doc = "How many run at once. Of a group: members, no limit unless given. With `for_each`: instances, 1 unless "
               "given",
        .places = in_steps},
       [](Loader& loader, const Field& field, Step& step) {
         const auto value = loader.integer(field, 1, 10000);
         if (!belongs_to_many(loader, field, step) || !value) return;
         if (step.loop)
           step.loop->max_parallel = static_cast<int>(*value);
         else
           std::get<GroupAction>(step.action).max_parallel = static_cast<int>(*value);
       }},
      {{.name = "fail_fast",
        .shape = boolean_shape(),
        .doc =
            "One that fails stops the others. Of a group: `false` unless given. With `for_each`: `true` unless given",
        .places = in_steps},
       [](Loader& loader, const Field& field, Step& step) {
         const auto value = loader.boolean(field);
         if (!belongs_to_many(loader, field, step) || !value) return;
         if (step.loop)
           step.loop->fail_fast = *value;
         else
           std::get<GroupAction>(step.action).fail_fast = *value;
       }},
      {{.name = "needs",
        .shape = list_or_empty(pattern_shape(step_id_rules())),
        .doc = "The ids of the steps it waits for, in the same group; the one above it unless given, `[]` for none",
        .places = in_steps,
        .also = {"depends_on", "depends", "after", "dependencies", "require", "requires"}},
       load_needs},
      {{.name = "when",
        .shape = expression_shape(),
        .doc = "When this does not hold, the step is `skipped`, which satisfies those that need it",
        .places = anywhere & ~in_probe,
        .also = {"if", "only_if", "unless", "condition"}},
       [](Loader& loader, const Field& field, Step& step) { step.when = loader.expression(field); }},
      {{.name = "preconditions",
        .shape = list_or_empty(object_shape(Object::precondition)),
        .doc = "Checks before the step acts; when one does not hold, the step fails, having done nothing",
        .places = in_steps,
        .also = {"precondition", "checks"}},
       [](Loader& loader, const Field& field, Step& step) {
         step.preconditions = loader.steps(field, in_preconditions, true);
       }},
      {{.name = "effect",
        .shape = choice_shape(effects),
        .doc =
            "`read` for `wait`, for `lua`, for `http` with GET or HEAD that saves no file and for `manual` without a "
            "`rollback`, else `change`, unless given",
        .places = in_steps | in_rollback | in_handlers,
        .actions = does_one_thing | does_manual},
       [](Loader& loader, const Field& field, Step& step) {
         std::vector<std::string_view> words;
         for (const auto& effect : effects) words.push_back(effect.value);
         if (const auto choice = loader.choice(field, words)) step.effect = static_cast<Effect>(*choice);
       }},
      {{.name = "why",
        .shape = text_shape(),
        .doc = "Why nothing can undo it: for `effect: irreversible`",
        .places = in_steps | in_rollback | in_handlers,
        .actions = does_one_thing | does_manual,
        .also = {"reason", "because"}},
       [](Loader& loader, const Field& field, Step& step) {
         if (auto text = loader.filled_text(field)) step.why = std::move(text->value);
       }},
      {{.name = "rollback",
        .shape = either(object_shape(Object::rollback_step), list_of(object_shape(Object::rollback_step))),
        .doc = "The step, or steps, that undo this one",
        .places = in_steps,
        .also = {"undo", "revert", "on_rollback", "compensate"}},
       load_rollback},
      {{.name = "probe",
        .shape = object_shape(Object::probe),
        .doc =
            "A read-only check whether the effect is in place. Asked before the first attempt (yes: `unchanged`, the "
            "action is not run), after success (no: it fails), on resume to settle an attempt that was lost, and after "
            "the rollback (yes: that failed)",
        .places = in_steps,
        .also = {"creates", "is_done", "check_effect"}},
       load_probe},
      {{.name = "budget",
        .shape = duration_shape(),
        .doc = "How long it should take. The work goes on beyond it; it is said, and `on_overrun` runs",
        .places = in_steps,
        .also = {"soft_timeout", "sla"}},
       [](Loader& loader, const Field& field, Step& step) { step.budget = loader.duration(field); }},
      {{.name = "on_overrun",
        .shape = list_of(object_shape(Object::handler)),
        .doc = "Steps that run beside the work when the `budget` is exceeded, one after another",
        .places = in_steps,
        .also = {"escalate", "escalation"}},
       [](Loader& loader, const Field& field, Step& step) { step.on_overrun = loader.steps(field, in_handlers); }},
      {{.name = "artifacts",
        .shape = list_of(template_shape({{"\\*\\*", "must not hold `**`: name each level, `out/*/*.log`", true}})),
        .doc = "Files that are kept with the run after every attempt: paths, or patterns with `*`, `?` and `[…]`, from "
               "the "
               "directory the process starts in",
        .places = in_steps | in_handlers,
        .actions = does_process,
        .also = {"keep", "save", "artefacts", "artifact", "files"}},
       load_artifacts},
      {{.name = "timeout",
        .shape = duration_shape(),
        .doc = "For the step with all its attempts; `defaults.timeout` unless given, of `manual` 24h"},
       [](Loader& loader, const Field& field, Step& step) { step.timeout = loader.duration(field); }},
      {{.name = "attempt_timeout", .shape = duration_shape(), .doc = "For one attempt", .actions = does_call},
       [](Loader& loader, const Field& field, Step& step) { step.attempt_timeout = loader.duration(field); }},
      {{.name = "kill_after",
        .shape = duration_shape(),
        .doc = "From TERM to KILL, when a process is stopped; 10s unless given",
        .actions = does_process,
        .also = {"grace", "grace_period"}},
       [](Loader& loader, const Field& field, Step& step) { step.kill_after = loader.duration(field); }},
      {{.name = "retry",
        .shape = object_shape(Object::retry),
        .doc = "Try again when an attempt fails",
        .actions = does_call,
        .also = {"retries"}},
       load_retry},
      {{.name = "expect",
        .shape = list_of(either(expression_shape(), object_shape(Object::expectation))),
        .doc = "Conditions over `result` that an attempt must meet",
        .actions = does_one_thing,
        .also = {"assert", "expects", "verify", "check"}},
       load_expect},
      {{.name = "allow_failure",
        .shape = boolean_shape(),
        .doc = "A failure is recorded and the run goes on, ending `warned`",
        .places = in_steps | in_handlers,
        .also = {"ignore_errors", "continue_on_error", "ignore_failure", "may_fail"}},
       [](Loader& loader, const Field& field, Step& step) {
         if (const auto value = loader.boolean(field)) step.allow_failure = *value;
       }},
      {{.name = "idempotent",
        .shape = boolean_shape(),
        .doc = "It may simply run again when a resume finds that the engine died while it ran",
        .places = in_steps | in_rollback | in_handlers,
        .actions = does_one_thing},
       [](Loader& loader, const Field& field, Step& step) {
         if (const auto value = loader.boolean(field)) step.idempotent = *value;
       }},
      {{.name = "outputs",
        .shape = map_of(expression_shape(), name_rules()),
        .doc = "Values kept for later steps, worked out from `result`, of a group from `steps`; read as "
               "`steps.ID.outputs.NAME`",
        .places = in_steps | in_handlers,
        .also = {"output", "register", "export"}},
       [](Loader& loader, const Field& field, Step& step) { step.outputs = loader.outputs(field); }},
      {{.name = "env",
        .shape = map_of(template_or_empty(), own_variable_rules()),
        .doc = "Environment variables of its process; of a group: of every process in it",
        .actions = does_process | does_group | does_use,
        .also = {"environment"}},
       [](Loader& loader, const Field& field, Step& step) { step.env = loader.env(field); }},
      {{.name = "cwd",
        .shape = template_shape(),
        .doc = "The directory its process starts in, and that the paths of `http` are relative to; of a group: of "
               "everything in it",
        .actions = does_call | does_group | does_use,
        .also = {"workdir", "working_directory", "dir", "chdir", "working_dir"}},
       [](Loader& loader, const Field& field, Step& step) {
         if (loader.filled_text(field)) step.cwd = loader.templated(field);
       }},
      {not_yet("lock", "put `lock` at the top: it holds for the whole run")},
      {not_yet("hosts", "reach another machine with `exec: [ssh, HOST, …]`")},
  };
  return keys;
}

}  // namespace runbook
