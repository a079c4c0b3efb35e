#include "language/loader.h"

#include <algorithm>

#include "base/text.h"
#include "language/keys/keys.h"
#include "source/codes.h"

namespace runbook {
namespace {

std::string_view action_title(unsigned action) {
  switch (action) {
    case does_http: return "an HTTP request";
    case does_wait: return "a `wait`";
    case does_group: return "a group";
    case does_lua: return "a Lua script";
    case does_use: return "a `use`";
    case does_manual: return "a manual step";
    default: return "a process";
  }
}

// Why a key that exists is not for this kind of map, and what to do.
void refuse_key(Loader& loader, const KeyInfo& info, const YamlNode& key, Place place, unsigned action) {
  const auto ticks = "`" + std::string(info.name) + "`";
  if ((info.places & place) == 0) {
    auto& problem =
        loader.error(code::key_not_here, key.span(), std::string(place_title(place)) + " takes no " + ticks);
    problem.label = "not for " + std::string(place_title(place));
    if (info.name == "use")
      problem.help = "only `steps` can hold a whole runbook; write here what it does";
    else if (info.action == does_group)
      problem.help = "write the steps one after another, without a group";
    else if (info.name == "needs")
      problem.help = "remove it: these run one after another";
    else if (place == in_probe && info.action == does_wait)
      problem.help = "let its `retry` wait";
    else if (place == in_probe && (info.name == "when" || info.name == "rollback"))
      problem.help = "give it to the step itself";
    else if (info.name == "id")
      problem.help = "use `name`: nothing refers to it";
    else if ((place == in_preconditions || place == in_probe) && (info.name == "effect" || info.name == "why"))
      problem.help = "remove it: " + std::string(place_title(place)) + " only reads";
    else
      problem.help = "remove it";
    return;
  }
  auto& problem =
      loader.error(code::key_not_here, key.span(), std::string(action_title(action)) + " takes no " + ticks);
  problem.label = "not for " + std::string(action_title(action));
  if (action == does_group)
    problem.help = "give it to the steps inside the group";
  else if (action == does_use)
    problem.help = "what it uses says that itself";
  else if (info.actions == does_use)
    problem.help = "it is for `use`";
  else if (action == does_manual && info.name == "outputs")
    problem.help = "what a person gives under `inputs` are its outputs";
  else if (info.actions == does_group)
    problem.help = "it is for `steps` and `parallel`";
  else
    problem.help = "remove it";
}

// The actions of a step, by their keys in the file.
std::vector<std::pair<const KeyInfo*, const YamlNode*>> find_actions(const YamlNode& map) {
  std::vector<std::pair<const KeyInfo*, const YamlNode*>> found;
  for (std::size_t i = 0; i < map.entries(); ++i)
    for (const auto& key : step_keys())
      if (key.info.action != 0 && key.info.name == map.key(i).text.value) found.emplace_back(&key.info, &map.key(i));
  return found;
}

bool has_unknown_key(const YamlNode& map) {
  for (std::size_t i = 0; i < map.entries(); ++i) {
    const auto& keys = step_keys();
    const auto same = [&](const Key<Step>& key) { return key.info.name == map.key(i).text.value; };
    if (std::none_of(keys.begin(), keys.end(), same)) return true;
  }
  return false;
}

Effect default_effect(const Step& step, Place place) {
  if (place == in_preconditions || place == in_probe || std::holds_alternative<WaitAction>(step.action) ||
      std::holds_alternative<LuaAction>(step.action))
    return Effect::read;
  // Most are approvals; what a person changed by hand is undone by hand, too.
  if (step.manual() && step.rollback.empty()) return Effect::read;
  const auto* http = std::get_if<HttpAction>(&step.action);
  return http && http->is_get_or_head() && !http->save_to ? Effect::read : Effect::change;
}

// A download replaces its file as a whole: fetching it once more does no harm.
bool downloads_again(const Step& step) {
  const auto* http = std::get_if<HttpAction>(&step.action);
  return http && http->is_get_or_head() && http->save_to;
}

}  // namespace

std::string_view place_title(Place place) {
  switch (place) {
    case in_preconditions: return "a precondition";
    case in_rollback: return "a rollback step";
    case in_handlers: return "a handler";
    case in_probe: return "a probe";
    default: return "a step";
  }
}

void report_strange_key(Loader& loader, const Text& key, const std::vector<const KeyInfo*>& keys,
                        std::string_view title) {
  const auto ticks = "`" + elide_middle(printable(key.value), 60) + "`";
  std::vector<std::string_view> names;
  const KeyInfo* meant = nullptr;
  for (const auto* info : keys) {
    if (info->name == key.value) {
      auto& problem = loader.error(code::not_supported_yet, key.span, ticks + " is not supported yet");
      problem.label = "part of the language, but not of this version of the engine";
      problem.help = info->doc;
      return;
    }
    if (!info->supported) continue;
    names.push_back(info->name);
    if (std::find(info->also.begin(), info->also.end(), key.value) != info->also.end()) meant = info;
  }
  auto& problem = loader.error(code::unknown_key, key.span, "unknown key " + ticks + " in " + std::string(title));
  problem.label = "not a key of " + std::string(title);
  const auto near = nearest(key.value, names);
  if (!near.empty()) {
    problem.help = "did you mean `" + std::string(near) + "`?";
  } else if (meant != nullptr) {
    problem.help = "did you mean `" + std::string(meant->name) + "`?";
  } else if (names.size() <= 10) {
    problem.help = "it has " + join_ticked({names.begin(), names.end()});
  }
}

void Loader::missing_key(const YamlNode& map, std::string_view key, std::string_view title) {
  const auto place = map.entries() > 0 ? map.key(0).span() : map.span();
  auto& problem = error(code::missing_key, place, std::string(title) + " needs the key `" + std::string(key) + "`");
  problem.help = key == "runbook" ? "make `runbook: v1` the first line" : "add `" + std::string(key) + ": …`";
}

EnvTemplate Loader::env(const Field& field) {
  EnvTemplate found;
  const auto* node = map(field, true);
  for (std::size_t i = 0; node != nullptr && i < node->entries(); ++i) {
    const auto& name = node->key(i).text;
    const auto fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (name.value.empty() || (name.value[0] >= '0' && name.value[0] <= '9') ||
        !std::all_of(name.value.begin(), name.value.end(), fits)) {
      error(code::bad_value, name.span, "this cannot be the name of an environment variable").help =
          "use letters, digits and `_`, not a digit first";
      continue;
    }
    const bool holes =
        name.value.starts_with("RB_V") && name.value.size() > 4 &&
        std::all_of(name.value.begin() + 4, name.value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (holes || name.value == "RUNBOOK_OUTPUT") {
      error(code::bad_value, name.span, "the variable `" + name.value + "` is set by the engine itself").help =
          "choose another name";
      continue;
    }
    if (auto value = templated({node->key(i), node->value(i)})) found.emplace_back(name, std::move(*value));
  }
  return found;
}

std::vector<std::pair<Text, Expression>> Loader::outputs(const Field& field) {
  std::vector<std::pair<Text, Expression>> found;
  const auto* node = map(field, true);
  for (std::size_t i = 0; node != nullptr && i < node->entries(); ++i) {
    if (!check_name(node->key(i).text, "an output")) continue;
    if (auto value = expression({node->key(i), node->value(i)}))
      found.emplace_back(node->key(i).text, std::move(*value));
  }
  return found;
}

std::vector<Step> Loader::steps(const Field& list_field, Place place, bool may_be_empty) {
  std::vector<Step> found;
  if (list_field.value.is_scalar()) {
    wrong_type(list_field, "a list of steps").help =
        "write `- shell: " + elide_middle(printable(list_field.value.text.value), 40) + "` below it";
    return found;
  }
  if (list_field.value.is_map()) {
    wrong_type(list_field, "a list of steps").help = "begin each step with `- `, on a line of its own";
    return found;
  }
  const auto* node = list(list_field, may_be_empty);
  if (node == nullptr) return found;
  found.reserve(node->children.size());
  for (const auto& child : node->children) {
    if (full()) break;
    if (child.is_broken()) continue;
    if (!child.is_map()) {
      auto& problem =
          error(code::wrong_type, child.is_null() && child.span().length == 0 ? list_field.key.span() : child.span(),
                list_field.item(child).describe() + " must be a map of keys, such as `shell: …`");
      if (child.is_scalar()) problem.help = "write `- shell: " + elide_middle(printable(child.text.value), 40) + "`";
      continue;
    }
    found.push_back(step(child, place));
  }
  return found;
}

Step Loader::step(const YamlNode& map, Place place) {
  Step found;
  if (map.entries() == 0) {
    error(code::action_count, map.span(), std::string(place_title(place)) + " has no action").help =
        "write `shell: …`, say";
    return found;
  }
  found.span = map.key(0).span();
  const auto actions = find_actions(map);
  unsigned action = 0;
  if (actions.empty()) {
    found.action_span = found.span;
    if (!has_unknown_key(map))
      error(code::action_count, found.span, std::string(place_title(place)) + " has no action").help =
          place == in_steps ? "add one of `shell`, `exec`, `http`, `lua`, `manual`, `wait`, `use`, `steps`, `parallel`"
                            : "add one of `shell`, `exec`, `http`, `lua`";
  } else {
    action = actions[0].first->action;
    found.action_span = actions[0].second->span();
  }
  if (actions.size() > 1) {
    const auto first = std::string(actions[0].first->name), second = std::string(actions[1].first->name);
    auto& problem =
        error(code::action_count, actions[1].second->span(),
              std::string(place_title(place)) + " has one action, not both `" + first + "` and `" + second + "`");
    problem.label = "a second action";
    problem.notes.push_back("`" + first + "` is in line " + std::to_string(actions[0].second->span().line()));
    problem.help = "make two of it";
  }
  load_keys(*this, map, step_keys(), place_title(place), found, [&](const KeyInfo& info, const YamlNode& key) {
    if (info.action != 0 && info.action != action) return false;  // the second action, reported
    if (info.action != 0 && actions.size() > 1 && &key != actions[0].second) return false;
    if ((info.places & place) != 0 && (action == 0 || (action & does_any) == 0 || (info.actions & action) != 0))
      return true;
    refuse_key(*this, info, key, place, action);
    return false;
  });
  if (map.find("effect") == nullptr) found.effect = default_effect(found, place);
  if (map.find("idempotent") == nullptr) found.idempotent = downloads_again(found);
  check_step(map, found, place);
  return found;
}

void Loader::check_step(const YamlNode& map, Step& step, Place place) {
  const auto* effect = map.find("effect");
  const auto* why = map.find("why");
  const auto* rollback = map.find("rollback");
  const bool one_thing = !step.is_group() && place != in_preconditions && place != in_probe;
  if (one_thing && step.effect == Effect::irreversible) {
    if (why == nullptr) {
      error(code::missing_key, effect->span(), "`effect: irreversible` needs the key `why`").help =
          "add `why: …`: what a person should know before this runs";
    }
    if (rollback != nullptr) {
      error(code::key_not_here, rollback->span(), "a step that is `irreversible` has no `rollback`").help =
          "if it can be undone, its effect is `change`";
    }
  } else if (one_thing && why != nullptr && (effect == nullptr || effect->is_scalar())) {
    error(code::key_not_here, why->span(), "`why` is for `effect: irreversible`").help =
        "remove it, or put it into `name`";
  }
  if (const auto* http = std::get_if<HttpAction>(&step.action);
      http && http->save_to && (place == in_preconditions || place == in_probe)) {
    error(code::key_not_here, http->save_to->source.span, std::string(place_title(place)) + " takes no `save_to`")
        .help = "a check only reads: make the download a step";
  }
  check_probe(map, step, place);
  if (step.timeout && step.attempt_timeout && *step.attempt_timeout > *step.timeout) {
    error(code::bad_value, map.find("attempt_timeout")->span(),
          "`attempt_timeout` is longer than `timeout`, which is for all attempts")
        .help = "make it at most " + write_duration(*step.timeout);
  }
}

// A probe asks about an effect, and a soft deadline is shorter than the hard one.
void Loader::check_probe(const YamlNode& map, const Step& step, Place place) {
  if (place != in_steps) return;
  const auto* probe = map.find("probe");
  if (probe != nullptr && !step.probe.empty() && !step.is_group() && step.effect == Effect::read) {
    error(code::key_not_here, probe->span(), "a step that only reads has no effect to probe").help =
        map.find("effect") != nullptr ? "remove `probe`, or say `effect: change`"
                                      : "remove `probe`, or say `effect: change` when it does change something";
  }
  if (step.budget && step.timeout && *step.budget >= *step.timeout) {
    error(code::bad_value, map.find("budget")->span(), "`budget` is not shorter than `timeout`, which ends the step")
        .help = "make it less than " + write_duration(*step.timeout) + ", or remove it";
  }
  if (const auto* overrun = map.find("on_overrun"); overrun != nullptr && map.find("budget") == nullptr) {
    error(code::missing_key, overrun->span(), "`on_overrun` needs the key `budget`").help =
        "add `budget: …`: how long it should take";
  }
}

}  // namespace runbook
