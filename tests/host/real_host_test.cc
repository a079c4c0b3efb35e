// The clock, waits, signals and requests of the real host.
#include <csignal>
#include <map>

#include "host/http_servers.h"
#include "host/live_host.h"

using namespace runbook;
using namespace runbook::testing;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Kind = Termination::Kind;

namespace {

Work wait_work(NodeId node, Duration duration) { return {node, 1, "", std::nullopt, WaitWork{duration}}; }

}  // namespace

TEST_CASE("the clock goes on from where the run stood, and only forward") {
  LiveHost live(std::vector<SecretValue>{}, Time(90min));
  const Time first = live.host->now();
  CHECK(first >= Time(90min));
  CHECK(first < Time(90min + 30s));
  const auto observations = live.host->wait(first + 5ms);
  REQUIRE(observations.size() == 1);
  CHECK(std::holds_alternative<WaitEnd>(observations[0]));
  CHECK(live.host->now() >= first + 5ms);
  CHECK(live.host->wait(Time(0ms)).size() == 1);  // long past
}

TEST_CASE("waits end in their order, or when they are stopped") {
  LiveHost live;
  const Time begin = live.host->now();
  live.host->start(wait_work(1, 30ms));
  live.host->start(wait_work(2, 10ms));
  live.host->start(wait_work(3, 24h));
  auto first = live.next();
  CHECK(first.node == 2);
  CHECK(first.how.kind == Kind::waited);
  CHECK(live.next().node == 1);
  CHECK(live.host->now() >= begin + 30ms);
  live.host->signal(3, Signal::term);
  const auto stopped = live.next();
  CHECK(stopped.node == 3);
  CHECK(stopped.how.kind == Kind::stopped);
  live.host->signal(3, Signal::kill);
  live.host->start(wait_work(3, 1ms));
  CHECK(live.next().how.kind == Kind::waited);
}

TEST_CASE("signals that stop a run are data, each of them") {
  LiveHost live;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGINT}) {
    REQUIRE(::kill(::getpid(), number) == 0);
    live.pump([&] { return !live.signals.empty(); });
    CHECK(live.signals == std::vector<int>{number});
    live.signals.clear();
  }
}

TEST_CASE("a signal that was ignored stays ignored, as under nohup") {
  struct sigaction before {};
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGHUP, &ignore, &before);
  {
    LiveHost live;
    ::kill(::getpid(), SIGHUP);
    ::kill(::getpid(), SIGTERM);
    live.pump([&] { return !live.signals.empty(); });
    CHECK(live.signals == std::vector<int>{SIGTERM});
  }
  ::sigaction(SIGHUP, &before, nullptr);
}

TEST_CASE("a directory for running steps that others may enter is refused") {
  TempDirectory directory;
  for (const mode_t mode : {0755, 0770, 0707}) {
    REQUIRE(::chmod(directory.path().c_str(), mode) == 0);
    auto supervisor = Supervisor::start();
    REQUIRE(supervisor);
    RealHostOptions options;
    options.scratch = directory.path();
    const auto host = RealHost::create(std::move(*supervisor), std::move(options));
    REQUIRE_FALSE(host);
    CHECK_THAT(host.error().message(), Contains("others may enter it"));
  }
}

TEST_CASE("a request runs beside processes and waits; its answer is redacted and logged") {
  const std::string body = R"({"echo":"hunter2-hunter2","n":1})";
  RawServer server([&](int socket) {
    char buffer[4096];
    if (::read(socket, buffer, sizeof buffer) <= 0) return;
    const std::string answer =
        "HTTP/1.1 201 Created\r\nX-Token: hunter2-hunter2\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\nConnection: close\r\n\r\n" + body;
    if (::write(socket, answer.data(), answer.size()) < 0) return;
  });
  LiveHost live(std::vector<SecretValue>{{"token", "hunter2-hunter2"}});
  HttpWork request;
  request.method = "GET";
  request.url = server.url();
  live.host->start({5, 3, "web.3.log", live.host->now() + 1min, request});
  live.start(1, command({"sh", "-c", "echo hello"}));
  live.host->start(wait_work(2, 1ms));
  std::map<NodeId, AttemptEnded> ended;
  while (ended.size() < 3) {
    auto next = live.next();
    ended[next.node] = std::move(next);
  }
  CHECK(ended[1].out == "hello\n");
  CHECK(ended[2].how.kind == Kind::waited);
  const AttemptEnded& answer = ended[5];
  CHECK(answer.attempt == 3);
  CHECK(answer.how.kind == Kind::http);
  CHECK(answer.how.code == 201);
  CHECK(answer.out == R"({"echo":"***","n":1})");
  CHECK(answer.log == "web.3.log");
  const auto log = read_file(live.directory / "logs/web.3.log");
  CHECK(log.find("> GET " + server.url() + "\n< 201 Created\n< x-token: ***\n") == 0);
  CHECK_THAT(log, Catch::Matchers::EndsWith("\n\n" + answer.out));
  CHECK_THAT(log, Contains("* " + server.host_port() + ", connected after "));
  bool found = false;
  for (const auto& [name, value] : answer.headers) found = found || (name == "x-token" && value == "***");
  CHECK(found);
}

TEST_CASE("a request that hangs is stopped, and a process that ends meanwhile is seen") {
  RawServer server([](int socket) {
    char byte;
    while (::read(socket, &byte, 1) > 0) {
    }
  });
  LiveHost live;
  HttpWork request;
  request.method = "GET";
  request.url = server.url();
  live.host->start({5, 1, "web.1.log", std::nullopt, request});
  live.start(1, command({"sh", "-c", "echo hello"}));
  CHECK(live.next().node == 1);
  live.host->signal(5, Signal::term);
  const auto stopped = live.next();
  CHECK(stopped.node == 5);
  CHECK(stopped.how.kind == Kind::stopped);
  // Where it stood is what one wants to know.
  CHECK_THAT(read_file(live.directory / ("logs/" + stopped.log)),
             Contains("stopped while waiting for the answer of " + server.host_port()));
}
