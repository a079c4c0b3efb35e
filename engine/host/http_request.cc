#include "host/http_request.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"

namespace runbook {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct StringDeleter {
  void operator()(char* text) const { curl_free(text); }
};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  return std::unique_ptr<char, StringDeleter>(text).get();
}

std::string_view byte_name(char c) {
  switch (c) {
    case '\n': return "a line break";
    case '\r': return "a carriage return";
    case '\0': return "a NUL byte";
    case ' ': return "a space";
    case '\t': return "a tab";
    default: return "a control character";
  }
}

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

// curl's own words for the mistakes that people make are short of a fix.
std::string url_mistake(CURLUcode code) {
  switch (code) {
    case CURLUE_BAD_SCHEME: return "it must begin with http:// or https://";
    case CURLUE_UNSUPPORTED_SCHEME: return "only http:// and https:// are supported";
    case CURLUE_BAD_PORT_NUMBER: return "its port is not a number from 1 to 65535";
    case CURLUE_NO_HOST:
    case CURLUE_BAD_HOSTNAME: return "its host name is missing or malformed";
    case CURLUE_BAD_IPV6: return "its IPv6 address is malformed";
    case CURLUE_BAD_SLASHES: return "the scheme must be followed by two slashes";
    default: {
      std::string words = curl_url_strerror(code);
      if (!words.empty()) words[0] = lower_ascii(words.substr(0, 1))[0];
      return words;
    }
  }
}

Result<HttpPeer> check_url(const std::string& text) {
  if (text.empty()) return failure("", "url", "it is empty");
  const auto bad = std::find_if(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' '; });
  if (bad != text.end())
    return failure("", "url", "it contains " + std::string(byte_name(*bad)) + "; encode it, a space is %20");
  std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  if (!url) return failure("", "url", "out of memory");
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0))
    return failure("", "url", url_mistake(code));
  const std::string scheme = url_part(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return failure("", "url", url_mistake(CURLUE_UNSUPPORTED_SCHEME));
  // libcurl forgives a third slash and takes the path for the host: `http:///health` would ask a host `health`.
  if (text.compare(text.find(':'), 4, ":///") == 0) return failure("", "url", url_mistake(CURLUE_NO_HOST));
  HttpPeer peer;
  peer.host = url_part(url.get(), CURLUPART_HOST);
  peer.host_port = peer.host + ":" + url_part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  return peer;
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

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

Result<HttpPeer> check_http_request(const HttpWork& work) {
  if (!is_http_token(work.method))
    return failure("", "method `" + printable(work.method) + "`", "it is not an HTTP method");
  if (work.method == "CONNECT")
    return failure("", "method `CONNECT`", "it asks a proxy for a tunnel and is not supported");
  if (work.method == "HEAD" && work.has_body) return failure("", "method `HEAD`", "it takes no body");
  for (const auto& [name, value] : work.headers) RUNBOOK_TRY(check_header(name, value));
  return check_url(work.url);
}

}  // namespace runbook
