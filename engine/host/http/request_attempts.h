// RequestAttempts: the HTTP steps of a run; turns what the transport answers into AttemptEnded, redacted and logged.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/http/http_transport.h"
#include "host/process/process_attempt.h"

namespace runbook {

class RequestAttempts {
 public:
  // `setting` is not owned and outlives this.
  RequestAttempts(HttpOptions options, const AttemptSetting& setting)
      : options_(std::move(options)), setting_(setting) {}

  void start(const Work& work, const HttpWork& request, Time now);
  void stop(NodeId node);
  bool idle() const { return !transport_ || transport_->idle(); }
  bool has(NodeId node) const { return log_names_.count(node) > 0; }
  // REQUIRES: not idle.
  void poll(int extra_fd, int timeout_ms) { transport_->poll(extra_fd, timeout_ms); }
  std::vector<AttemptEnded> take();

 private:
  AttemptEnded ended(HttpTransport::Answer answer);

  HttpOptions options_;
  const AttemptSetting& setting_;
  std::unique_ptr<HttpTransport> transport_;           // made for the first request: most runs send none
  std::unordered_map<NodeId, std::string> log_names_;  // of those under way
};

}  // namespace runbook
