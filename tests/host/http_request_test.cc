#include "host/http/http_request.h"

#include <catch2/catch.hpp>

using namespace runbook;

namespace {

HttpWork work(std::string method, std::string url) {
  HttpWork result;
  result.method = std::move(method);
  result.url = std::move(url);
  return result;
}

Result<HttpPeer> check(HttpWork request) { return check_http_request(request); }

std::string complaint(HttpWork request) {
  const auto peer = check_http_request(request);
  return peer ? "(fine)" : peer.error().message();
}

std::string url_complaint(std::string url) { return complaint(work("GET", std::move(url))); }

std::string header_complaint(std::string name, std::string value) {
  HttpWork request = work("GET", "http://localhost/");
  request.headers.emplace_back(std::move(name), std::move(value));
  return complaint(request);
}

}  // namespace

TEST_CASE("a request's peer is named with its port") {
  CHECK(check(work("GET", "http://localhost/a?b=c"))->host_port == "localhost:80");
  CHECK(check(work("GET", "https://example.org"))->host_port == "example.org:443");
  CHECK(check(work("GET", "http://127.0.0.1:8080/"))->host_port == "127.0.0.1:8080");
  CHECK(check(work("GET", "http://[::1]:8080/"))->host_port == "[::1]:8080");
  // The last @ ends the credentials: what is asked is what is named.
  CHECK(check(work("GET", "http://user:secret@10.0.0.1/"))->host_port == "10.0.0.1:80");
  HttpWork local = work("GET", "http://any.name/");
  local.unix_socket = "/run/app.sock";
  CHECK(check(local)->host_port == "socket /run/app.sock");
}

TEST_CASE("credentials in a URL become a header, unless there is one") {
  HttpWork request = work("GET", "http://us%65r:p%40ss@h/a");
  REQUIRE(check_http_request(request));
  CHECK(request.url == "http://h/a");
  CHECK(request.authorization == "Basic dXNlcjpwQHNz");
  HttpWork authorized = work("GET", "http://user:pass@h/a");
  authorized.authorization = "Bearer t";
  REQUIRE(check_http_request(authorized));
  CHECK(authorized.authorization == "Bearer t");
  HttpWork headed = work("GET", "http://user:pass@h/a");
  headed.headers = {{"Authorization", "Bearer t"}};
  REQUIRE(check_http_request(headed));
  CHECK(headed.authorization.empty());
  HttpWork forged = work("GET", "http://h/a");
  forged.authorization = "Bearer a\r\nX: y";
  CHECK(complaint(forged) == "header `Authorization`: its value contains a carriage return");
}

TEST_CASE("a URL's mistake is named, its text is not repeated") {
  CHECK(url_complaint("") == "url: it is empty");
  CHECK(url_complaint("localhost/health") == "url: it must begin with http:// or https://");
  CHECK(url_complaint("file:///etc/passwd") == "url: only http:// and https:// are supported");
  CHECK(url_complaint("ftp://example.org/x") == "url: only http:// and https:// are supported");
  CHECK(url_complaint("gopher9://example.org/x") == "url: only http:// and https:// are supported");
  CHECK(url_complaint("http://h:99999/") == "url: its port is not a number from 1 to 65535");
  CHECK(url_complaint("http://h:80x/") == "url: its port is not a number from 1 to 65535");
  CHECK(url_complaint("http:///health") == "url: its host name is missing or malformed");
  CHECK(url_complaint("http://h/a b") == "url: it contains a space; encode it, a space is %20");
  CHECK(url_complaint("http://h/a\r\nX: y") == "url: it contains a carriage return; encode it, a space is %20");
  CHECK(url_complaint(std::string("http://h/a\0b", 12)) == "url: it contains a NUL byte; encode it, a space is %20");
  for (const char* url : {"http://[::1/", "http://h:80x/token-1234", "nothing token-1234"})
    CHECK(url_complaint(url).find("1234") == std::string::npos);
}

TEST_CASE("nothing in a header may become a second header") {
  CHECK(header_complaint("X-Note", "a\ttab and \xc3\xbc are fine") == "(fine)");
  CHECK(header_complaint("X-Note", "") == "(fine)");
  CHECK(header_complaint("X-Note", "a\r\nHost: b") == "header `X-Note`: its value contains a carriage return");
  CHECK(header_complaint("X-Note", "a\nb") == "header `X-Note`: its value contains a line break");
  CHECK(header_complaint("X-Note", std::string("a\0b", 3)) == "header `X-Note`: its value contains a NUL byte");
  CHECK(header_complaint("X-Note", "a\x7f") == "header `X-Note`: its value contains a control character");
  for (const char* name : {"", "X Note", "X:Note", "X\r\nY", "X\xc3\xbc", "(x)"})
    CHECK(header_complaint(name, "v").find("header name") == 0);
  for (const char* name : {"Content-Length", "transfer-encoding"})
    CHECK(header_complaint(name, "5").find("it follows from the body") != std::string::npos);
}

TEST_CASE("a method is a token") {
  for (const char* method : {"GET", "POST", "PURGE", "M-SEARCH"})
    CHECK(complaint(work(method, "http://h/")) == "(fine)");
  for (const char* method : {"", "GET /x HTTP/1.1\r\nX: y", "GE T", "CONNECT"})
    CHECK(complaint(work(method, "http://h/")).find("method `") == 0);
  HttpWork head = work("HEAD", "http://h/");
  head.has_body = true;
  CHECK(complaint(head) == "method `HEAD`: it takes no body");
}

TEST_CASE("methods that may be sent twice") {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) CHECK(is_idempotent_method(method));
  for (const char* method : {"POST", "PATCH", "PURGE", "get"}) CHECK_FALSE(is_idempotent_method(method));
}
