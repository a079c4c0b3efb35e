// The keys of `manual`: what a person is asked to do, to confirm and to tell.
#include "language/keys/keys.h"
#include "language/load_action.h"
#include "language/load_param.h"
#include "source/codes.h"

namespace runbook {
namespace {

const std::vector<Choice> timeouts{
    {"fail", "the step is `timed_out`, and the run fails"},
    {"continue", "the step is `warned`, and the run goes on"},
};

void load_checklist(Loader& loader, const Field& field, ManualAction& manual) {
  if (field.value.is_scalar()) {
    loader.error(code::wrong_type, field.value.span(), "`checklist` must be a list, not text").help =
        "write each item on a line of its own, with `- ` before it";
    return;
  }
  const auto* list = loader.list(field);
  for (std::size_t i = 0; list != nullptr && i < list->children.size(); ++i)
    if (loader.filled_text(field.item(list->children[i])))
      if (auto item = loader.templated(field.item(list->children[i]))) manual.checklist.push_back(std::move(*item));
}

void load_inputs(Loader& loader, const Field& field, ManualAction& manual) {
  const auto* map = loader.map(field, true);
  for (std::size_t i = 0; map != nullptr && i < map->entries(); ++i) {
    if (!loader.check_name(map->key(i).text, "an input")) continue;
    if (auto input = load_param(loader, {map->key(i), map->value(i)})) manual.inputs.push_back(std::move(*input));
  }
}

}  // namespace

const std::vector<Key<ManualAction>>& manual_keys() {
  static const std::vector<Key<ManualAction>> keys{
      {{.name = "instructions",
        .shape = template_shape(),
        .doc = "What to do, in Markdown",
        .required = true,
        .also = {"text", "message", "description", "prompt", "todo"}},
       [](Loader& loader, const Field& field, ManualAction& manual) {
         if (!loader.filled_text(field)) return;
         if (auto text = loader.templated(field)) manual.instructions = std::move(*text);
       }},
      {{.name = "checklist",
        .shape = list_of(template_shape()),
        .doc = "What must be ticked off, one by one, before it can be approved",
        .also = {"checks", "todos", "items"}},
       load_checklist},
      {{.name = "inputs",
        .shape = map_of(object_shape(Object::param), name_rules()),
        .doc = "Values that the person gives, declared like `params`; read as `steps.ID.outputs.NAME`",
        .also = {"params", "fields", "outputs"}},
       load_inputs},
      {{.name = "confirm",
        .shape = template_shape(),
        .doc = "A word that must be typed to approve",
        .also = {"word", "type"}},
       [](Loader& loader, const Field& field, ManualAction& manual) {
         if (loader.filled_text(field)) manual.confirm = loader.templated(field);
       }},
      {{.name = "role",
        .shape = text_shape(),
        .doc = "Who is asked, for people: nothing checks it",
        .also = {"approvers", "who", "assignee", "group"}},
       [](Loader& loader, const Field& field, ManualAction& manual) {
         if (auto text = loader.filled_text(field)) manual.role = std::move(text->value);
       }},
      {{.name = "on_timeout",
        .shape = choice_shape(timeouts),
        .doc = "When nobody has answered within the step's `timeout`; `fail` unless given"},
       [](Loader& loader, const Field& field, ManualAction& manual) {
         if (const auto choice = loader.choice(field, {"fail", "continue"})) manual.continue_on_timeout = *choice == 1;
       }},
  };
  return keys;
}

void load_manual(Loader& loader, const Field& field, Step& step) {
  ManualAction action;
  if (field.value.is_map()) {
    load_keys(loader, field.value, manual_keys(), "`manual`", action);
  } else if (field.value.is_list()) {
    loader.error(code::wrong_type, field.value.span(), "`manual` must be text or a map, not a list").help =
        "what must be ticked off goes under `checklist`";
  } else if (loader.filled_text(field)) {
    if (auto text = loader.templated(field)) action.instructions = std::move(*text);
  }
  step.action = std::move(action);
}

}  // namespace runbook
