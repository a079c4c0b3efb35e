// What libcurl knows about a request, in words: why it failed and what to do, where it stood, how long each part took.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/duration.h"
#include "host/http/http_request.h"

namespace runbook {

struct HttpFacts {
  void* easy = nullptr;  // the CURL*, not owned
  const HttpPeer& peer;
  const HttpWork& work;
  const char* error_text;    // libcurl's; may be empty
  std::uint64_t body_bytes;  // of the answer, so far
  Duration connect_timeout;
};

// Of a CURLcode other than CURLE_OK.
std::string failure_words(const HttpFacts& facts, int code);

// "connecting to 10.0.0.1:80", "waiting for the answer of 10.0.0.1:80"
std::string progress_words(const HttpFacts& facts);

// "127.0.0.1:443, TLS certificate of localhost valid until …; connected after 0.3 ms, …, whole after 16 ms"
std::string timing_words(const HttpFacts& facts);

// What may stand in no header and no URL; and a byte that may not, in words: "a line break".
bool is_control(char c);
std::string_view byte_name(char c);

}  // namespace runbook
