#include "drive/control_request.h"

#include <optional>

#include "base/text.h"
#include "language/arguments.h"
#include "run/run_state.h"

namespace runbook {
namespace {

using Ask = ControlRequest::Kind;
constexpr std::pair<Ask, std::string_view> kind_names[] = {{Ask::approve, "approve"},
                                                           {Ask::reject, "reject"},
                                                           {Ask::note, "note"},
                                                           {Ask::cancel, "cancel"},
                                                           {Ask::choose, "choose"}};

std::string_view kind_name_of(Ask kind) { return kind_names[static_cast<std::size_t>(kind)].second; }

using Redact = std::function<std::string(std::string_view)>;

Value without_secrets(Value value, const Redact& redact) {
  if (value.is_string()) return redact(value.as_string());
  if (value.is_list())
    for (auto& item : value.as_list()) item = without_secrets(std::move(item), redact);
  if (value.is_map())
    for (auto& [key, item] : value.as_map()) item = without_secrets(std::move(item), redact);
  return value;
}

std::string unknown_step(const std::string& step, const RunState& state) {
  std::vector<std::string> waiting;
  for (const auto& [node, asked] : state.waiting()) waiting.push_back(state.plan()[node].name);
  const auto near = nearest(step, {waiting.begin(), waiting.end()});
  if (!near.empty()) return "the run has no step " + ticked(step) + "; did you mean `" + std::string(near) + "`?";
  return "the run has no step " + ticked(step) +
         (waiting.empty() ? "; no step waits for an answer" : "; it waits at " + join_ticked(waiting));
}

std::string not_waiting(const Node& node, const RunState& state) {
  const auto name = "`" + node.name + "`";
  if (!node.manual) return name + " is no manual step: nobody has to approve it";
  switch (state[node.id].phase) {
    case Phase::judged: return name + " has been answered: " + state[node.id].message;
    case Phase::ended:
      return name + " is over: " +
             (state[node.id].message.empty() ? std::string(outcome_name(state[node.id].outcome))
                                             : state[node.id].message);
    default: return name + " does not wait for an answer yet";
  }
}

// Why the answer does not count; empty: it does. `inputs` become the typed values.
std::string refusal(const ControlRequest& request, const Node& node, const RunState& state, Value& inputs) {
  const auto found = state.waiting().find(node.id);
  if (found == state.waiting().end()) return not_waiting(node, state);
  const auto& asked = found->second;
  if (request.plan_hash != asked.plan_hash || asked.plan_hash != hex(state.plan().hash))
    return "it answers another plan than the one that runs: look at the run again (`runbook show`), then answer";
  if (request.kind == Ask::reject) return "";
  if (!asked.checklist.empty() && !request.checked) return "the checklist of `" + node.name + "` is not ticked off";
  if (request.confirm != asked.confirm && !asked.confirm.empty())
    return request.confirm.empty() ? "`" + node.name + "` wants the word " + ticked(asked.confirm) + " typed"
                                   : ticked(request.confirm) + " is not the word to type: " + ticked(asked.confirm);
  const auto* manual = node.step ? node.step->manual() : nullptr;
  if (!manual) return "";
  if (manual->inputs.empty() && request.inputs.empty()) return "";
  Diagnostics diagnostics;
  inputs = bind_values(manual->inputs, request.inputs, {"input", "step `" + node.name + "`", "--input "}, diagnostics);
  if (diagnostics.errors() == 0) return "";
  const auto& first = diagnostics.all().front();
  return first.message + (first.help.empty() ? "" : "; " + first.help);
}

std::optional<StopMode> stop_mode_of(const RunState& state, const ControlRequest& request, std::string& why_not) {
  const auto stopping = state.stop_mode();
  if (request.mode != StopMode::leave && state.rolling_back()) {
    why_not = "it is being undone already";
  } else if (stopping && *stopping >= request.mode) {
    why_not = "it is stopping already";
  }
  return why_not.empty() ? std::optional(request.mode) : std::nullopt;
}

}  // namespace

std::string what_of(const ControlRequest& request) {
  if (!request.problem.empty()) return "";
  const std::string kind(kind_name_of(request.kind));
  return request.step.empty() ? kind : kind + " " + request.step;
}

std::string write_control_request(const ControlRequest& request) {
  auto json = Value::map();
  json.set("request", "runbook.request/1");
  json.set("kind", kind_name_of(request.kind));
  const auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) json.set(key, value);
  };
  text("via", request.via);
  text("step", request.step);
  text("why", request.why);
  text("plan_hash", request.plan_hash);
  text("confirm", request.confirm);
  text("text", request.text);
  if (request.checked) json.set("checked", true);
  if (request.kind == Ask::cancel) json.set("mode", stop_mode_name(request.mode));
  if (!request.inputs.empty()) {
    auto inputs = Value::map();
    for (const auto& [name, value] : request.inputs) inputs.set(name, value);
    json.set("inputs", std::move(inputs));
  }
  return to_json(json) + "\n";
}

