// The keys of a parameter and of a secret.
#include <re2/re2.h>

#include "base/text.h"
#include "language/keys/keys.h"
#include "language/load_param.h"
#include "language/param_value.h"
#include "source/codes.h"
#include "yaml/scalar.h"

namespace runbook {
namespace {

const std::vector<Choice> types{
    {"string", "text"},
    {"integer", "a whole number"},
    {"number", "a decimal number"},
    {"boolean", "`true` or `false`"},
    {"duration", "a length of time such as `30s`; its value is a number of seconds"},
    {"size", "an amount of data such as `10MiB`; its value is a number of bytes"},
    {"list", "a list; on the command line as JSON"},
    {"map", "a map; on the command line as JSON"},
};

std::vector<std::string_view> type_words() {
  std::vector<std::string_view> words;
  for (const auto& type : types) words.push_back(type.value);
  return words;
}

bool has_limits(ParamType type) {
  return type == ParamType::integer || type == ParamType::number || type == ParamType::duration ||
         type == ParamType::size;
}

// A YAML value as one of the parameter's type; reports what is not.
std::optional<Value> read_value(Loader& loader, const Field& field, ParamType type) {
  if (type == ParamType::list) return loader.list(field, true) ? loader.value(field) : std::nullopt;
  if (type == ParamType::map) return loader.map(field, true) ? loader.value(field) : std::nullopt;
  if (type == ParamType::boolean) {
    const auto value = loader.boolean(field);
    return value ? std::optional<Value>(*value) : std::nullopt;
  }
  const auto text = loader.text(field);
  if (!text) return std::nullopt;
  const bool wants_plain = type == ParamType::integer || type == ParamType::number;
  auto value = parse_param_value(type, text->value);
  if (value && (text->plain || !wants_plain)) return value;
  auto& problem =
      loader.error(code::bad_value, text->span,
                   field.describe() + " must be " + param_type_words(type) + ", as the parameter's type says");
  const auto likely = find_lookalike(text->value);
  if (value)
    problem.help = "remove the quotes";
  else if (type == ParamType::duration && parse_integer(text->value))
    problem.help = "add a unit: `" + text->value + "s`";
  else if (type == ParamType::size && parse_integer(text->value))
    problem.help = "add a unit: `" + text->value + "B`";
  else if (type == ParamType::size && text->value.size() > 2 && text->value.ends_with("B") &&
           parse_size(text->value.substr(0, text->value.size() - 1) + "iB"))
    problem.help = "write `" + text->value.substr(0, text->value.size() - 1) + "iB`";
  else if (wants_plain && likely && likely->kind != "a boolean" && likely->kind != "a time")
    problem.help = likely->instead.empty() ? "write it without leading zeros, or make the type `string`"
                                           : "write `" + likely->instead + "`";
  return std::nullopt;
}

std::optional<double> read_limit(Loader& loader, const Field& field, const Param& param) {
  if (!has_limits(param.type)) {
    auto& problem = loader.error(
        code::key_not_here, field.key.span(),
        "a parameter of type `" + std::string(param_type_name(param.type)) + "` takes no " + field.describe());
    problem.help = param.type == ParamType::string ? "limit text with `pattern` or `one_of`" : "remove it";
    return std::nullopt;
  }
  const auto value = read_value(loader, field, param.type);
  return value ? std::optional<double>(value->as_number()) : std::nullopt;
}

void read_one_of(Loader& loader, const Field& field, Param& param) {
  if (param.type == ParamType::list || param.type == ParamType::map || param.type == ParamType::boolean) {
    loader
        .error(code::key_not_here, field.key.span(),
               "a parameter of type `" + std::string(param_type_name(param.type)) + "` takes no `one_of`")
        .help = "remove it";
    return;
  }
  if (const auto* list = loader.list(field))
    for (const auto& item : list->children)
      if (auto value = read_value(loader, field.item(item), param.type)) param.one_of.push_back(std::move(*value));
}

void read_pattern(Loader& loader, const Field& field, Param& param) {
  if (param.type != ParamType::string) {
    auto& problem =
        loader.error(code::key_not_here, field.key.span(), "only a parameter of type `string` takes a `pattern`");
    problem.help = has_limits(param.type) ? "limit it with `min`, `max` or `one_of`" : "remove it";
    return;
  }
  const auto text = loader.filled_text(field);
  if (!text) return;
  if (const auto why = pattern_problem(text->value); !why.empty()) {
    auto& problem = loader.error(code::bad_value, text->span, "this pattern is not a regular expression (RE2)");
    problem.label = why;
    return;
  }
  param.pattern = text->value;
}

// The draft's parts that depend on the type, now that it is known.
void finish_param(Loader& loader, const YamlNode& map, ParamDraft& draft) {
  auto& param = draft.param;
  const auto field = [&](const YamlNode* value) {
    for (std::size_t i = 0; i < map.entries(); ++i)
      if (&map.value(i) == value) return Field{map.key(i), *value};
    return Field{map, *value};
  };
  if (draft.pattern) read_pattern(loader, field(draft.pattern), param);
  if (draft.min) param.min = read_limit(loader, field(draft.min), param);
  if (draft.max) param.max = read_limit(loader, field(draft.max), param);
  if (param.min && param.max && *param.min > *param.max)
    loader.error(code::bad_value, draft.max->span(), "`max` is less than `min`");
  if (draft.one_of) read_one_of(loader, field(draft.one_of), param);
  if (!draft.default_value) return;
  if (param.required) {
    auto& problem = loader.error(code::key_not_here, field(draft.default_value).key.span(),
                                 "a required parameter cannot have a `default`");
    problem.label = "would never be used";
    problem.help = "remove `required: true` or the `default`";
    return;
  }
  auto value = read_value(loader, field(draft.default_value), param.type);
  if (!value) return;
  if (const auto limit = broken_limit(param, *value); !limit.empty()) {
    loader.error(code::bad_value, draft.default_value->span(), "the default " + limit);
    return;
  }
  param.default_value = std::move(*value);
}

template <const YamlNode* ParamDraft::*member>
void keep(Loader&, const Field& field, ParamDraft& draft) {
  draft.*member = &field.value;
}

void load_env_name(Loader& loader, const Field& field, Secret& secret) {
  auto text = loader.filled_text(field);
  if (!text) return;
  if (!is_identifier(text->value)) {
    loader.error(code::bad_value, text->span, "this cannot be the name of an environment variable").help =
        "use letters, digits and `_`, not a digit first";
    return;
  }
  secret.source = Secret::Source::env;
  secret.where = std::move(*text);
}

// Secrets are read before anything else has a value.
bool is_plain_text(Loader& loader, const Text& text) {
  const auto hole = text.value.find("${{");
  if (hole == std::string::npos) return true;
  loader.error(code::template_syntax, text.at(hole, 3), "a secret's source takes no `${{ }}`").help =
      "write it out: secrets are read before anything else has a value";
  return false;
}

Shape argument_shape() {
  auto shape = text_or_empty();
  shape.rules = no_template_rules();
  return shape;
}

void load_command(Loader& loader, const Field& field, Secret& secret) {
  if (field.value.is_scalar()) {
    loader.error(code::wrong_type, field.value.span(), "`exec` is a list: the program and its arguments").help =
        "write `exec: [program, argument]`";
    return;
  }
  const auto* list = loader.list(field);
  if (list == nullptr) return;
  std::vector<Text> argv;
  for (const auto& item : list->children) {
    auto text = argv.empty() ? loader.filled_text(field.item(item)) : loader.text(field.item(item));
    if (!text || !is_plain_text(loader, *text)) return;
    argv.push_back(std::move(*text));
  }
  secret.source = Secret::Source::exec;
  secret.where = argv.front();
  secret.argv = std::move(argv);
}

}  // namespace

const std::vector<Key<ParamDraft>>& param_keys() {
  static const std::vector<Key<ParamDraft>> keys{
      {{.name = "type", .shape = choice_shape(types), .doc = "What its value is", .required = true},
       [](Loader& loader, const Field& field, ParamDraft& draft) {
         if (const auto choice = loader.choice(field, type_words())) draft.param.type = static_cast<ParamType>(*choice);
       }},
      {{.name = "required",
        .shape = boolean_shape(),
        .doc = "A run without it is refused; `false` unless given",
        .also = {"mandatory"}},
       [](Loader& loader, const Field& field, ParamDraft& draft) {
         if (const auto value = loader.boolean(field)) draft.param.required = *value;
       }},
      {{.name = "default", .shape = anything_shape(), .doc = "Its value when none is given"},
       keep<&ParamDraft::default_value>},
      {{.name = "one_of",
        .shape = list_of(anything_shape()),
        .doc = "The only values it can have",
        .also = {"enum", "choices", "options", "values"}},
       keep<&ParamDraft::one_of>},
      {{.name = "min",
        .shape = anything_shape(),
        .doc = "The least it can be: integer, number, duration, size",
        .also = {"minimum"}},
       keep<&ParamDraft::min>},
      {{.name = "max",
        .shape = anything_shape(),
        .doc = "The most it can be: integer, number, duration, size",
        .also = {"maximum"}},
       keep<&ParamDraft::max>},
      {{.name = "pattern",
        .shape = text_shape(),
        .doc = "A regular expression (RE2) that the whole text must match",
        .also = {"regex", "match"}},
       keep<&ParamDraft::pattern>},
      {{.name = "description", .shape = text_or_empty(), .doc = "What it is for", .also = {"help", "doc"}},
       [](Loader& loader, const Field& field, ParamDraft& draft) {
         if (auto text = loader.text(field)) draft.param.description = std::move(text->value);
       }},
  };
  return keys;
}

const std::vector<Key<Secret>>& secret_keys() {
  static const std::vector<Key<Secret>> keys{
      {{.name = "env", .shape = pattern_shape(variable_rules()), .doc = "The environment variable that holds it"},
       load_env_name},
      {{.name = "file",
        .shape = text_shape(no_template_rules()),
        .doc = "The file that holds it; its last line end is dropped"},
       [](Loader& loader, const Field& field, Secret& secret) {
         auto text = loader.filled_text(field);
         if (!text || !is_plain_text(loader, *text)) return;
         secret.source = Secret::Source::file;
         secret.where = std::move(*text);
       }},
      {{.name = "exec",
        .shape = list_with_first(text_shape(no_template_rules()), argument_shape()),
        .doc = "A program and its arguments that print it, run without a shell before the run begins, for at most "
               "30 s; its last line end is dropped",
        .also = {"command", "cmd", "shell"}},
       load_command},
  };
  return keys;
}

std::optional<Param> load_param(Loader& loader, const Field& field) {
  const auto* map = loader.map(field, true);
  if (map == nullptr) return std::nullopt;
  ParamDraft draft;
  draft.param.name = field.key.text;
  const auto errors = loader.diagnostics().errors();
  load_keys(loader, *map, param_keys(), "a parameter", draft);
  if (loader.diagnostics().errors() > errors) return std::nullopt;  // without the type, the rest would mislead
  finish_param(loader, *map, draft);
  return std::move(draft.param);
}

std::optional<Secret> load_secret(Loader& loader, const Field& field) {
  if (field.value.is_scalar()) {
    loader.error(code::wrong_type, field.value.span(), "a secret is a map that says where it comes from").help =
        "write `{ env: NAME }`, `{ file: PATH }` or `{ exec: [PROGRAM, ARGUMENT] }`";
    return std::nullopt;
  }
  const auto* map = loader.map(field, true);
  if (map == nullptr) return std::nullopt;
  Secret secret;
  secret.name = field.key.text;
  load_keys(loader, *map, secret_keys(), "a secret", secret);
  std::size_t sources = 0;
  for (const auto& key : secret_keys()) sources += map->find(key.info.name) != nullptr;
  if (sources != 1) {
    auto& problem = loader.error(sources == 0 ? code::missing_key : code::bad_value, field.key.span(),
                                 sources == 0 ? "this secret does not say where it comes from"
                                              : "this secret says more than one place it comes from");
    problem.help = "write `{ env: NAME }`, `{ file: PATH }` or `{ exec: [PROGRAM, ARGUMENT] }`";
    return std::nullopt;
  }
  return secret;
}

}  // namespace runbook
