// What servers do at 3 a.m.: each fault ends the request with words that name the peer.
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

#include "host/http_requests.h"
#include "host/http_servers.h"

using namespace runbook;
using namespace runbook::testing;
using Kind = Termination::Kind;

namespace {

// Answers every request of a connection with these bytes, then closes.
auto reply(std::string bytes) {
  return [bytes = std::move(bytes)](int socket) {
    read_request(socket);
    send_all(socket, bytes);
  };
}

std::string transport_failure(const HttpTransport::Answer& answer) {
  CHECK(answer.how.kind == Kind::transport);
  return answer.how.reason;
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::stol(line.substr(6));
  return 0;
}

}  // namespace

TEST_CASE("a refused connection says by whom") {
  const std::string peer = "127.0.0.1:" + std::to_string(refused_port());
  CHECK(transport_failure(fetch(get("http://" + peer + "/"))) ==
        "connection refused by " + peer + ": nothing listens there");
}

TEST_CASE("an unknown host name says so") {
  CHECK(transport_failure(fetch(get("http://does-not-exist.invalid/"))) ==
        "host name `does-not-exist.invalid` cannot be resolved; check the name and this machine's name servers");
}

TEST_CASE("a request that must not be sent never leaves") {
  RawServer server(wait_for_close);
  HttpWork injected = get(server.url());
  injected.headers = {{"X-Note", "a\r\nX-Admin: true"}};
  const auto answer = fetch(injected);
  CHECK(answer.how.kind == Kind::not_started);
  CHECK(answer.how.reason == "header `X-Note`: its value contains a carriage return");
  CHECK(fetch(get("file:///etc/hostname")).how.kind == Kind::not_started);
  CHECK(server.connections() == 0);
}

TEST_CASE("a server that closes without an answer") {
  RawServer server([](int socket) { read_request(socket); });
  CHECK(transport_failure(fetch(get(server.url()))) == server.host_port() + " closed the connection without an answer");
}