ControlRequest read_control_request(std::string_view text) {
  ControlRequest request;
  const auto wrong = [&](std::string why) {
    request = {};
    request.problem = std::move(why);
    return request;
  };
  Value json;
  if (!from_json(text, json) || !json.is_map()) return wrong("it is not a JSON object");
  const auto* version = json.find("request");
  if (!version || *version != Value("runbook.request/1")) return wrong("it is not a `runbook.request/1`");
  std::string kind, mode;
  const std::pair<std::string_view, std::string*> texts[] = {{"kind", &kind},
                                                             {"via", &request.via},
                                                             {"step", &request.step},
                                                             {"why", &request.why},
                                                             {"plan_hash", &request.plan_hash},
                                                             {"confirm", &request.confirm},
                                                             {"text", &request.text},
                                                             {"mode", &mode}};
  for (const auto& [key, into] : texts) {
    const auto* value = json.find(key);
    if (value && !value->is_string()) return wrong("its `" + std::string(key) + "` is no text");
    if (value) *into = value->as_string();
  }
  bool known = false;
  for (const auto& [value, name] : kind_names) {
    if (name != kind || value == Ask::choose) continue;
    request.kind = value;
    known = true;
  }
  if (!known) return wrong("its kind " + ticked(kind) + " is not approve, reject, note or cancel");
  if (request.via.empty()) request.via = "a request file";
  const bool answers = request.kind == Ask::approve || request.kind == Ask::reject;
  if (answers && request.step.empty()) return wrong("it names no step");
  if (request.kind == Ask::note && trim(request.text).empty()) return wrong("the note is empty");
  if (request.kind == Ask::cancel) {
    const auto parsed = parse_stop_mode(mode);
    if (!parsed) return wrong("its mode " + ticked(mode) + " is not known");
    request.mode = *parsed;
  }
  if (const auto* checked = json.find("checked")) request.checked = checked->is_bool() && checked->as_bool();
  if (const auto* inputs = json.find("inputs")) {
    if (!inputs->is_map()) return wrong("its `inputs` are no map");
    for (const auto& [name, value] : inputs->as_map()) {
      if (!value.is_string()) return wrong("its input " + ticked(name) + " is no text");
      request.inputs.emplace_back(name, value.as_string());
    }
  }
  return request;
}

Event verdict_on(const ControlRequest& request, const RunState& state, const Redact& redact) {
  const auto refused = [&](std::string why) -> Event {
    return RequestRefused{request.id, redact(what_of(request)), request.by, redact(why)};
  };
  if (!request.problem.empty()) return refused(request.problem);
  if (request.kind == Ask::note) return NoteAdded{redact(request.text), request.by, request.via, request.id};
  if (request.kind == Ask::cancel) {
    std::string why_not;
    const auto mode = stop_mode_of(state, request, why_not);
    if (!mode) return refused(why_not);
    const auto who = request.via == "terminal" ? request.by + " at the terminal" : request.via + " by " + request.by;
    return StopRequested{*mode, who, request.id};
  }
  const auto node = state.plan().find(request.step);
  if (!node) return refused(unknown_step(request.step, state));
  if (request.kind == Ask::choose) {
    if (!state.asks_about(*node)) return refused("nobody is asked about `" + request.step + "` any longer");
    return StepChosen{*node, request.choice, request.by, request.via};
  }
  Value inputs;
  if (auto why = refusal(request, state.plan()[*node], state, inputs); !why.empty()) return refused(std::move(why));
  if (request.kind == Ask::reject)
    return Rejected{*node, request.by, request.via, redact(request.why), request.plan_hash, request.id};
  return Approved{*node,
                  request.by,
                  request.via,
                  redact(request.why),
                  without_secrets(std::move(inputs), redact),
                  request.plan_hash,
                  request.id};
}

}  // namespace runbook
