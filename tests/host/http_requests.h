// Drives an HttpTransport until all is answered, as the engine's loop does.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "host/http/http_transport.h"

namespace runbook::testing {

inline HttpWork get(std::string url) { return {"GET", std::move(url), {}, "", false, 10 << 20}; }

inline HttpWork request(std::string method, std::string url, std::string body) {
  return {std::move(method), std::move(url), {}, std::move(body), true, 10 << 20};
}

// Polls until `count` answers came; fails the test instead of hanging.
inline std::vector<HttpTransport::Answer> answers(HttpTransport& http, std::size_t count = 1) {
  std::vector<HttpTransport::Answer> all;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (all.size() < count && std::chrono::steady_clock::now() < deadline) {
    http.poll(-1, 1000);
    for (auto& answer : http.take_answers()) all.push_back(std::move(answer));
  }
  REQUIRE(all.size() == count);
  return all;
}

inline HttpTransport::Answer fetch(HttpTransport& http, const HttpWork& work) {
  http.start(7, 2, work, Duration::zero());
  HttpTransport::Answer answer = std::move(answers(http).front());
  CHECK(answer.node == 7);
  CHECK(answer.attempt == 2);
  CHECK(http.idle());
  return answer;
}

inline HttpTransport::Answer fetch(const HttpWork& work) {
  HttpTransport http({});
  return fetch(http, work);
}

inline std::string header(const HttpTransport::Answer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return "(none)";
}

}  // namespace runbook::testing
