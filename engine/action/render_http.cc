#include "action/render_http.h"

#include <algorithm>
#include <filesystem>

#include "base/encoding.h"

namespace runbook {
namespace {

bool same_name(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

// `http://user:password@host` is asked with the password, and shown without.
std::string without_password(const std::string& url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return url;
  const auto end = url.find_first_of("/?#", begin + 3);
  const auto at = url.rfind('@', end == std::string::npos ? end : end - 1);
  const auto colon = url.find(':', begin + 3);
  if (at == std::string::npos || at < begin + 3 || colon == std::string::npos || colon > at) return url;
  return url.substr(0, colon + 1) + "***" + url.substr(at);
}

class HttpRenderer {
 public:
  HttpRenderer(const HttpPlace& place, Sandbox& sandbox, HttpWork& work)
      : place_(place), sandbox_(sandbox), work_(work) {}

  Evaluated<std::string> render(const HttpAction& action) {
    work_.method = action.method;
    work_.follow = action.follow;
    work_.tls.insecure = action.tls.insecure;
    for (auto step : {&HttpRenderer::url, &HttpRenderer::headers, &HttpRenderer::body, &HttpRenderer::auth,
                      &HttpRenderer::connection, &HttpRenderer::answer})
      if (auto done = (this->*step)(action); !done) return tl::unexpected(done.error());
    return work_.method + " " + without_password(work_.url);
  }

 private:
  using Done = Evaluated<bool>;

  Done url(const HttpAction& action) {
    auto text = sandbox_.render_text(action.url);
    if (!text) return tl::unexpected(text.error());
    work_.url = std::move(*text);
    auto query = encoded(action.query, Blank::percent);
    if (!query) return tl::unexpected(query.error());
    if (query->empty()) return true;
    const auto fragment = std::min(work_.url.find('#'), work_.url.size());
    const auto mark = work_.url.find('?');
    const bool has_query = mark != std::string::npos && mark < fragment;
    const bool open = has_query && (mark + 1 == fragment || work_.url[fragment - 1] == '&');
    work_.url.insert(fragment, (open ? "" : has_query ? "&" : "?") + *query);
    return true;
  }

  Done headers(const HttpAction& action) {
    for (const auto& [name, value] : action.headers) {
      auto text = sandbox_.render_text(value);
      if (!text) return tl::unexpected(text.error());
      work_.headers.emplace_back(name.value, std::move(*text));
    }
    return true;
  }

  Done body(const HttpAction& action) {
    if (action.json) {
      auto body = sandbox_.render(*action.json);
      if (!body) return tl::unexpected(body.error());
      send(to_json(*body), "application/json");
    } else if (action.form) {
      auto body = encoded(*action.form, Blank::plus);
      if (!body) return tl::unexpected(body.error());
      send(std::move(*body), "application/x-www-form-urlencoded");
    } else if (action.body) {
      auto body = sandbox_.render_text(*action.body);
      if (!body) return tl::unexpected(body.error());
      send(std::move(*body), "");
    }
    return path(action.file, work_.file);
  }

  Done auth(const HttpAction& action) {
    if (const auto& bearer = action.auth.bearer) {
      auto token = sandbox_.render_text(*bearer);
      if (!token) return tl::unexpected(token.error());
      if (token->empty()) return no_value("the token of `auth.bearer` is empty", bearer->source.span);
      work_.authorization = "Bearer " + *token;
    } else if (action.auth.user && action.auth.password) {
      auto user = sandbox_.render_text(*action.auth.user);
      auto password = sandbox_.render_text(*action.auth.password);
      if (!user) return tl::unexpected(user.error());
      if (!password) return tl::unexpected(password.error());
      if (user->find(':') != std::string::npos)
        return no_value("the user of `auth.basic` holds a `:`, which would end it", action.auth.user->source.span);
      work_.authorization = "Basic " + base64_encode(*user + ":" + *password);
    }
    return true;
  }

  Done connection(const HttpAction& action) {
    if (auto done = path(action.tls.ca, work_.tls.ca); !done) return done;
    if (auto done = path(action.tls.cert, work_.tls.cert); !done) return done;
    if (auto done = path(action.tls.key, work_.tls.key); !done) return done;
    if (action.tls.passphrase) {
      auto text = sandbox_.render_text(*action.tls.passphrase);
      if (!text) return tl::unexpected(text.error());
      work_.tls.passphrase = std::move(*text);
    }
    if (!action.unix_socket) return true;
    auto socket = sandbox_.render_text(*action.unix_socket);
    if (!socket) return tl::unexpected(socket.error());
    const auto span = action.unix_socket->source.span;
    if (!socket->starts_with("/")) return no_value("`unix_socket` is no absolute path: `" + *socket + "`", span);
    if (socket->size() > 107) return no_value("the path of `unix_socket` is longer than 107 bytes", span);
    work_.unix_socket = std::move(*socket);
    return true;
  }

  Done answer(const HttpAction& action) {
    work_.max_body = action.save_to ? default_max_body : action.max_body.value_or(default_max_body);
    work_.save_on.clear();
    for (const auto& range : action.ok_status) work_.save_on.emplace_back(range.first, range.last);
    if (!action.save_to) return true;
    work_.max_saved = action.max_body.value_or(0);
    if (auto done = path(action.save_to, work_.save_to); !done) return done;
    const auto name = std::filesystem::path(work_.save_to).filename().string();
    if (name.empty() || name == "." || name == "..")
      return no_value("`save_to` names no file: `" + work_.save_to + "`", action.save_to->source.span);
    work_.part_name = "." + name + place_.part_suffix;
    return true;
  }

  // `a=1&b=2&b=3`; a list repeats its name.
  Evaluated<std::string> encoded(const HttpFields& fields, Blank blank) {
    std::string text;
    for (const auto& [name, field] : fields) {
      auto value = sandbox_.render(field);
      if (!value) return tl::unexpected(value.error());
      const auto list = value->is_list() ? std::move(value->as_list()) : Value::List{std::move(*value)};
      for (const auto& item : list) {
        if (item.is_null() || item.is_list() || item.is_map())
          return no_value("`" + name.value + "` must be text or a list of texts, not " + std::string(item.kind_name()),
                        field.span, "`json.encode(…)` makes text of it");
        text +=
            (text.empty() ? "" : "&") + percent_encode(name.value, blank) + "=" + percent_encode(to_text(item), blank);
      }
    }
    return text;
  }

  void send(std::string body, const std::string& type) {
    work_.body = std::move(body);
    work_.has_body = true;
    const bool typed = std::any_of(work_.headers.begin(), work_.headers.end(),
                                   [](const auto& header) { return same_name(header.first, "content-type"); });
    if (!typed && !type.empty()) work_.headers.emplace_back("Content-Type", type);
  }

  Done path(const std::optional<Template>& text, std::string& into) {
    if (!text) return true;
    auto rendered = sandbox_.render_text(*text);
    if (!rendered) return tl::unexpected(rendered.error());
    if (rendered->empty()) return no_value("the path is empty", text->source.span);
    if (rendered->find('\0') != std::string::npos) return no_value("the path holds a NUL byte", text->source.span);
    into = (std::filesystem::path(place_.cwd) / *rendered).string();
    return true;
  }

  const HttpPlace& place_;
  Sandbox& sandbox_;
  HttpWork& work_;
};

}  // namespace

Evaluated<std::string> render_http(const HttpAction& action, const HttpPlace& place, Sandbox& sandbox, HttpWork& work) {
  return HttpRenderer(place, sandbox, work).render(action);
}

}  // namespace runbook
