// HttpTransfer: one step's request, with the redirects that it follows, and what has come back so far.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/http/http_log.h"
#include "host/http/http_request.h"
#include "host/http/http_transport.h"
#include "host/http/http_words.h"
#include "host/http/part_file.h"
#include "host/http/upload_file.h"

namespace runbook {

class HttpTransfer {
 public:
  // An error: nothing may be sent, or a file it needs cannot be opened. `timeout` zero: none.
  static Result<std::unique_ptr<HttpTransfer>> make(NodeId node, int attempt, HttpWork work, const HttpOptions& options,
                                                    Duration timeout);
  ~HttpTransfer();  // REQUIRES: the handle is in no multi handle any more
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  NodeId node() const { return answer_.node; }
  void* handle() const;  // its CURL*

  // libcurl is done with `code` (a CURLcode): the answer, once; nullopt: a redirect is followed, and the handle is to
  // be driven again.
  std::optional<HttpTransport::Answer> finish(int code);
  HttpTransport::Answer stop();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Sink { undecided, memory, file, nowhere };
  struct Handle;

  HttpTransfer(NodeId node, int attempt, const HttpOptions& options, Duration timeout);
  Result<> begin(HttpWork work);
  Result<> open_files();
  void configure();
  void configure_tls();
  void add_headers();
  void add_body();

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, std::int64_t offset, int origin);
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);
  bool fail(std::string why);  // false

  int status() const;
  Sink sink();
  bool is_saved(int status) const;
  const std::string* followed_location() const;
  std::optional<std::string> follow(const std::string& location);
  HttpTransport::Answer answer(Termination how);
  void log_exchange(std::string problem);
  HttpFacts facts() const;

  std::unique_ptr<Handle> curl_;
  const HttpOptions& options_;
  std::optional<Clock::time_point> deadline_;
  HttpWork work_;  // of the request that is under way
  HttpPeer peer_;
  int follow_limit_ = 0;
  std::optional<UploadFile> upload_;
  std::shared_ptr<PartFile> part_;

  // Of the answer that is coming.
  std::string status_line_;
  std::size_t header_bytes_ = 0;
  bool headers_done_ = false;
  Sink sink_ = Sink::undecided;
  std::uint64_t body_bytes_ = 0;
  bool body_cut_ = false;
  std::string failure_;  // what we ended it for
  HttpTransport::Answer answer_;
};

}  // namespace runbook
