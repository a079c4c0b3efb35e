#include "action/render_work.h"

#include <algorithm>

#include "action/render_http.h"
#include "base/text.h"
#include "runbook/runbook.h"
#include "values/surroundings.h"

namespace runbook {
namespace {

using Env = std::vector<std::pair<std::string, std::string>>;

void put(Env& env, const std::string& name, std::string value) {
  const auto found = std::find_if(env.begin(), env.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == env.end()) {
    env.emplace_back(name, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

std::string shell_word(const std::string& text) {
  static constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%^";
  if (!text.empty() && text.find_first_not_of(safe) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// A value in a command may be a whole file; people and the journal need its beginning.
std::string shortened(std::string text) {
  constexpr std::size_t longest = 16 << 10;
  if (text.size() <= longest) return text;
  auto cut = longest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  const auto gone = text.size() - cut;
  text.resize(cut);
  return text + "… (" + count_of(gone, "more byte") + ")";
}

class Renderer {
 public:
  Renderer(const Plan& plan, const Node& node, int attempt, const RunContext& context, Sandbox& sandbox)
      : plan_(plan), node_(node), attempt_(attempt), context_(context), sandbox_(sandbox) {}

  Evaluated<RenderedWork> render() {
    RenderedWork rendered;
    rendered.work.node = node_.id;
    rendered.work.attempt = attempt_;
    rendered.work.log_name = log_file_name(node_, attempt_);
    const auto& action = node_.step->action;
    Evaluated<std::string> command;
    if (const auto* shell = std::get_if<ShellAction>(&action)) {
      command = render_shell(*shell, rendered.work.action.emplace<ProcessWork>());
    } else if (const auto* exec = std::get_if<ExecAction>(&action)) {
      command = render_exec(*exec, rendered.work.action.emplace<ProcessWork>());
    } else if (const auto* http = std::get_if<HttpAction>(&action)) {
      auto cwd = render_cwd();
      if (!cwd) return tl::unexpected(cwd.error());
      const HttpPlace place{*cwd, "." + context_.run_id + "." + node_.name + ".part"};
      command = render_http(*http, place, sandbox_, rendered.work.action.emplace<HttpWork>());
    } else if (const auto* lua = std::get_if<LuaAction>(&action)) {
      command = render_script(*lua, rendered.work.action.emplace<ScriptWork>());
    } else {
      const auto duration = std::get<WaitAction>(action).duration;
      rendered.work.action = WaitWork{duration};
      command = "wait " + write_duration(duration);
    }
    if (!command) return tl::unexpected(command.error());
    for (const auto& pattern : node_.step->artifacts) {
      auto text = sandbox_.render_text(pattern);
      if (!text) return tl::unexpected(text.error());
      if (text->empty()) return no_value("a pattern of `artifacts` is empty", pattern.source.span);
      rendered.work.artifacts.push_back(std::move(*text));
    }
    rendered.command = shortened(context_.redact(*command));
    return rendered;
  }

 private:
  // `env` and `cwd` of everything around, then what every process of a run is told.
  Evaluated<bool> render_process(ProcessWork& work) {
    work.env = context_.base_env;
    for (const auto& layer : surroundings(plan_, node_)) {
      for (const auto& [name, value] : *layer.env) {
        auto text = render_in(layer.scope, value);
        if (!text) return tl::unexpected(text.error());
        put(work.env, name.value, std::move(*text));
      }
    }
    auto cwd = render_cwd();
    if (!cwd) return tl::unexpected(cwd.error());
    work.cwd = std::move(*cwd);
    put(work.env, "RUNBOOK_RUN_ID", context_.run_id);
    put(work.env, "RUNBOOK_NAME", plan_.runbook->name.value);
    put(work.env, "RUNBOOK_STEP", node_.name);
    put(work.env, "RUNBOOK_ATTEMPT", std::to_string(attempt_));
    return true;
  }

  // What stands around the node may stand in another file.
  Evaluated<std::string> render_in(ScopeId scope, const Template& text) {
    sandbox_.enter_scope(static_cast<int>(scope));
    auto rendered = sandbox_.render_text(text);
    sandbox_.enter_scope(static_cast<int>(node_.scope));
    return rendered;
  }

  Evaluated<std::string> render_shell(const ShellAction& action, ProcessWork& work) {
    if (auto process = render_process(work); !process) return tl::unexpected(process.error());
    work.argv = action.shell == Shell::bash ? std::vector<std::string>{"/bin/bash", "--noprofile", "--norc",
                                                                       "-euo",      "pipefail",    "/proc/self/fd/10"}
                                            : std::vector<std::string>{"/bin/sh", "-eu", "/proc/self/fd/10"};
    work.script = action.script.script;
    // For people the script reads with the values where the author wrote them; the quotes we added go again.
    std::string shown = action.script.script;
    for (const auto& variable : action.script.variables) {
      auto value = sandbox_.render_text(Template{variable.value.text, {variable.value}});
      if (!value) return tl::unexpected(value.error());
      const std::string reference = "${" + variable.name + "}";
      replace_all(shown, "'\"" + reference + "\"'", *value);
      replace_all(shown, reference, *value);
      put(work.env, variable.name, std::move(*value));
    }
    return shown;
  }

  Evaluated<std::string> render_exec(const ExecAction& action, ProcessWork& work) {
    if (auto process = render_process(work); !process) return tl::unexpected(process.error());
    std::string shown;
    for (const auto& part : action.argv) {
      auto argument = sandbox_.render_text(part);
      if (!argument) return tl::unexpected(argument.error());
      shown += (shown.empty() ? "" : " ") + shell_word(*argument);
      work.argv.push_back(std::move(*argument));
    }
    if (work.argv[0].empty()) return no_value("the program to run is empty", action.argv[0].source.span);
    return shown;
  }

  // The directory that the step's relative paths start from; empty: the engine's own.
  Evaluated<std::string> render_cwd() {
    std::string found;
    for (const auto& layer : surroundings(plan_, node_)) {
      if (!layer.cwd) continue;
      auto cwd = render_in(layer.scope, *layer.cwd);
      if (!cwd) return cwd;
      if (cwd->empty()) return no_value("`cwd` is empty", layer.cwd->source.span);
      found = std::move(*cwd);
    }
    return found;
  }

  Evaluated<std::string> render_script(const LuaAction& action, ScriptWork& work) {
    work.job.text = action.script.text.value;
    for (const auto& module : action.modules) work.job.modules.push_back({module->name, module->script.text.value});
    work.job.values = sandbox_.seen_by(action.script.references);
    return work.job.text;
  }

  const Plan& plan_;
  const Node& node_;
  const int attempt_;
  const RunContext& context_;
  Sandbox& sandbox_;
};

}  // namespace

Evaluated<RenderedWork> render_work(const Plan& plan, const Node& node, int attempt, const RunContext& context,
                                    Sandbox& sandbox) {
  return Renderer(plan, node, attempt, context, sandbox).render();
}

std::string log_file_name(const Node& node, int attempt) { return node.name + "." + std::to_string(attempt) + ".log"; }

}  // namespace runbook
