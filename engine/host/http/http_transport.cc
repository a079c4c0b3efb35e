#include "host/http/http_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <climits>
#include <unordered_map>

#include "base/check.h"
#include "host/http/http_transfer.h"

namespace runbook {
namespace {

void init_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(code == CURLE_OK);
}

}  // namespace

struct HttpTransport::State {
  explicit State(HttpOptions o) : options(std::move(o)) {}

  HttpOptions options;
  CURLM* multi = nullptr;
  std::unordered_map<NodeId, std::unique_ptr<HttpTransfer>> transfers;
  std::vector<Answer> answers;

  void add(std::unique_ptr<HttpTransfer> transfer) {
    CHECK(curl_multi_add_handle(multi, transfer->handle()) == CURLM_OK);
    const NodeId node = transfer->node();
    transfers.emplace(node, std::move(transfer));
  }

  // Out of the multi handle, which is what keeps libcurl from touching it, then out of our hands.
  std::unique_ptr<HttpTransfer> take(NodeId node) {
    auto entry = transfers.extract(node);
    CHECK(curl_multi_remove_handle(multi, entry.mapped()->handle()) == CURLM_OK);
    return std::move(entry.mapped());
  }

  void perform() {
    int running = 0;
    CHECK(curl_multi_perform(multi, &running) == CURLM_OK);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message is gone once its handle is removed
      HttpTransfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      auto done = take(transfer->node());
      if (auto answer = done->finish(code)) {
        answers.push_back(std::move(*answer));
      } else {
        add(std::move(done));
      }
    }
  }
};

HttpTransport::HttpTransport(HttpOptions options) : state_(std::make_unique<State>(std::move(options))) {
  init_curl();
  state_->multi = curl_multi_init();
  CHECK(state_->multi != nullptr);
  const long limit = state_->options.max_connections;
  CHECK(curl_multi_setopt(state_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limit) == CURLM_OK);
  CHECK(curl_multi_setopt(state_->multi, CURLMOPT_MAXCONNECTS, std::min(limit, 32L)) == CURLM_OK);
}

HttpTransport::~HttpTransport() {
  while (!state_->transfers.empty()) state_->take(state_->transfers.begin()->first);
  curl_multi_cleanup(state_->multi);
}

void HttpTransport::start(NodeId node, int attempt, HttpWork work, Duration timeout_hint) {
  CHECK(!state_->transfers.contains(node));
  const Duration timeout =
      timeout_hint > Duration::zero() ? timeout_hint + state_->options.timeout_slack : timeout_hint;
  auto transfer = HttpTransfer::make(node, attempt, std::move(work), state_->options, timeout);
  if (!transfer) {
    Answer refused;
    refused.node = node;
    refused.attempt = attempt;
    refused.how = {Termination::Kind::not_started, 0, transfer.error().message()};
    state_->answers.push_back(std::move(refused));
    return;
  }
  state_->add(std::move(*transfer));
}

void HttpTransport::cancel(NodeId node) {
  if (state_->transfers.contains(node)) state_->answers.push_back(state_->take(node)->stop());
}

void HttpTransport::poll(int extra_fd, int timeout_ms) {
  state_->perform();
  if (!state_->answers.empty()) timeout_ms = 0;
  curl_waitfd extra{extra_fd, CURL_WAIT_POLLIN, 0};
  const unsigned count = extra_fd >= 0 ? 1 : 0;
  int ready = 0;
  CHECK(curl_multi_poll(state_->multi, &extra, count, timeout_ms < 0 ? INT_MAX : timeout_ms, &ready) == CURLM_OK);
  state_->perform();
}

std::vector<HttpTransport::Answer> HttpTransport::take_answers() { return std::exchange(state_->answers, {}); }

bool HttpTransport::idle() const { return state_->transfers.empty() && state_->answers.empty(); }

}  // namespace runbook
