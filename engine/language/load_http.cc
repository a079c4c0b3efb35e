// `http` as a whole: what one request cannot be at the same time.
#include "base/text.h"
#include "language/keys/keys.h"
#include "language/load_action.h"
#include "source/codes.h"

namespace runbook {
namespace {

const YamlNode* key_node(const YamlNode& map, std::string_view name) {
  for (std::size_t i = 0; i < map.entries(); ++i)
    if (map.key(i).text.value == name) return &map.key(i);
  return nullptr;
}

Diagnostic& clash(Loader& loader, const YamlNode& map, std::string_view key, std::string message, std::string help) {
  auto& problem = loader.error(code::bad_value, key_node(map, key)->span(), std::move(message));
  problem.help = std::move(help);
  return problem;
}

void check_body(Loader& loader, const YamlNode& map, const HttpAction& http) {
  const YamlNode* first = nullptr;
  for (std::size_t i = 0; i < map.entries(); ++i) {
    const auto& key = map.key(i);
    if (key.text.value != "json" && key.text.value != "form" && key.text.value != "body" && key.text.value != "file")
      continue;
    if (first == nullptr) {
      first = &key;
      continue;
    }
    loader
        .error(code::bad_value, key.span(),
               "a request has one body: `" + first->text.value + "` or `" + key.text.value + "`, not both")
        .help = "remove one of them";
  }
  if (first == nullptr) return;
  if (http.method == "HEAD") {
    loader.error(code::bad_value, first->span(), "a HEAD request has no body").help =
        "remove it, or use another method";
  } else if (map.find("method") == nullptr) {
    auto& problem =
        loader.warning(code::http_get_body, first->span(), "this is sent with GET, which few servers read a body of");
    problem.label = "no `method` is given";
    problem.help = "add `method: POST`, or `method: GET` if that is meant";
  }
}

void check_auth(Loader& loader, const YamlNode& map, const HttpAction& http) {
  const auto* auth = map.find("auth");
  if (auth == nullptr || !auth->is_map()) return;
  if (auth->find("bearer") != nullptr && auth->find("basic") != nullptr)
    clash(loader, *auth, "basic", "a request has one `auth`: `bearer` or `basic`, not both", "remove one of them");
  for (const auto& [name, value] : http.headers) {
    auto lower = name.value;
    for (auto& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (lower == "authorization")
      loader.error(code::bad_value, name.span, "`auth` sets the header `Authorization`, too").help =
          "remove the header, or `auth`";
  }
  const auto& url = http.url.source.value;
  const auto begin = url.find("://");
  if (begin == std::string::npos) return;
  const auto host = std::string_view(url).substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3);
  if (const auto at = host.rfind('@'); at != std::string_view::npos)
    loader.error(code::bad_value, http.url.source.at(begin + 3, at + 1), "the URL says who asks, and so does `auth`")
        .help = "remove it from the URL";
}

void check_tls(Loader& loader, const YamlNode& map, const HttpAction& http) {
  const auto* tls = map.find("tls");
  if (tls == nullptr || !tls->is_map()) return;
  const auto has = [&](std::string_view key) { return tls->find(key) != nullptr; };
  if (has("cert") && !has("key"))
    clash(loader, *tls, "cert", "`cert` needs the key `key`", "add `key: …`: when one file holds both, name it twice");
  if (has("key") && !has("cert")) clash(loader, *tls, "key", "`key` needs the key `cert`", "add `cert: …`");
  if (has("passphrase") && !has("key")) clash(loader, *tls, "passphrase", "`passphrase` is for `key`", "remove it");
  if (http.tls.insecure && has("ca"))
    clash(loader, *tls, "insecure", "`insecure` believes anyone, so `ca` would say nothing", "remove one of them");
  if (http.url.source.value.starts_with("http://"))
    clash(loader, map, "tls", "`tls` is for `https://`", "write `https://` in `url`, or remove `tls`");
  if (http.tls.insecure) {
    auto& problem = loader.warning(code::http_insecure, key_node(*tls, "insecure")->span(),
                                   "the server's certificate is not checked");
    problem.label = "whoever answers is believed, and gets what is sent";
    problem.help = "name the authority that signed it: `tls: { ca: FILE }`";
  }
}

void check_answer(Loader& loader, const YamlNode& map, const HttpAction& http) {
  if (http.save_to && http.method == "HEAD")
    clash(loader, map, "save_to", "the answer to HEAD has no body to save", "use `method: GET`");
  if (http.save_to && http.save_to->source.value.ends_with("/"))
    loader.error(code::bad_value, http.save_to->source.span, "`save_to` names a file, not a directory").help =
        "add the file's name";
  if (map.find("save_to") == nullptr && http.max_body && *http.max_body > most_in_memory)
    loader.error(code::bad_value, map.find("max_body")->span(), "more than 32MiB of an answer is not kept in memory")
        .help = "add `save_to: FILE`, or make it smaller";
}

}  // namespace

void load_http(Loader& loader, const Field& field, Step& step) {
  HttpAction action;
  if (field.value.is_scalar()) {
    auto& problem = loader.error(code::wrong_type, field.value.span(), "`http` is a map");
    problem.help = "write `http: { url: \"" + elide_middle(printable(field.value.text.value), 60) + "\" }`";
  } else if (const auto* map = loader.map(field)) {
    load_keys(loader, *map, http_keys(), "`http`", action);
    check_body(loader, *map, action);
    check_auth(loader, *map, action);
    check_tls(loader, *map, action);
    check_answer(loader, *map, action);
  }
  step.action = std::move(action);
}

}  // namespace runbook
