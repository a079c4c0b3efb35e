#include "host/http/http_redirect.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "host/http/http_url.h"

namespace runbook {
namespace {

Unexpected refuse(int status, const std::string& where, std::string reason) {
  return failure("", "the redirect (" + std::to_string(status) + ") to " + where, std::move(reason));
}

void drop_body(HttpWork& work) {
  work.body.clear();
  work.has_body = false;
  work.file.clear();
  std::erase_if(work.headers, [](const auto& header) { return lower_ascii(header.first).starts_with("content-"); });
}

void drop_credentials(HttpWork& work) {
  constexpr std::array<std::string_view, 5> harmless = {"accept", "accept-language", "accept-encoding", "range",
                                                        "user-agent"};
  std::erase_if(work.headers, [&](const auto& header) {
    return std::find(harmless.begin(), harmless.end(), lower_ascii(header.first)) == harmless.end();
  });
  work.authorization.clear();
  work.tls.cert.clear();
  work.tls.key.clear();
  work.tls.passphrase.clear();
  work.tls.insecure = false;
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<HttpWork> redirected(HttpWork work, int status, std::string_view location) {
  auto from = HttpUrl::parse(work.url);
  if (!from) return tl::unexpected(std::move(from).error());
  auto to = from->resolve(std::string(location));
  if (!to) return refuse(status, "`" + shown_url(printable(location)) + "`", to.error().reason);
  const std::string where = shown_url(to->text());
  const bool to_get = status == 303 ? work.method != "HEAD" : work.method == "POST" && (status == 301 || status == 302);
  if (to_get && work.method != "GET") {
    work.method = "GET";
    drop_body(work);
  }
  if (from->origin() != to->origin()) {
    if (!work.unix_socket.empty()) return refuse(status, where, "it leads away from the socket that was asked");
    if (from->scheme() == "https" && to->scheme() == "http")
      return refuse(status, where, "it leads from https to http, where everybody on the way can read and change it");
    if (work.method != "GET" && work.method != "HEAD")
      return refuse(status, where,
                    "it takes a " + work.method + " to another host; if that is right, name it in `url`");
    drop_credentials(work);
  }
  work.url = to->text();
  return work;
}

std::string shown_url(const std::string& url) {
  const auto begin = url.find("://");
  const auto host = begin == std::string::npos ? 0 : begin + 3;
  auto end = url.find_first_of("?#", host);
  if (end == std::string::npos) end = url.size();
  const auto path = std::min(url.find('/', host), end);
  const auto at = url.rfind('@', path);
  const bool credentials = begin != std::string::npos && at != std::string::npos && at >= host && at < path;
  std::string text = url.substr(0, host) + (credentials ? "***" : "") +
                     url.substr(credentials ? at : host, end - (credentials ? at : host));
  return end < url.size() && url[end] == '?' ? text + "?…" : text;
}

}  // namespace runbook
