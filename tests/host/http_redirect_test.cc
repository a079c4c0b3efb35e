#include "host/http/http_redirect.h"

#include <catch2/catch.hpp>

using namespace runbook;

namespace {

HttpWork asked(std::string method, std::string url) {
  HttpWork work;
  work.method = std::move(method);
  work.url = std::move(url);
  work.headers = {{"X-Api-Key", "k"}, {"Accept", "text/plain"}, {"Content-Type", "text/plain"}};
  work.authorization = "Bearer t";
  work.tls = {"ca.pem", "me.pem", "me.key", "p", false};
  if (work.method != "GET" && work.method != "HEAD") {
    work.body = "body";
    work.has_body = true;
  }
  return work;
}

// "METHOD URL body"
std::string next(std::string method, int status, std::string location, std::string from = "https://a/x/y?z") {
  const auto work = redirected(asked(std::move(method), std::move(from)), status, location);
  return work ? work->method + " " + work->url + (work->has_body ? " " + work->body : "") : work.error().message();
}

}  // namespace

TEST_CASE("what becomes of the method, by status") {
  CHECK(next("GET", 302, "https://a/b") == "GET https://a/b");
  for (const int status : {301, 302, 303}) CHECK(next("POST", status, "/b") == "GET https://a/b");
  for (const int status : {307, 308}) CHECK(next("POST", status, "/b") == "POST https://a/b body");
  for (const int status : {301, 302, 307, 308}) CHECK(next("PUT", status, "/b") == "PUT https://a/b body");
  CHECK(next("PUT", 303, "/b") == "GET https://a/b");
  CHECK(next("DELETE", 303, "/b") == "GET https://a/b");
  for (const int status : {301, 302, 303, 307, 308}) CHECK(next("HEAD", status, "/b") == "HEAD https://a/b");
  for (const int status : {300, 304, 305, 306, 200, 400}) CHECK_FALSE(is_redirect(status));
}

TEST_CASE("a body that goes takes its headers along") {
  const auto get = redirected(asked("POST", "http://a/"), 303, "/b");
  REQUIRE(get);
  CHECK(get->headers == decltype(get->headers){{"X-Api-Key", "k"}, {"Accept", "text/plain"}});
  HttpWork file = asked("PUT", "http://a/");
  file.file = "big";
  CHECK(redirected(file, 303, "/b")->file.empty());
  CHECK(redirected(file, 307, "/b")->file == "big");
}

TEST_CASE("locations as servers write them") {
  CHECK(next("GET", 302, "b") == "GET https://a/x/b");
  CHECK(next("GET", 302, "?q") == "GET https://a/x/y?q");
  CHECK(next("GET", 302, "//b/c") == "GET https://b/c");
  CHECK(next("GET", 302, "HTTPS://B/c#part") == "GET https://B/c");
  CHECK(next("GET", 302, "https://user:pass@a/c") == "GET https://a/c");
  CHECK(next("GET", 302, "ftp://a/c?sig=1") ==
        "the redirect (302) to `ftp://a/c?…`: only http:// and https:// are supported");
  CHECK(next("GET", 302, "file:///etc/passwd").find("only http:// and https:// are supported") != std::string::npos);
  CHECK(next("GET", 302, "/a b").find("it contains a space") != std::string::npos);
  CHECK(next("GET", 302, "/a\r\nX: y").find("it contains a carriage return") != std::string::npos);
  CHECK(next("GET", 302, "").find("it is empty") != std::string::npos);
}

TEST_CASE("on the same origin everything stays") {
  const auto work = redirected(asked("GET", "https://Host.example:443/"), 302, "https://host.EXAMPLE/b");
  REQUIRE(work);
  CHECK(work->authorization == "Bearer t");
  CHECK(work->tls.cert == "me.pem");
  CHECK(work->headers.size() == 3);
}

TEST_CASE("to another origin go no credentials and no changes") {
  for (const char* other : {"https://b/", "https://a:8443/", "https://a.b/"}) {
    INFO(other);
    HttpWork insecure = asked("GET", "https://a/");
    insecure.tls.insecure = true;
    const auto work = redirected(insecure, 302, other);
    REQUIRE(work);
    CHECK(work->authorization.empty());
    CHECK(work->headers == decltype(work->headers){{"Accept", "text/plain"}});
    CHECK(work->tls == HttpTlsWork{"ca.pem", "", "", "", false});
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH"})
      CHECK(next(method, 307, other).find("it takes a " + std::string(method) + " to another host") !=
            std::string::npos);
  }
  CHECK(next("POST", 303, "https://b/") == "GET https://b/");
  CHECK(next("GET", 302, "http://a/").find("it leads from https to http") != std::string::npos);
  CHECK(next("GET", 302, "https://a/", "http://a/") == "GET https://a/");
  HttpWork local = asked("GET", "http://a/");
  local.unix_socket = "/run/a.sock";
  CHECK(redirected(local, 302, "/b")->unix_socket == "/run/a.sock");
  CHECK(redirected(local, 302, "http://b/").error().message() ==
        "the redirect (302) to http://b/: it leads away from the socket that was asked");
}

TEST_CASE("a URL as it is shown") {
  CHECK(shown_url("http://a/b") == "http://a/b");
  CHECK(shown_url("http://a/b?token=1#x") == "http://a/b?…");
  CHECK(shown_url("http://a/b#x") == "http://a/b");
  CHECK(shown_url("https://me:secret@a:1/b") == "https://***@a:1/b");
  CHECK(shown_url("https://me:se@cret@a?x") == "https://***@a?…");
  CHECK(shown_url("/only/a@path?x") == "/only/a@path?…");
  CHECK(shown_url("") == "");
}
