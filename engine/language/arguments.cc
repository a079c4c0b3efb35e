#include "language/arguments.h"

#include <algorithm>

#include "base/text.h"
#include "language/param_value.h"
#include "source/codes.h"
#include "yaml/scalar.h"

namespace runbook {
namespace {

void report_unknown(const std::vector<Param>& params, const std::string& name, const BindWords& words,
                    Diagnostics& diagnostics) {
  auto& problem =
      diagnostics.error(code::param_unknown, {}, words.owner + " has no " + words.noun + " " + ticked(name));
  std::vector<std::string_view> names;
  for (const auto& param : params) names.push_back(param.name.value);
  if (const auto near = nearest(name, names); !near.empty()) {
    problem.help = "did you mean `" + std::string(near) + "`?";
  } else {
    problem.help = names.empty() ? "it has none" : "it has " + join_ticked({names.begin(), names.end()});
  }
}

void report_missing(const Param& param, const BindWords& words, Diagnostics& diagnostics) {
  auto& problem = diagnostics.error(code::param_missing, param.name.span,
                                    "the " + words.noun + " `" + param.name.value + "` is required");
  problem.label = param.description.empty() ? "declared here" : param.description;
  problem.help = "give it with `" + words.option + param.name.value + "=…`: " + param_type_words(param.type);
}

Value read(const Param& param, const std::string& text, const BindWords& bind, Diagnostics& diagnostics) {
  const auto value = parse_param_value(param.type, text);
  if (!value) {
    auto words = param_type_words(param.type);
    if (param.type == ParamType::list || param.type == ParamType::map) words += " written as JSON";
    auto& problem = diagnostics.error(
        code::param_value, param.name.span,
        "the " + bind.noun + " `" + param.name.value + "` must be " + words + ", not " + ticked(text));
    problem.label = "declared here";
    if (param.type == ParamType::duration && parse_integer(text)) problem.help = "add a unit: `" + text + "s`";
    if (param.type == ParamType::size && parse_integer(text)) problem.help = "add a unit: `" + text + "B`";
    const auto likely = find_lookalike(text);
    const bool fits = likely && !likely->instead.empty() && parse_param_value(param.type, likely->instead);
    if (fits && param.type != ParamType::string) problem.help = "write `" + likely->instead + "`";
    return {};
  }
  if (const auto limit = broken_limit(param, *value); !limit.empty()) {
    diagnostics.error(code::param_value, param.name.span, "the " + bind.noun + " `" + param.name.value + "` " + limit)
        .label = "declared here";
    return {};
  }
  return *value;
}

}  // namespace

Value bind_values(const std::vector<Param>& params, const std::vector<std::pair<std::string, std::string>>& given,
                  const BindWords& words, Diagnostics& diagnostics) {
  for (const auto& [name, text] : given) {
    const auto same = [&name = name](const Param& param) { return param.name.value == name; };
    if (std::none_of(params.begin(), params.end(), same)) report_unknown(params, name, words, diagnostics);
  }
  auto values = Value::map();
  for (const auto& param : params) {
    const auto same = [&](const auto& pair) { return pair.first == param.name.value; };
    const auto found = std::find_if(given.rbegin(), given.rend(), same);
    Value value;
    if (found != given.rend()) {
      value = read(param, found->second, words, diagnostics);
    } else if (param.default_value) {
      value = *param.default_value;
    } else if (param.required) {
      report_missing(param, words, diagnostics);
    }
    values.as_map().emplace_back(param.name.value, std::move(value));
  }
  return values;
}

Value bind_params(const Runbook& runbook, const std::vector<std::pair<std::string, std::string>>& given,
                  Diagnostics& diagnostics) {
  return bind_values(runbook.params, given, {}, diagnostics);
}

}  // namespace runbook
