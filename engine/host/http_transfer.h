// HttpTransfer: one request and what has come back of it so far.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "host/http_request.h"
#include "host/http_transport.h"

namespace runbook {

class HttpTransfer {
 public:
  // REQUIRES: `peer` is what check_http_request said of `work`.
  HttpTransfer(NodeId node, int attempt, const HttpWork& work, HttpPeer peer, const HttpOptions& options,
               Duration timeout);
  ~HttpTransfer();  // REQUIRES: the handle is in no multi handle any more
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  NodeId node() const { return answer_.node; }
  void* handle() const;  // its CURL*

  // The answer, once libcurl is done with `code` (a CURLcode); or stopped. Once.
  HttpTransport::Answer finish(int code);
  HttpTransport::Answer stop();

 private:
  struct Handle;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  bool take_header(std::string_view line);
  void configure(const HttpWork& work, const HttpOptions& options, Duration timeout);
  void add_headers(const HttpWork& work);
  void add_body(const HttpWork& work);
  std::string failure_words(int code) const;

  std::unique_ptr<Handle> curl_;
  HttpPeer peer_;
  std::string body_to_send_;
  Duration connect_timeout_;
  std::size_t max_headers_;
  std::uint64_t max_body_;
  std::size_t header_bytes_ = 0;
  bool headers_done_ = false;
  bool headers_too_long_ = false;
  HttpTransport::Answer answer_;
};

}  // namespace runbook
