// The keys of `http` and of the maps in it. What one request cannot be at the same time is in load_http.cc.
#include <algorithm>

#include "base/text.h"
#include "language/keys/keys.h"
#include "language/load_action.h"
#include "language/patterns.h"
#include "source/codes.h"
#include "yaml/scalar.h"

namespace runbook {
namespace {

const Shape status_shape =
    either(integer_shape(100, 599),
           pattern_shape({{"^([1-5]xx|[1-5][0-9][0-9])$", "must be a code such as `204`, or a class such as `2xx`"}}));

TextRules url_rules() {
  return {{"^(https?://|" + std::string(scheme_in_expression) + ")", "must begin with `http://` or `https://`"},
          {"^https?://([/?#:]|$)", "must name a host behind `://`", true},
          {"^[^ \\t\\r\\n]*$|\\$\\{\\{", "must hold no spaces: write `%20`"}};
}

TextRules header_name_rules() {
  return {{"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", "must be the name of an HTTP header: letters, digits and `-`"}};
}

TextRules header_rules() {
  return {{"^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$", "must hold no line breaks or control characters"}};
}

TextRules user_rules() { return {{"^[^:]*($|\\$\\{\\{)", "must hold no `:`: the password belongs under `password`"}}; }

TextRules socket_rules() {
  return {{"^(/|\\$\\{\\{)", "must be an absolute path"},
          {"^[^\\x00]{0,107}$|\\$\\{\\{", "must be at most 107 bytes long"}};
}

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
  if (const auto scheme = known.find("://"); scheme != std::string_view::npos) {
    const auto host = known.substr(scheme + 3);
    const bool none =
        host.empty() ? hole == std::string::npos : std::string_view("/?#:").find(host[0]) != std::string_view::npos;
    if (none) {
      loader.error(code::bad_value, text->span, "this URL names no host").help =
          "write it behind `://`: `http://localhost/`";
      return;
    }
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

const Shape field_shape = either(template_or_empty(), list_or_empty(template_or_empty()));

// Names with a text each, or a list of texts, which repeats the name.
std::optional<HttpFields> read_fields(Loader& loader, const Field& field) {
  const auto* map = loader.map(field, true);
  if (map == nullptr) return std::nullopt;
  HttpFields fields;
  for (std::size_t i = 0; i < map->entries(); ++i) {
    const Field entry{map->key(i), map->value(i)};
    const auto nested = [](const YamlNode& node) { return node.is_map() || node.is_list(); };
    const auto& items = entry.value.children;
    if (entry.value.is_map() || (entry.value.is_list() && std::any_of(items.begin(), items.end(), nested))) {
      loader.error(code::wrong_type, entry.value.span(), entry.describe() + " must be text or a list of texts").help =
          "a nested value can be sent as `json`, or as one text: `${{ json.encode(…) }}`";
      continue;
    }
    if (entry.value.is_scalar() ? !loader.text(entry) : loader.list(entry, true) == nullptr) continue;
    if (!std::all_of(items.begin(), items.end(), [&](const YamlNode& item) { return loader.text(entry.item(item)); }))
      continue;
    if (auto value = loader.value_template(entry)) fields.emplace_back(map->key(i).text, std::move(*value));
  }
  return fields;
}

template <std::optional<Template> HttpAction::*Member>
void load_path(Loader& loader, const Field& field, HttpAction& http) {
  if (loader.filled_text(field)) http.*Member = loader.templated(field);
}

template <class T, std::optional<Template> T::*Member>
void load_filled(Loader& loader, const Field& field, T& into) {
  if (loader.filled_text(field)) into.*Member = loader.templated(field);
}

void load_auth(Loader& loader, const Field& field, HttpAction& http) {
  if (field.value.is_scalar()) {
    loader.error(code::wrong_type, field.value.span(), "`auth` says how, and as whom").help =
        "write `auth: { bearer: \"${{ secrets.token }}\" }` or `auth: { basic: { user: …, password: … } }`";
  } else if (const auto* map = loader.map(field)) {
    load_keys(loader, *map, http_auth_keys(), "`auth`", http.auth);
  }
}

void load_unix_socket(Loader& loader, const Field& field, HttpAction& http) {
  const auto text = loader.filled_text(field);
  if (!text) return;
  if (!text->value.starts_with("/") && !text->value.starts_with("${{")) {
    loader.error(code::bad_value, text->span, "`unix_socket` must be an absolute path").help =
        "write `/run/…`; the host of `url` is only a name then";
    return;
  }
  constexpr std::size_t longest = 107;  // sun_path, without its end
  if (text->value.size() > longest && text->value.find("${{") == std::string::npos) {
    loader.error(code::bad_value, text->span, "the path of a socket has at most 107 bytes").help =
        "make the socket in a shorter place, or reach it by a symbolic link";
    return;
  }
  http.unix_socket = loader.templated(field);
}

}  // namespace

const std::vector<Key<HttpAction>>& http_keys() {
  static const std::vector<Key<HttpAction>> keys{
      {{.name = "method",
        .shape = pattern_shape({{"^[A-Z-]{1,32}$", "must be a method such as `GET`, in capitals"}}),
        .doc = "`GET` unless given"},
       load_method},
      {{.name = "url",
        .shape = template_shape(url_rules()),
        .doc = "Begins with `http://` or `https://`",
        .required = true,
        .also = {"uri", "address"}},
       load_url},
      {{.name = "query",
        .shape = map_of(field_shape),
        .doc = "Appended to the URL, percent-encoded; a list repeats its name",
        .also = {"params", "query_params", "querystring"}},
       [](Loader& loader, const Field& field, HttpAction& http) {
         if (auto fields = read_fields(loader, field)) http.query = std::move(*fields);
       }},
      {{.name = "headers",
        .shape = map_of(template_or_empty(header_rules()), header_name_rules()),
        .doc = "Sent with the request",
        .also = {"header"}},
       load_headers},
      {{.name = "json", .shape = anything_shape(), .doc = "The body, sent as JSON; strings in it may hold `${{ }}`"},
       [](Loader& loader, const Field& field, HttpAction& http) { http.json = loader.value_template(field); }},
      {{.name = "form",
        .shape = map_of(field_shape),
        .doc = "The body, as an HTML form sends it (`application/x-www-form-urlencoded`); a list repeats its name"},
       [](Loader& loader, const Field& field, HttpAction& http) { http.form = read_fields(loader, field); }},
      {{.name = "body",
        .shape = template_or_empty(),
        .doc = "The body, sent as it is; at most one of `json`, `form`, `body` and `file`",
        .also = {"data", "payload"}},
       [](Loader& loader, const Field& field, HttpAction& http) { http.body = loader.templated(field); }},
      {{.name = "file",
        .shape = template_shape(),
        .doc = "A file that is the body, sent as it is read, whatever its size; its path is relative to `cwd`",
        .also = {"upload", "upload_file", "body_file"}},
       load_path<&HttpAction::file>},
      {{.name = "auth",
        .shape = object_shape(Object::http_auth),
        .doc = "Who asks; sent with the first request, never to another host",
        .also = {"authorization", "authentication", "credentials"}},
       load_auth},
      {{.name = "ok_status",
        .shape = either(list_of(status_shape), status_shape),
        .doc = "The answers that count as success, codes or classes: `[200, 404]`, `2xx`; `2xx` unless given",
        .also = {"status", "expected_status"}},
       load_ok_status},
      {{.name = "follow",
        .shape = integer_shape(0, 20),
        .doc = "How many redirects to follow; `0` unless given: a redirect is an answer",
        .also = {"follow_redirects", "redirects", "max_redirects"}},
       [](Loader& loader, const Field& field, HttpAction& http) {
         if (const auto value = loader.integer(field, 0, 20)) http.follow = static_cast<int>(*value);
       }},
      {{.name = "tls",
        .shape = object_shape(Object::http_tls),
        .doc = "Whom to trust, and the certificate to show",
        .also = {"ssl"}},
       [](Loader& loader, const Field& field, HttpAction& http) {
         if (const auto* map = loader.map(field)) load_keys(loader, *map, http_tls_keys(), "`tls`", http.tls);
       }},
      {{.name = "unix_socket",
        .shape = template_shape(socket_rules()),
        .doc = "The socket to connect to, an absolute path; the host of `url` is then only the name that is sent",
        .also = {"socket"}},
       load_unix_socket},
      {{.name = "max_body",
        .shape = size_shape(),
        .doc = "An answer with a longer body fails; `10MiB` unless given, at most `32MiB`. Of `save_to` it is the "
               "longest file, any size unless given",
        .also = {"max_size", "max_response"}},
       [](Loader& loader, const Field& field, HttpAction& http) { http.max_body = loader.size(field); }},
      {{.name = "save_to",
        .shape = template_shape({{"/$", "must name a file, not a directory", true}}),
        .doc = "A file for the body, which is not kept in memory. It is put in its place only when the step's "
               "attempt has succeeded; `result.size` and `result.sha256` tell about it. Relative to `cwd`",
        .also = {"output", "dest", "destination", "save_as"}},
       load_path<&HttpAction::save_to>},
  };
  return keys;
}

const std::vector<Key<HttpAuth>>& http_auth_keys() {
  static const std::vector<Key<HttpAuth>> keys{
      {{.name = "bearer", .shape = template_shape(), .doc = "A token: `\"${{ secrets.token }}\"`", .also = {"token"}},
       load_filled<HttpAuth, &HttpAuth::bearer>},
      {{.name = "basic", .shape = object_shape(Object::http_basic), .doc = "A user and a password"},
       [](Loader& loader, const Field& field, HttpAuth& auth) {
         if (const auto* map = loader.map(field)) load_keys(loader, *map, http_basic_keys(), "`basic`", auth);
       }},
  };
  return keys;
}

const std::vector<Key<HttpAuth>>& http_basic_keys() {
  static const std::vector<Key<HttpAuth>> keys{
      {{.name = "user",
        .shape = template_shape(user_rules()),
        .doc = "Holds no `:`, which would end it",
        .required = true,
        .also = {"username", "login"}},
       [](Loader& loader, const Field& field, HttpAuth& auth) {
         const auto text = loader.filled_text(field);
         if (!text) return;
         const auto known = text->value.substr(0, text->value.find("${{"));
         if (const auto colon = known.find(':'); colon != std::string::npos) {
           loader.error(code::bad_value, text->at(colon, 1), "a user's name holds no `:`").help =
               "the password belongs under `password`";
           return;
         }
         auth.user = loader.templated(field);
       }},
      {{.name = "password",
        .shape = template_or_empty(),
        .doc = "`\"${{ secrets.password }}\"`",
        .required = true,
        .also = {"pass", "pwd"}},
       [](Loader& loader, const Field& field, HttpAuth& auth) { auth.password = loader.templated(field); }},
  };
  return keys;
}

const std::vector<Key<HttpTls>>& http_tls_keys() {
  static const std::vector<Key<HttpTls>> keys{
      {{.name = "ca",
        .shape = template_shape(),
        .doc = "A file of the authorities to trust (PEM), instead of the system's",
        .also = {"cacert", "ca_file"}},
       load_filled<HttpTls, &HttpTls::ca>},
      {{.name = "cert",
        .shape = template_shape(),
        .doc = "The file of the certificate to show (PEM), with those between it and its authority",
        .also = {"certificate", "client_cert"}},
       load_filled<HttpTls, &HttpTls::cert>},
      {{.name = "key",
        .shape = template_shape(),
        .doc = "The file of the certificate's private key (PEM)",
        .also = {"private_key", "client_key"}},
       load_filled<HttpTls, &HttpTls::key>},
      {{.name = "passphrase",
        .shape = template_shape(),
        .doc = "Of a key that is encrypted: `\"${{ secrets.passphrase }}\"`",
        .also = {"password"}},
       load_filled<HttpTls, &HttpTls::passphrase>},
      {{.name = "insecure",
        .shape = boolean_shape(),
        .doc = "Believes whoever answers, whatever certificate it shows: for tests only",
        .also = {"skip_verify", "insecure_skip_verify", "verify"}},
       [](Loader& loader, const Field& field, HttpTls& tls) {
         if (const auto value = loader.boolean(field)) tls.insecure = *value;
       }},
  };
  return keys;
}

}  // namespace runbook
