// HttpAction: the model of an `http` step.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "expr/template.h"

namespace runbook {

// Inclusive range of HTTP status codes.
struct StatusRange {
  int first = 200;
  int last = 299;
};

// At most one of bearer and (user and password).
struct HttpAuth {
  std::optional<Template> bearer;
  std::optional<Template> user, password;
};

// Paths of PEM files. `cert` and `key` come together.
struct HttpTls {
  std::optional<Template> ca;  // the only authorities that are trusted; else the system's
  std::optional<Template> cert, key, passphrase;
  bool insecure = false;  // whoever answers is believed
};

using HttpFields = std::vector<std::pair<Text, ValueTemplate>>;  // a list repeats its name

// Paths are relative to the step's `cwd`.
struct HttpAction {
  std::string method = "GET";
  Template url;
  HttpFields query;
  std::vector<std::pair<Text, Template>> headers;
  // The body: at most one of these.
  std::optional<ValueTemplate> json;
  std::optional<HttpFields> form;
  std::optional<Template> body;
  std::optional<Template> file;
  HttpAuth auth;
  std::vector<StatusRange> ok_status{StatusRange{}};
  int follow = 0;  // redirects
  HttpTls tls;
  std::optional<Template> unix_socket;
  std::optional<std::uint64_t> max_body;  // bytes; nullopt: the default in memory, no limit of what is saved
  std::optional<Template> save_to;

  bool has_body() const { return json || form || body || file; }
  bool is_get_or_head() const { return method == "GET" || method == "HEAD"; }
  void each_expression(const std::function<void(const Expression&)>& visit) const;
};

inline constexpr std::uint64_t default_max_body = 10 << 20;
inline constexpr std::uint64_t most_in_memory = 32 << 20;  // of `max_body` without `save_to`

}  // namespace runbook
