// Against a real nginx: what an ordinary server does.
#include "host/http/http_transport.h"

#include <sys/eventfd.h>

#include <set>

#include "base/unique_fd.h"
#include "host/http_requests.h"
#include "host/http_servers.h"

using namespace runbook;
using namespace runbook::testing;
using Kind = Termination::Kind;

TEST_CASE("a request is answered with status, headers and body") {
  Nginx nginx(R"(
    location = /hello { add_header X-Mixed-Case "Value"; return 200 "hello\n"; }
    location = /broken { return 503 "down"; }
    location = /moved { return 302 http://127.0.0.1:1/; }
    location = /echo { return 200 "$request_method $http_content_type $http_x_note $content_length"; })");
  HttpTransport http({});

  const auto hello = fetch(http, get(nginx.url("/hello")));
  CHECK(hello.how.kind == Kind::http);
  CHECK(hello.how.code == 200);
  CHECK(hello.how.reason.empty());
  CHECK(hello.body == "hello\n");
  CHECK_FALSE(hello.body_cut);
  CHECK(header(hello, "x-mixed-case") == "Value");
  CHECK(header(hello, "content-length") == "6");

  const auto broken = fetch(http, get(nginx.url("/broken")));
  CHECK(broken.how.kind == Kind::http);
  CHECK(broken.how.code == 503);
  CHECK(broken.body == "down");

  // A redirect is an answer, not an order.
  const auto moved = fetch(http, get(nginx.url("/moved")));
  CHECK(moved.how.code == 302);
  CHECK(header(moved, "location") == "http://127.0.0.1:1/");

  CHECK(fetch(http, get(nginx.url("/nothing-here"))).how.code == 404);

  HttpWork post = request("POST", nginx.url("/echo"), R"({"a":1})");
  post.headers = {{"Content-Type", "application/json"}, {"X-Note", "  two words  "}};
  CHECK(fetch(http, post).body == "POST application/json two words 7");
  // Nothing is added that was not asked for: no form content type.
  CHECK(fetch(http, request("PUT", nginx.url("/echo"), "x")).body == "PUT   1");
  HttpWork empty = get(nginx.url("/echo"));
  empty.method = "POST";
  CHECK(fetch(http, empty).body == "POST   0");
  CHECK(fetch(http, request("PURGE", nginx.url("/echo"), "")).body.substr(0, 5) == "PURGE");
}

TEST_CASE("HEAD does not wait for the body it is told of") {
  Nginx nginx("");
  nginx.write("file", std::string(100'000, 'x'));
  HttpWork head = get(nginx.url("/file"));
  head.method = "HEAD";
  const auto answer = fetch(head);
  CHECK(answer.how.code == 200);
  CHECK(header(answer, "content-length") == "100000");
  CHECK(answer.body.empty());
}

TEST_CASE("a body beyond the limit is an error that says so; what came is kept for the log") {
  Nginx nginx("");
  nginx.write("big", std::string(3 << 20, 'x'));
  for (const std::uint64_t limit : {0ull, 1ull, 65536ull, 3ull << 20}) {
    HttpWork work = get(nginx.url("/big"));
    work.max_body = limit;
    const auto answer = fetch(work);
    const bool fits = limit == 3u << 20;
    CHECK(answer.how.kind == (fits ? Kind::http : Kind::transport));
    CHECK(answer.how.code == 200);
    CHECK(answer.body.size() == limit);
    CHECK(answer.body_cut == !fits);
    if (!fits)
      CHECK(answer.how.reason.find(nginx.host_port() + " answered 200 with a body longer than `max_body`") == 0);
  }
}

TEST_CASE("a binary body arrives as it was sent") {
  Nginx nginx("");
  std::string bytes;
  for (int i = 0; i < 256 * 300; ++i) bytes += static_cast<char>(i);
  nginx.write("bytes", bytes);
  CHECK(fetch(get(nginx.url("/bytes"))).body == bytes);
}

TEST_CASE("connections are used again") {
  Nginx nginx("location = /port { return 200 $remote_port; }");
  HttpTransport http({});
  std::set<std::string> ports;
  for (int i = 0; i < 10; ++i) ports.insert(fetch(http, get(nginx.url("/port"))).body);
  CHECK(ports.size() == 1);
}

TEST_CASE("500 requests at once, without a descriptor left over") {
  Nginx nginx("location = /ok { return 200 ok; }");
  const int before = open_descriptors();
  {
    HttpTransport http({});
    for (NodeId node = 0; node < 500; ++node) http.start(node, 1, get(nginx.url("/ok")), std::chrono::seconds(60));
    CHECK_FALSE(http.idle());
    std::set<NodeId> nodes;
    for (const auto& answer : answers(http, 500)) {
      CHECK(answer.how.code == 200);
      CHECK(answer.body == "ok");
      nodes.insert(answer.node);
    }
    CHECK(nodes.size() == 500);
    CHECK(http.idle());
    CHECK(open_descriptors() < before + 64);  // what is kept for the next request
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("poll wakes for the other descriptor") {
  HttpTransport http({});
  UniqueFd wake(::eventfd(1, EFD_CLOEXEC));
  RawServer silent(wait_for_close);
  http.start(1, 1, get(silent.url()), Duration::zero());
  const auto begin = std::chrono::steady_clock::now();
  http.poll(wake.get(), 600'000);  // without the wake-up this test would time out
  http.poll(wake.get(), 600'000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::minutes(5));
  CHECK(http.take_answers().empty());
}

TEST_CASE("a certificate must be trusted and be the peer's own") {
  Nginx nginx("location = /ok { return 200 ok; }", true);
  const std::string by_name = "https://localhost:" + std::to_string(nginx.port()) + "/ok";
  const auto untrusted = fetch(get(by_name));
  CHECK(untrusted.how.kind == Kind::transport);
  CHECK(untrusted.how.reason.find("the TLS certificate of localhost:") == 0);
  CHECK(untrusted.how.reason.find("is not trusted: ") != std::string::npos);

  HttpOptions trusting;
  trusting.ca_file = nginx.ca_file();
  HttpTransport http(trusting);
  CHECK(fetch(http, get(by_name)).body == "ok");
  const auto other_name = fetch(http, get("https://127.0.0.1:" + std::to_string(nginx.port()) + "/ok"));
  CHECK(other_name.how.kind == Kind::transport);
  CHECK(other_name.how.reason.find("the TLS certificate of 127.0.0.1:") == 0);
}
