#include "host/http/http_request.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "host/http/http_words.h"

namespace runbook {
namespace {

Result<> check_header(std::string_view name, std::string_view value) {
  if (!is_http_token(name))
    return failure("", "header name `" + printable(name) + "`",
                   "only letters, digits and !#$%&'*+-.^_`|~ may be in it");
  const std::string header = "header `" + std::string(name) + "`";
  const auto bad = std::find_if(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; });
  if (bad != value.end()) return failure("", header, "its value contains " + std::string(byte_name(*bad)));
  const std::string lower = lower_ascii(name);
  if (lower == "content-length" || lower == "transfer-encoding")
    return failure("", header, "it follows from the body and cannot be set");
  return {};
}

}  // namespace

bool is_http_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.find(c) != marks.npos;
  });
}

bool is_idempotent_method(std::string_view method) {
  constexpr std::array<std::string_view, 6> methods = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

bool is_credential_header(std::string_view name) {
  constexpr std::array<std::string_view, 6> parts = {"authorization", "cookie",  "token",
                                                     "secret",        "api-key", "password"};
  return std::any_of(parts.begin(), parts.end(), [&](auto part) { return name.find(part) != std::string_view::npos; });
}

Result<HttpPeer> check_http_request(HttpWork& work) {
  if (!is_http_token(work.method))
    return failure("", "method `" + printable(work.method) + "`", "it is not an HTTP method");
  if (work.method == "CONNECT")
    return failure("", "method `CONNECT`", "it asks a proxy for a tunnel and is not supported");
  if (work.method == "HEAD" && (work.has_body || !work.file.empty()))
    return failure("", "method `HEAD`", "it takes no body");
  bool has_authorization = !work.authorization.empty();
  for (const auto& [name, value] : work.headers) {
    RUNBOOK_TRY(check_header(name, value));
    has_authorization = has_authorization || lower_ascii(name) == "authorization";
  }
  RUNBOOK_TRY(check_header("Authorization", work.authorization));
  auto url = HttpUrl::parse(work.url);
  if (!url) return tl::unexpected(std::move(url).error());
  if (url->has_credentials() && !has_authorization)
    work.authorization = "Basic " + base64_encode(url->user() + ":" + url->password());
  work.url = url->text();
  if (!work.unix_socket.empty()) return HttpPeer{url->host(), "socket " + work.unix_socket};
  return HttpPeer{url->host(), url->host_port()};
}

}  // namespace runbook
