#include "action/judge.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "action/retry_after.h"
#include "base/text.h"

namespace runbook {
namespace {

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string wanted(const std::vector<StatusRange>& ranges) {
  std::vector<std::string> words;
  for (const auto& range : ranges) {
    const bool whole_class = range.first % 100 == 0 && range.last == range.first + 99;
    words.push_back(whole_class ? std::to_string(range.first / 100) + "xx" : std::to_string(range.first));
  }
  return join(words, " or ");
}

ActionVerdict judge_exit(const std::vector<int>& ok_codes, int code) {
  if (std::find(ok_codes.begin(), ok_codes.end(), code) != ok_codes.end()) return {true, "", {}};
  std::string message = "exit " + std::to_string(code);
  if (code > 128 && code < 128 + NSIG && sigabbrev_np(code - 128)) message += " (" + signal_text(code - 128) + ")";
  if (code == 127) message += " (command not found)";
  return {false, std::move(message), {}};
}

// Where in the author's files a script broke: "line 14", or "lua/stats.lua line 7, called in line 14".
std::string script_place(const LuaAction& action, const std::vector<ScriptPlace>& trace) {
  const auto in_runbook = [&](int line) {
    const auto place = line_of(action.script.text, line);
    return "line " + std::to_string(place ? place.line() : static_cast<std::uint32_t>(line));
  };
  const auto& first = trace.front();
  if (first.module.empty()) return in_runbook(first.line);
  std::string text = first.module;
  for (const auto& module : action.modules)
    if (module->name == first.module) text = module->file->path();
  text += " line " + std::to_string(first.line);
  const auto caller =
      std::find_if(trace.begin(), trace.end(), [](const ScriptPlace& place) { return place.module.empty(); });
  return caller == trace.end() ? text : text + ", called in " + in_runbook(caller->line);
}

ActionVerdict judge_script(const LuaAction& action, const AttemptEnded& ended) {
  if (!ended.script)
    return {false, "the script's process ended without a result (exit " + std::to_string(ended.how.code) + ")", {}};
  const auto& end = *ended.script;
  ActionVerdict verdict{end.kind == ScriptEnd::Kind::returned, end.message, {}, end.warnings};
  if (end.kind == ScriptEnd::Kind::broken && !end.trace.empty())
    verdict.message += " (" + script_place(action, end.trace) + ")";
  return verdict;
}

}  // namespace

ActionVerdict judge_action(const Action& action, const AttemptEnded& ended) {
  switch (ended.how.kind) {
    case Termination::Kind::exited:
      if (const auto* shell = std::get_if<ShellAction>(&action))
        return judge_exit(shell->ok_exit_codes, ended.how.code);
      if (const auto* lua = std::get_if<LuaAction>(&action)) return judge_script(*lua, ended);
      return judge_exit(std::get<ExecAction>(action).ok_exit_codes, ended.how.code);
    case Termination::Kind::signaled: return {false, "killed by " + signal_text(ended.how.code), {}};
    case Termination::Kind::http: {
      const auto& ranges = std::get<HttpAction>(action).ok_status;
      const int status = ended.how.code;
      const bool ok = std::any_of(ranges.begin(), ranges.end(),
                                  [&](const StatusRange& r) { return status >= r.first && status <= r.last; });
      if (ok) return {true, "", {}};
      return {false, "want " + wanted(ranges) + ", got " + std::to_string(status),
              retry_after(ended.headers, ended.answered_at)};
    }
    case Termination::Kind::waited: return {true, "", {}};
    case Termination::Kind::not_started:
    case Termination::Kind::transport: return {false, ended.how.reason, {}};
    case Termination::Kind::stopped: return {false, "stopped", {}};
  }
  return {};
}

bool says_no(const AttemptEnded& ended) {
  if (!ended.outputs_error.empty() || ended.unkillable) return false;
  if (ended.script) return ended.script->kind == ScriptEnd::Kind::failed;
  return ended.how.kind == Termination::Kind::http ||
         (ended.how.kind == Termination::Kind::exited && ended.how.code < 126);
}

Value full_result(const AttemptEnded& ended, bool ok, int attempts, Duration duration) {
  Value result = Value::map();
  result.set("ok", ok);
  result.set("attempts", attempts);
  result.set("duration", static_cast<double>(duration.count()) / 1000);
  const bool http = ended.how.kind == Termination::Kind::http || ended.how.kind == Termination::Kind::transport;
  if (ended.how.kind == Termination::Kind::exited && !ended.script) result.set("exit_code", ended.how.code);
  if (ended.how.kind == Termination::Kind::signaled) result.set("signal", ended.how.code);
  if (ended.how.kind == Termination::Kind::http) {
    result.set("status", ended.how.code);
    Value headers = Value::map();
    for (const auto& [name, value] : ended.headers) headers.set(name, value);
    result.set("headers", std::move(headers));
    if (ended.download) {
      result.set("size", static_cast<std::int64_t>(ended.download->size()));
      result.set("sha256", ended.download->sha256());
    } else {
      result.set("body", ended.out);
    }
  } else if (!http) {
    auto text = std::string_view(ended.out);
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    result.set("stdout", text);
    result.set("stderr", ended.err);
  }
  if (!ended.redirects.empty()) {
    Value chain = Value::list();
    for (const auto& redirect : ended.redirects) {
      Value step = Value::map();
      step.set("status", redirect.status);
      step.set("from", redirect.from);
      step.set("to", redirect.to);
      chain.as_list().push_back(std::move(step));
    }
    result.set("redirects", std::move(chain));
  }
  Value outputs = ended.script ? ended.script->outputs : Value::map();
  for (const auto& [name, value] : ended.outputs) outputs.set(name, value);
  result.set("outputs", std::move(outputs));
  return result;
}

Value kept_result(const Value& full, const Node& node) {
  Value kept = Value::map();
  for (const auto& [name, value] : full.as_map()) {
    if (name == "stdout" && !node.keeps_stdout) continue;
    if (name == "stderr" && !node.keeps_stderr) continue;
    if ((name == "body" || name == "headers") && !node.keeps_body) continue;
    kept.set(name, value);
  }
  return kept;
}

}  // namespace runbook
