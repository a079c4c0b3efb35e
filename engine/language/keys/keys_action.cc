// `shell`, with the keys of its long form, and `exec`.
#include "base/text.h"
#include "language/keys/keys.h"
#include "language/load_action.h"
#include "script/lua_modules.h"
#include "source/codes.h"

namespace runbook {
const std::vector<Key<ShellDraft>>& shell_keys() {
  static const std::vector<Key<ShellDraft>> keys{
      {{.name = "run",
        .shape = template_shape(),
        .doc = "The script",
        .required = true,
        .also = {"script", "command", "cmd", "text"}},
       [](Loader& loader, const Field& field, ShellDraft& draft) { draft.run = loader.filled_text(field); }},
      {{.name = "shell", .shape = choice_shape(shell_choices()), .doc = "What runs it; `defaults.shell` unless given"},
       [](Loader& loader, const Field& field, ShellDraft& draft) {
         if (const auto choice = loader.choice(field, {"bash", "sh"})) draft.shell = static_cast<Shell>(*choice);
       }},
      {{.name = "ok_exit_codes",
        .shape = list_of(integer_shape(0, 255)),
        .doc = "The exit codes that count as success; `[0]` unless given"},
       [](Loader& loader, const Field& field, ShellDraft& draft) {
         const auto* list = loader.list(field);
         if (list == nullptr) return;
         draft.ok_exit_codes.clear();
         for (const auto& item : list->children)
           if (const auto code = loader.integer(field.item(item), 0, 255))
             draft.ok_exit_codes.push_back(static_cast<int>(*code));
       }},
  };
  return keys;
}

void load_shell(Loader& loader, const Field& field, Step& step) {
  ShellAction action;
  action.shell = loader.default_shell;
  std::optional<Text> script;
  if (field.value.is_map()) {
    ShellDraft draft;
    load_keys(loader, field.value, shell_keys(), "`shell`", draft);
    script = std::move(draft.run);
    if (draft.shell) action.shell = *draft.shell;
    action.ok_exit_codes = std::move(draft.ok_exit_codes);
  } else if (field.value.is_list()) {
    loader.error(code::wrong_type, field.value.span(), "`shell` must be text, not a list").help =
        "for a program and its arguments use `exec`";
  } else {
    script = loader.filled_text(field);
  }
  if (script) action.script = compile_shell(std::move(*script), action.shell, loader.diagnostics());
  step.action = std::move(action);
}

void load_exec(Loader& loader, const Field& field, Step& step) {
  ExecAction action;
  if (field.value.is_scalar()) {
    auto& problem =
        loader.error(code::wrong_type, field.value.span(), "`exec` is a list: the program and its arguments");
    problem.help = "write `exec: [program, argument]`, or use `shell` for a command line";
  } else if (const auto* list = loader.list(field)) {
    for (const auto& item : list->children)
      if (auto argument = loader.templated(field.item(item))) action.argv.push_back(std::move(*argument));
    if (!action.argv.empty() && trim(action.argv.front().source.value).empty())
      loader.error(code::bad_value, action.argv.front().source.span, "the program's name is empty");
  }
  step.action = std::move(action);
}

void load_lua(Loader& loader, const Field& field, Step& step) {
  LuaAction action;
  if (field.value.is_list() || field.value.is_map()) {
    loader
        .error(code::wrong_type, field.value.span(),
               "`lua` must be text, not a " + std::string(field.value.is_list() ? "list" : "map"))
        .help = "write `lua: |` and the script below it";
  } else if (auto text = loader.filled_text(field)) {
    if (text->block && text->span.text().starts_with('>'))
      loader.error(code::bad_value, field.value.span(), "a folded block (`>`) joins the lines of a script").help =
          "write `lua: |`";
    action.script = parse_script(std::move(*text), Dialect::script, loader.diagnostics());
    LuaModules none({});
    action.modules = (loader.modules ? *loader.modules : none).link(action.script, loader.diagnostics());
  }
  step.action = std::move(action);
}

}  // namespace runbook
