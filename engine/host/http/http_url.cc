#include "host/http/http_url.h"

#include <curl/curl.h>

#include <algorithm>

#include "host/http/http_words.h"

namespace runbook {
namespace {

struct StringDeleter {
  void operator()(char* text) const { curl_free(text); }
};

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

Unexpected mistake(std::string reason) { return failure("", "url", std::move(reason)); }

Result<> check_bytes(const std::string& text) {
  if (text.empty()) return mistake("it is empty");
  const auto bad = std::find_if(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' '; });
  if (bad != text.end()) return mistake("it contains " + std::string(byte_name(*bad)) + "; encode it, a space is %20");
  return {};
}

}  // namespace

struct HttpUrl::Parts {
  CURLU* url = curl_url();

  Parts() = default;
  Parts(const Parts&) = delete;
  ~Parts() { curl_url_cleanup(url); }
  std::string get(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
    return std::unique_ptr<char, StringDeleter>(text).get();
  }
};

Result<HttpUrl> HttpUrl::parse(const std::string& text) {
  RUNBOOK_TRY(check_bytes(text));
  Parts parts;
  return take(parts, text);
}

Result<HttpUrl> HttpUrl::resolve(const std::string& reference) const {
  RUNBOOK_TRY(check_bytes(reference));
  Parts parts;
  if (parts.url == nullptr || curl_url_set(parts.url, CURLUPART_URL, text_.c_str(), 0) != CURLUE_OK)
    return mistake("out of memory");
  auto resolved = take(parts, reference);
  if (resolved) resolved->user_ = resolved->password_ = {};
  return resolved;
}

Result<HttpUrl> HttpUrl::take(Parts& parts, const std::string& text) {
  if (parts.url == nullptr) return mistake("out of memory");
  if (const CURLUcode code = curl_url_set(parts.url, CURLUPART_URL, text.c_str(), 0)) return mistake(url_mistake(code));
  HttpUrl url;
  url.scheme_ = parts.get(CURLUPART_SCHEME);
  if (url.scheme_ != "http" && url.scheme_ != "https") return mistake(url_mistake(CURLUE_UNSUPPORTED_SCHEME));
  // libcurl forgives a third slash and takes the path for the host: `http:///health` would ask a host `health`.
  if (const auto colon = text.find(':'); colon != text.npos && text.compare(colon, 4, ":///") == 0)
    return mistake(url_mistake(CURLUE_NO_HOST));
  url.user_ = parts.get(CURLUPART_USER, CURLU_URLDECODE);
  url.password_ = parts.get(CURLUPART_PASSWORD, CURLU_URLDECODE);
  for (const auto part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT})
    if (curl_url_set(parts.url, part, nullptr, 0) != CURLUE_OK) return mistake("out of memory");
  url.host_ = parts.get(CURLUPART_HOST);
  url.port_ = parts.get(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url.text_ = parts.get(CURLUPART_URL);
  if (url.text_.empty()) return mistake("it cannot be read");
  return url;
}

std::string HttpUrl::host_port() const { return host_ + ":" + port_; }
std::string HttpUrl::origin() const { return scheme_ + "://" + lower_ascii(host_) + ":" + port_; }

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace runbook
