#include "host/http/http_log.h"

#include "base/duration.h"
#include "base/text.h"
#include "host/http/http_redirect.h"
#include "host/http/http_request.h"

namespace runbook {
namespace {

std::string shown_value(const std::string& name, const std::string& value) {
  const auto lower = lower_ascii(name);
  if (is_credential_header(lower)) return "***";
  return printable(lower == "location" || lower == "content-location" || lower == "referer" ? shown_url(value) : value);
}

}  // namespace

std::string write_exchange(const HttpWork& work, std::uint64_t body_size, const HttpExchange& exchange) {
  std::string text = "> " + work.method + " " + work.url + "\n";
  const auto header = [&](char mark, const std::string& name, const std::string& value) {
    text += std::string(1, mark) + " " + name + ": " + shown_value(name, value) + "\n";
  };
  if (!work.authorization.empty()) header('>', "Authorization", work.authorization);
  for (const auto& [name, value] : work.headers) header('>', name, value);
  if (!work.file.empty()) {
    text += "> (" + show_size(body_size) + " of " + printable(work.file) + ")\n";
  } else if (work.has_body) {
    text += "> (" + show_size(body_size) + ")\n";
  }
  if (!exchange.status_line.empty()) {
    text += "< " + printable(exchange.status_line) + "\n";
    for (const auto& [name, value] : exchange.headers) header('<', name, value);
  }
  if (work.tls.insecure) text += "* the server's certificate is not checked (`insecure`)\n";
  text += "* " + exchange.timing + "\n";
  if (!exchange.problem.empty()) text += "* " + exchange.problem + "\n";
  return text;
}

}  // namespace runbook
