// HttpTransport: the HTTP requests of a run, any number at once, driven by one thread that waits in poll(). Unless the
// work says so it follows no redirect and trusts the system's certificates only; it reads no proxy or netrc setting of
// the environment and keeps no cookies: what a runbook does not say does not happen.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "drive/host.h"

namespace runbook {

struct HttpOptions {
  std::string user_agent = "runbook";
  std::string ca_file;                                  // PEM; empty: the system's certificates
  Duration connect_timeout = std::chrono::seconds(10);  // name, TCP and TLS together
  int max_connections = 256;            // requests beyond it wait for their turn, so that descriptors cannot run out
  std::size_t max_headers = 256 << 10;  // bytes of an answer's header section
  Duration timeout_slack = std::chrono::seconds(5);  // how long after its timeout_hint a request ends by itself
};

class HttpTransport {
 public:
  struct Answer {
    NodeId node = 0;
    int attempt = 1;
    Termination how;        // http, transport, not_started or stopped
    std::string body;       // of `transport` and `stopped` as far as it came
    bool body_cut = false;  // the body is longer than max_body; the rest was not read
    std::vector<std::pair<std::string, std::string>> headers;  // in the order of arrival, names in lower case
    std::vector<Redirect> redirects;
    std::shared_ptr<Download> download;  // of `http` with save_to and a status to save
    std::string log;                     // requests and answers without bodies; not redacted
  };

  explicit HttpTransport(HttpOptions options);
  ~HttpTransport();  // ends what is under way, without answers
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  // Begins the request; exactly one answer follows. A request that must not be sent (a bad method, header or URL) is
  // answered with not_started before a byte leaves. `timeout_hint` is the time the caller means to allow before it
  // calls cancel(); a safety net, timeout_slack after that, ends what nobody cancelled. Zero: none.
  // REQUIRES: no request of this node is under way.
  void start(NodeId node, int attempt, HttpWork work, Duration timeout_hint);
  // Ends the node's request with `stopped`. Nothing when there is none or it is answered already.
  void cancel(NodeId node);

  // Sleeps until a request moves on, `extra_fd` is readable or `timeout_ms` are over; may return early. Negative: no
  // limit. Returns at once when an answer waits. `extra_fd` -1: none.
  void poll(int extra_fd, int timeout_ms);
  std::vector<Answer> take_answers();

  // No request is under way and no answer waits.
  bool idle() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace runbook
