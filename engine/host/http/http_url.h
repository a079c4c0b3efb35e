// HttpUrl: a URL as libcurl reads it, so that what is checked is what is asked. Its errors do not repeat the URL, which
// may hold a token.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace runbook {

class HttpUrl {
 public:
  // http and https only.
  static Result<HttpUrl> parse(const std::string& text);
  // `reference` may be relative. Credentials in it are dropped.
  Result<HttpUrl> resolve(const std::string& reference) const;

  const std::string& text() const { return text_; }  // without credentials and fragment
  const std::string& scheme() const { return scheme_; }
  const std::string& host() const { return host_; }  // as it is written; without the brackets of IPv6
  std::string host_port() const;                     // `127.0.0.1:8080`, `[::1]:443`
  std::string origin() const;                        // scheme, host in lower case, and port
  bool has_credentials() const { return !user_.empty() || !password_.empty(); }
  const std::string& user() const { return user_; }  // decoded
  const std::string& password() const { return password_; }

 private:
  struct Parts;  // libcurl's
  static Result<HttpUrl> take(Parts& parts, const std::string& text);

  std::string text_, scheme_, host_, port_, user_, password_;
};

// ASCII only.
std::string lower_ascii(std::string_view text);

}  // namespace runbook