TEST_CASE("a server that closes after the headers") {
  RawServer server(reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"));
  CHECK(transport_failure(fetch(get(server.url()))) ==
        server.host_port() + " closed the connection in the middle of the answer, after 0 B of the body");
}

TEST_CASE("half a body is no answer, but is kept for the log") {
  RawServer plain(reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
  const auto answer = fetch(get(plain.url()));
  CHECK(transport_failure(answer).find("after 4 B of the body") != std::string::npos);
  CHECK(answer.body == "half");
  RawServer chunked(reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"));
  CHECK(transport_failure(fetch(get(chunked.url()))).find("in the middle of the answer") != std::string::npos);
}

TEST_CASE("what is not HTTP is not an answer") {
  RawServer ssh(reply("SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(transport_failure(fetch(get(ssh.url()))) == "what " + ssh.host_port() + " answered is not HTTP");
}

TEST_CASE("TLS with a server that does not speak it") {
  RawServer plain([](int socket) {
    char byte;
    (void)::recv(socket, &byte, 1, 0);
    send_all(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  CHECK(transport_failure(fetch(get(plain.url("/", "https")))).find("TLS with " + plain.host_port() + " failed: ") ==
        0);
}

TEST_CASE("endless headers are refused before they fill the memory") {
  RawServer server([](int socket) {
    read_request(socket);
    send_all(socket, "HTTP/1.1 200 OK\r\n");
    const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
    for (int i = 0; i < 20'000 && send_all(socket, line); ++i) {
    }
  });
  const long before = resident_kib();
  CHECK(transport_failure(fetch(get(server.url()))) ==
        "the headers of the answer of " + server.host_port() + " are longer than 256 KiB");
  CHECK(resident_kib() - before < 16 * 1024);
}

TEST_CASE("a compressed body is not inflated") {
  const std::string bomb(522, '\x1f');  // whatever it is, it comes as it is
  RawServer server(reply("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 522\r\n\r\n" + bomb));
  const auto answer = fetch(get(server.url()));
  CHECK(answer.how.code == 200);
  CHECK(answer.body == bomb);
}

TEST_CASE("an endless body ends at the limit") {
  RawServer server([](int socket) {
    read_request(socket);
    send_all(socket, "HTTP/1.1 200 OK\r\n\r\n");
    while (send_all(socket, std::string(65536, 'x'))) {
    }
  });
  HttpWork work = get(server.url());
  work.max_body = 1 << 20;
  const auto answer = fetch(work);
  CHECK(answer.how.kind == Kind::transport);
  CHECK(answer.body.size() == 1u << 20);
  CHECK(answer.body_cut);
}

TEST_CASE("interim answers, folded lines and trailers do not confuse the headers") {
  RawServer server(
      reply("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Twice: a\r\nX-Twice: b\r\nX-Folded: "
            "one\r\n two\r\n"
            "Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n"));
  const auto answer = fetch(get(server.url()));
  CHECK(answer.body == "ok");
  CHECK(answer.headers == std::vector<std::pair<std::string, std::string>>{{"x-twice", "a"},
                                                                           {"x-twice", "b"},
                                                                           {"x-folded", "one two"},
                                                                           {"transfer-encoding", "chunked"},
                                                                           {"trailer", "X-Late"}});
}

TEST_CASE("cancel ends a request that hangs, drips or never connects") {
  RawServer silent(wait_for_close);
  RawServer dripping([](int socket) {
    read_request(socket);
    send_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx");
    wait_for_close(socket);
  });
  HttpTransport http({});
  http.start(1, 1, get(silent.url()), std::chrono::hours(1));
  http.start(2, 1, get(dripping.url()), std::chrono::hours(1));
  while (silent.connections() + dripping.connections() < 2) http.poll(-1, 20);
  CHECK(http.take_answers().empty());
  http.cancel(1);
  http.cancel(2);
  http.cancel(2);   // answered already
  http.cancel(99);  // never started
  http.start(3, 1, get(silent.url()), Duration::zero());
  http.cancel(3);  // before libcurl did anything
  CHECK_FALSE(http.idle());
  const auto stopped = http.take_answers();
  REQUIRE(stopped.size() == 3);
  for (const auto& answer : stopped) CHECK(answer.how.kind == Kind::stopped);
  CHECK(http.idle());
  // The node may be used again.
  http.start(1, 2, get(silent.url()), Duration::zero());
  http.cancel(1);
  CHECK(http.take_answers().at(0).attempt == 2);
}

TEST_CASE("requests beyond the connection limit wait for their turn and can be cancelled there") {
  RawServer silent(wait_for_close);
  HttpOptions options;
  options.max_connections = 2;
  HttpTransport http(options);
  for (NodeId node = 1; node <= 4; ++node) http.start(node, 1, get(silent.url()), Duration::zero());
  while (silent.connections() < 2) http.poll(-1, 20);
  http.cancel(4);
  http.cancel(1);  // makes room
  while (silent.connections() < 3) http.poll(-1, 20);
  CHECK(http.take_answers().size() == 2);
}

TEST_CASE("a POST is sent once, even on a connection that turns out to be closed") {
  std::atomic<int> posts{0};
  RawServer server([&](int socket) {
    for (;;) {
      const std::string text = read_request(socket);
      if (text.rfind("GET", 0) == 0) {
        send_all(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        continue;
      }
      if (text.rfind("POST", 0) == 0) ++posts;  // taken, done, and then the server dies
      return;
    }
  });
  HttpTransport http({});
  CHECK(fetch(http, get(server.url())).how.code == 200);
  CHECK(transport_failure(fetch(http, request("POST", server.url(), "x"))) ==
        server.host_port() + " closed the connection without an answer");
  CHECK(posts == 1);
}

TEST_CASE("the environment's proxy is not used") {
  RawServer proxy(reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy"));
  RawServer server(reply("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nserver"));
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  ::setenv("no_proxy", "", 1);
  const auto answer = fetch(get(server.url()));
  ::unsetenv("http_proxy");
  ::unsetenv("no_proxy");
  CHECK(answer.body == "server");
  CHECK(proxy.connections() == 0);
}

TEST_CASE("the safety net ends a request nobody cancels") {
  RawServer silent(wait_for_close);
  HttpOptions options;
  options.timeout_slack = std::chrono::milliseconds(50);
  HttpTransport http(options);
  http.start(1, 1, get(silent.url()), Duration(1));
  CHECK(transport_failure(answers(http).front()) == "no whole answer from " + silent.host_port() + " in time");
}
