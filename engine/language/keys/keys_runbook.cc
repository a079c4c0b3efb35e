// The keys of the runbook itself and of `defaults`.
#include <algorithm>

#include "language/keys/keys.h"
#include "language/load_lock.h"
#include "language/load_param.h"
#include "source/codes.h"

namespace runbook {
namespace {

const std::vector<Choice> kinds{
    {"deploy", "puts a new version in place"},
    {"rollback", "brings an earlier version back"},
    {"recovery", "restores service or data after a failure"},
    {"incident", "guides through an incident"},
    {"maintenance", "planned work"},
    {"check", "looks, and changes nothing"},
};
const std::vector<Choice> policies{
    {"auto", "a failed run undoes what it did"},
    {"manual", "a failed run stops and prints the `runbook rollback` command"},
    {"never", "a failed run is left as it is"},
};

std::vector<std::string_view> words(const std::vector<Choice>& choices) {
  std::vector<std::string_view> found;
  for (const auto& choice : choices) found.push_back(choice.value);
  return found;
}

void load_version(Loader& loader, const Field& field, Runbook&) {
  const auto text = loader.text(field);
  if (!text || text->value == "v1") return;
  loader.error(code::bad_value, text->span, "this engine knows the language version `v1` only").help =
      "write `runbook: v1`";
}

void load_name(Loader& loader, const Field& field, Runbook& runbook) {
  auto text = loader.text(field);
  if (!text) return;
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (text->value.empty() || text->value.size() > 64 || !std::all_of(text->value.begin(), text->value.end(), fits)) {
    auto& problem = loader.error(code::bad_value, text->span, "this cannot be the name of a runbook");
    problem.help = "use lower-case letters, digits and `-`, at most 64, like `deploy-checkout`";
    return;
  }
  runbook.name = std::move(*text);
}

void load_links(Loader& loader, const Field& field, Runbook& runbook) {
  if (const auto* list = loader.list(field, true))
    for (const auto& item : list->children)
      if (auto text = loader.filled_text(field.item(item))) runbook.links.push_back(std::move(text->value));
}

void load_params(Loader& loader, const Field& field, Runbook& runbook) {
  const auto* map = loader.map(field, true);
  for (std::size_t i = 0; map != nullptr && i < map->entries() && !loader.full(); ++i) {
    if (!loader.check_name(map->key(i).text, "a parameter")) continue;
    auto param = load_param(loader, {map->key(i), map->value(i)});
    if (!param) param.emplace().name = map->key(i).text;  // declared, if badly: its uses are no mistakes of their own
    runbook.params.push_back(std::move(*param));
  }
}

void load_secrets(Loader& loader, const Field& field, Runbook& runbook) {
  const auto* map = loader.map(field, true);
  for (std::size_t i = 0; map != nullptr && i < map->entries() && !loader.full(); ++i) {
    if (!loader.check_name(map->key(i).text, "a secret")) continue;
    auto secret = load_secret(loader, {map->key(i), map->value(i)});
    if (!secret) secret.emplace().name = map->key(i).text;
    runbook.secrets.push_back(std::move(*secret));
  }
}

void load_vars(Loader& loader, const Field& field, Runbook& runbook) {
  const auto* map = loader.map(field, true);
  for (std::size_t i = 0; map != nullptr && i < map->entries() && !loader.full(); ++i) {
    if (!loader.check_name(map->key(i).text, "a variable")) continue;
    auto value = loader.value_template({map->key(i), map->value(i)});
    runbook.vars.emplace_back(map->key(i).text, value ? std::move(*value) : ValueTemplate{});
  }
}

void load_defaults(Loader& loader, const Field& field, Runbook& runbook) {
  const auto* map = loader.map(field, true);
  if (map == nullptr) return;
  Defaults defaults;
  load_keys(loader, *map, defaults_keys(), "`defaults`", defaults);
  if (defaults.timeout) runbook.default_timeout = *defaults.timeout;
  if (defaults.shell) runbook.default_shell = loader.default_shell = *defaults.shell;
}

const Shape list_of_steps = list_of(object_shape(Object::step));
const Shape list_of_handlers = list_or_empty(object_shape(Object::handler));

// `doc` says what to do instead.
}  // namespace

const std::vector<Key<Runbook>>& runbook_keys() {
  static const std::vector<Key<Runbook>> keys{
      {{.name = "runbook",
        .shape = choice_shape({{"v1", "the first version"}}),
        .doc = "The language version; the first key of the file",
        .required = true,
        .also = {"version", "apiVersion"}},
       load_version},
      {{.name = "name",
        .shape = pattern_shape(runbook_name_rules()),
        .doc = "What the runbook is called in commands, journals and run ids",
        .required = true},
       load_name},
      {{.name = "title", .shape = text_shape(), .doc = "One line for people", .also = {"description"}},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         if (auto text = loader.filled_text(field)) runbook.title = std::move(text->value);
       }},
      {{.name = "kind", .shape = choice_shape(kinds), .doc = "What the runbook is for", .also = {"type"}},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         if (const auto choice = loader.choice(field, words(kinds))) runbook.kind = static_cast<Kind>(*choice + 1);
       }},
      {{.name = "owner", .shape = text_shape(), .doc = "Who to ask", .also = {"author", "team"}},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         if (auto text = loader.filled_text(field)) runbook.owner = std::move(text->value);
       }},
      {{.name = "links", .shape = list_or_empty(text_shape()), .doc = "Where to read more"}, load_links},
      {{.name = "params",
        .shape = map_of(object_shape(Object::param), name_rules()),
        .doc = "Values given for a run with `-p NAME=VALUE`, read as `params.NAME`",
        .also = {"parameters", "inputs", "arguments", "args"}},
       load_params},
      {{.name = "secrets",
        .shape = map_of(object_shape(Object::secret), name_rules()),
        .doc = "Values that never appear in journals, logs or on screens, read as `secrets.NAME`"},
       load_secrets},
      {{.name = "vars",
        .shape = map_of(anything_shape(), name_rules()),
        .doc = "Values worked out once, before the first step; strings may hold `${{ }}`. Read as `vars.NAME`",
        .also = {"variables"}},
       load_vars},
      {{.name = "env",
        .shape = map_of(template_or_empty(), own_variable_rules()),
        .doc = "Environment variables of every process the run starts",
        .also = {"environment"}},
       [](Loader& loader, const Field& field, Runbook& runbook) { runbook.env = loader.env(field); }},
      {{.name = "defaults",
        .shape = object_shape(Object::defaults),
        .doc = "What holds for every step that says nothing else"},
       load_defaults},
      {{.name = "timeout", .shape = duration_shape(), .doc = "For the whole run; none unless given"},
       [](Loader& loader, const Field& field, Runbook& runbook) { runbook.timeout = loader.duration(field); }},
      {{.name = "rollback",
        .shape = choice_shape(policies),
        .doc = "What a failed run does about the steps that ran; `auto` unless given"},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         if (const auto choice = loader.choice(field, words(policies)))
           runbook.rollback = static_cast<RollbackPolicy>(*choice);
       }},
      {{.name = "preconditions",
        .shape = list_or_empty(object_shape(Object::precondition)),
        .doc = "Checks that must all hold before anything runs; they only read",
        .also = {"checks", "prechecks"}},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         runbook.preconditions = loader.steps(field, in_preconditions, true);
       }},
      {{.name = "steps",
        .shape = list_of_steps,
        .doc = "What is done, in order",
        .required = true,
        .also = {"tasks", "jobs", "actions"}},
       [](Loader& loader, const Field& field, Runbook& runbook) { runbook.steps = loader.steps(field, in_steps); }},
      {{.name = "on_failure",
        .shape = list_of_handlers,
        .doc = "Steps for a run that failed, after its rollback",
        .also = {"onfailure", "on_error", "failure", "catch"}},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         runbook.on_failure = loader.steps(field, in_handlers, true);
       }},
      {{.name = "on_success",
        .shape = list_of_handlers,
        .doc = "Steps for a run that succeeded",
        .also = {"onsuccess", "success"}},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         runbook.on_success = loader.steps(field, in_handlers, true);
       }},
      {{.name = "finally",
        .shape = list_of_handlers,
        .doc = "Steps for the end of every run that started, whatever became of it",
        .also = {"always", "cleanup"}},
       [](Loader& loader, const Field& field, Runbook& runbook) {
         runbook.finally = loader.steps(field, in_handlers, true);
       }},
      {{.name = "lock",
        .shape = either(template_shape(), object_shape(Object::lock)),
        .doc = "One run at a time under this name on this machine, whatever runbook it is of; the name may hold "
               "`${{ params.NAME }}`. The long form says how long a later run waits for its turn",
        .also = {"mutex", "concurrency", "exclusive"}},
       load_lock},
      {{.name = "outputs",
        .shape = map_of(expression_shape(), name_rules()),
        .doc = "What it gives to a runbook that uses it, read there as `steps.ID.outputs.NAME`; worked out from the "
               "results of its steps when they are done",
        .also = {"output", "results", "returns"}},
       [](Loader& loader, const Field& field, Runbook& runbook) { runbook.outputs = loader.outputs(field); }},
      {not_yet("hosts", "reach another machine with `exec: [ssh, HOST, …]` in a step")},
      {not_yet("schedule", "let cron or a systemd timer start `runbook run`")},
      {not_yet("triggers", "let what knows of the event start `runbook run`")},
      {not_yet("window", "ask for the time in `preconditions`: `shell: '[ \"$(date +%H)\" -lt 6 ]'`")},
  };
  return keys;
}

const std::vector<Key<Defaults>>& defaults_keys() {
  static const std::vector<Key<Defaults>> keys{
      {{.name = "timeout", .shape = duration_shape(), .doc = "Of a step with all its attempts; 10m unless given"},
       [](Loader& loader, const Field& field, Defaults& defaults) { defaults.timeout = loader.duration(field); }},
      {{.name = "shell", .shape = choice_shape(shell_choices()), .doc = "What runs `shell` text; `bash` unless given"},
       [](Loader& loader, const Field& field, Defaults& defaults) {
         if (const auto choice = loader.choice(field, words(shell_choices()))) defaults.shell = static_cast<Shell>(*choice);
       }},
  };
  return keys;
}

}  // namespace runbook
