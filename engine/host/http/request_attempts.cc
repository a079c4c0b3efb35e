#include "host/http/request_attempts.h"

#include <algorithm>
#include <ctime>

#include "base/duration.h"

namespace runbook {

void RequestAttempts::start(const Work& work, const HttpWork& request, Time now) {
  if (!transport_) transport_ = std::make_unique<HttpTransport>(options_);
  log_names_[work.node] = work.log_name;
  // Zero would mean: without limit.
  const Duration hint = work.deadline ? std::max(*work.deadline - now, Duration(1)) : Duration(0);
  transport_->start(work.node, work.attempt, request, hint);
}

void RequestAttempts::stop(NodeId node) {
  if (transport_) transport_->cancel(node);
}

std::vector<AttemptEnded> RequestAttempts::take() {
  std::vector<AttemptEnded> all;
  if (!transport_) return all;
  for (auto& answer : transport_->take_answers()) all.push_back(ended(std::move(answer)));
  return all;
}

AttemptEnded RequestAttempts::ended(HttpTransport::Answer answer) {
  AttemptEnded ended;
  ended.node = answer.node;
  ended.attempt = answer.attempt;
  ended.how = std::move(answer.how);
  std::string log_name = std::move(log_names_[answer.node]);
  log_names_.erase(answer.node);
  if (!setting_.logs.valid()) log_name.clear();
  // The whole body: a JSON document is of no use without its beginning. max_body has limited it.
  const std::size_t kept = std::max<std::size_t>(answer.body.size(), 1);  // `***` is shorter than any secret
  OutputCapture capture(setting_.redactor, setting_.logs.get(), std::move(log_name), kept);
  capture.note(answer.log);
  if (answer.download)
    capture.note("* " + show_size(answer.download->size()) + ", sha256 " + answer.download->sha256() + "\n");
  if (!answer.log.empty() && !answer.body.empty()) capture.note("\n");
  capture.append(Stream::out, answer.body, nullptr);
  capture.finish(ended, nullptr, nullptr);
  ended.out_cut = answer.body_cut;
  if (const Redactor* redactor = setting_.redactor.get()) {
    ended.how.reason = redactor->redact(ended.how.reason);
    for (auto& [name, value] : answer.headers) value = redactor->redact(value);
    for (auto& redirect : answer.redirects) {
      redirect.from = redactor->redact(redirect.from);
      redirect.to = redactor->redact(redirect.to);
    }
  }
  ended.headers = std::move(answer.headers);
  ended.redirects = std::move(answer.redirects);
  ended.download = std::move(answer.download);
  ended.answered_at = std::time(nullptr);
  return ended;
}

}  // namespace runbook
