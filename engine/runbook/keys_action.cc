// The keys of the actions that are maps: `shell` in its long form, `http`.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "runbook/keys.h"
#include "runbook/load_action.h"
#include "runbook/scalar.h"
#include "source/codes.h"

namespace runbook {
namespace {

const std::vector<Choice> shells{
    {"bash", "run as `bash -euo pipefail`"},
    {"sh", "run as `sh -eu`"},
};

KeyInfo not_yet(std::string_view name, std::string_view doc, std::vector<std::string_view> also = {}) {
  return {.name = name, .shape = anything_shape(), .doc = doc, .supported = false, .also = std::move(also)};
}

const Shape status_shape = either(integer_shape(100, 599), pattern_shape("^([1-5]xx|[1-5][0-9][0-9])$"));

// RFC 9110: what a header's name and a method are made of.
bool is_token(std::string_view word) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

void load_method(Loader& loader, const Field& field, HttpAction& http) {
  const auto text = loader.filled_text(field);
  if (!text) return;
  std::string upper = text->value;
  for (auto& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const bool letters =
      std::all_of(upper.begin(), upper.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
  if (!letters || upper.size() > 32 || upper != text->value) {
    auto& problem = loader.error(code::bad_value, text->span, "this is not an HTTP method");
    problem.help = letters && upper.size() <= 32 ? "write `" + upper + "`"
                                                 : "write `GET`, `POST`, `PUT`, `PATCH`, `DELETE` or `HEAD`";
    return;
  }
  http.method = text->value;
}

void load_url(Loader& loader, const Field& field, HttpAction& http) {
  const auto text = loader.filled_text(field);
  if (!text) return;
  const auto& url = text->value;
  const auto hole = url.find("${{");
  const auto known = std::string_view(url).substr(0, hole);  // what is sure before the run
  const auto can_be = [&](std::string_view scheme) {
    return known.starts_with(scheme) || (hole != std::string::npos && scheme.starts_with(known));
  };
  if (!can_be("http://") && !can_be("https://")) {
    auto& problem = loader.error(code::bad_value, text->span, "a URL begins with `http://` or `https://`");
    if (known.find("://") == std::string_view::npos)
      problem.help = "write `http://" + elide_middle(printable(url), 60) + "`";
    return;
  }
  if (const auto blank = url.find_first_of(" \t\r\n"); hole == std::string::npos && blank != std::string::npos) {
    loader.error(code::bad_value, text->at(blank, 1), "a URL holds no spaces").help =
        "write `%20`, or `url.encode(…)` in `${{ }}`";
    return;
  }
  if (auto read = loader.templated(field)) http.url = std::move(*read);
}

void load_headers(Loader& loader, const Field& field, HttpAction& http) {
  const auto* map = loader.map(field, true);
  for (std::size_t i = 0; map != nullptr && i < map->entries(); ++i) {
    const auto& name = map->key(i).text;
    if (!is_token(name.value)) {
      loader.error(code::bad_value, name.span, "this cannot be the name of an HTTP header").help =
          "use letters, digits and `-`";
      continue;
    }
    const Field header{map->key(i), map->value(i)};
    const auto text = loader.text(header);
    if (!text) continue;
    const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; };
    if (std::any_of(text->value.begin(), text->value.end(), is_control)) {
      loader.error(code::bad_value, text->span, "a header holds no line breaks or control characters").help =
          "a text of several lines belongs into the body";
      continue;
    }
    if (auto value = loader.templated(header)) http.headers.emplace_back(name, std::move(*value));
  }
}

// `2xx` or `204`.
std::optional<StatusRange> read_status(Loader& loader, const Field& field) {
  const auto text = loader.text(field);
  if (!text) return std::nullopt;
  const auto& word = text->value;
  if (word.size() == 3 && word[0] >= '1' && word[0] <= '5' && word.substr(1) == "xx")
    return StatusRange{(word[0] - '0') * 100, (word[0] - '0') * 100 + 99};
  if (const auto code = parse_integer(word); code && *code >= 100 && *code <= 599)
    return StatusRange{static_cast<int>(*code), static_cast<int>(*code)};
  loader.error(code::bad_value, text->span, field.describe() + " is no HTTP status").help =
      "write a code such as `204`, or a class such as `2xx`";
  return std::nullopt;
}

void load_ok_status(Loader& loader, const Field& field, HttpAction& http) {
  std::vector<StatusRange> ranges;
  if (field.value.is_scalar()) {
    if (const auto range = read_status(loader, field)) ranges.push_back(*range);
  } else if (const auto* list = loader.list(field)) {
    for (const auto& item : list->children)
      if (const auto range = read_status(loader, field.item(item))) ranges.push_back(*range);
  }
  if (!ranges.empty()) http.ok_status = std::move(ranges);
}

}  // namespace

const std::vector<Key<ShellDraft>>& shell_keys() {
  static const std::vector<Key<ShellDraft>> keys{
      {{.name = "run",
        .shape = template_shape(),
        .doc = "The script",
        .required = true,
        .also = {"script", "command", "cmd", "text"}},
       [](Loader& loader, const Field& field, ShellDraft& draft) { draft.run = loader.filled_text(field); }},
      {{.name = "shell", .shape = choice_shape(shells), .doc = "What runs it; `defaults.shell` unless given"},
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

const std::vector<Key<HttpAction>>& http_keys() {
  static const std::vector<Key<HttpAction>> keys{
      {{.name = "method", .shape = pattern_shape("^[A-Z-]{1,32}$"), .doc = "`GET` unless given"}, load_method},
      {{.name = "url",
        .shape = template_shape(),
        .doc = "Begins with `http://` or `https://`",
        .required = true,
        .also = {"uri", "address"}},
       load_url},
      {{.name = "headers", .shape = map_of(template_shape()), .doc = "Sent with the request", .also = {"header"}},
       load_headers},
      {{.name = "json", .shape = anything_shape(), .doc = "The body, sent as JSON; strings in it may hold `${{ }}`"},
       [](Loader& loader, const Field& field, HttpAction& http) { http.json = loader.value_template(field); }},
      {{.name = "body",
        .shape = template_shape(),
        .doc = "The body, sent as it is; at most one of `json` and `body`",
        .also = {"data", "payload"}},
       [](Loader& loader, const Field& field, HttpAction& http) { http.body = loader.templated(field); }},
      {{.name = "ok_status",
        .shape = either(list_of(status_shape), status_shape),
        .doc = "The answers that count as success, codes or classes: `[200, 404]`, `2xx`; `2xx` unless given",
        .also = {"status", "expected_status"}},
       load_ok_status},
      {not_yet("query", "Appended to the URL, encoded")},
      {not_yet("form", "The body, as an HTML form sends it")},
      {not_yet("file", "A file that is the body")},
      {not_yet("auth", "`{ bearer }` or `{ basic: { user, password } }`")},
      {not_yet("follow", "How many redirects to follow")},
      {not_yet("tls", "Certificates")},
      {not_yet("unix_socket", "The socket to connect to")},
      {not_yet("max_body", "How much of an answer is read")},
      {not_yet("save_to", "A file for the answer")},
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
    if (!action.argv.empty() && action.argv.front().source.value.empty())
      loader.error(code::bad_value, action.argv.front().source.span, "the program's name is empty");
  }
  step.action = std::move(action);
}

void load_http(Loader& loader, const Field& field, Step& step) {
  HttpAction action;
  if (field.value.is_scalar()) {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`http` is a map");
    problem.help = "write `http: { url: \"" + elide_middle(printable(field.value.text.value), 60) + "\" }`";
  } else if (const auto* map = loader.map(field)) {
    load_keys(loader, *map, http_keys(), "`http`", action);
    if (map->find("json") != nullptr && map->find("body") != nullptr) {
      std::size_t i = 0;
      while (map->key(i).text.value != "body") ++i;
      loader.error(code::bad_value, map->key(i).span(), "a request has one body: `json` or `body`, not both").help =
          "remove one of them";
    }
  }
  step.action = std::move(action);
}

}  // namespace runbook
