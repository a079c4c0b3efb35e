#include "host/http_transfer.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "base/text.h"

namespace runbook {

struct HttpTransfer::Handle {
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = "";

  ~Handle() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  template <class T>
  void set(CURLoption option, T value) {
    CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
  }
  void add_header(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers, line.c_str());
    CHECK(longer != nullptr);
    headers = longer;
  }
  template <class T>
  T info(CURLINFO what) const {
    T value{};
    curl_easy_getinfo(easy, what, &value);
    return value;
  }
};

namespace {

// libcurl 7.88 opens sockets that a child would inherit.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::string system_words(long number) { return std::strerror(static_cast<int>(number)); }

}  // namespace

HttpTransfer::HttpTransfer(NodeId node, int attempt, const HttpWork& work, HttpPeer peer, const HttpOptions& options,
                           Duration timeout)
    : curl_(std::make_unique<Handle>()),
      peer_(std::move(peer)),
      body_to_send_(work.body),
      connect_timeout_(options.connect_timeout),
      max_headers_(options.max_headers),
      max_body_(work.max_body) {
  CHECK(curl_->easy != nullptr);
  answer_.node = node;
  answer_.attempt = attempt;
  configure(work, options, timeout);
  add_body(work);
  add_headers(work);
}

HttpTransfer::~HttpTransfer() = default;

void* HttpTransfer::handle() const { return curl_->easy; }

void HttpTransfer::configure(const HttpWork& work, const HttpOptions& options, Duration timeout) {
  Handle& c = *curl_;
  c.set(CURLOPT_PRIVATE, this);
  c.set(CURLOPT_ERRORBUFFER, c.error);
  c.set(CURLOPT_URL, work.url.c_str());
  c.set(CURLOPT_PROTOCOLS_STR, "http,https");
  c.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  c.set(CURLOPT_FOLLOWLOCATION, 0L);
  // 7.88.1 has faults with HTTP/2 that were mended in 8.0: cut answers taken for whole ones, endless retries.
  c.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  c.set(CURLOPT_PROXY, "");  // else http_proxy of the environment would see every token
  c.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  c.set(CURLOPT_UNRESTRICTED_AUTH, 0L);
  c.set(CURLOPT_SSL_VERIFYPEER, 1L);
  c.set(CURLOPT_SSL_VERIFYHOST, 2L);
  c.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) c.set(CURLOPT_CAINFO, options.ca_file.c_str());
  c.set(CURLOPT_USERAGENT, options.user_agent.c_str());

  c.set(CURLOPT_NOSIGNAL, 1L);
  c.set(CURLOPT_QUICK_EXIT, 1L);  // else a slow name server blocks the whole engine when a request is cancelled
  c.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  if (timeout > Duration::zero()) c.set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  c.set(CURLOPT_TCP_KEEPALIVE, 1L);  // a peer that vanished is noticed although a slow answer is allowed
  c.set(CURLOPT_TCP_KEEPIDLE, 30L);
  c.set(CURLOPT_TCP_KEEPINTVL, 10L);
  c.set(CURLOPT_MAXAGE_CONN, 60L);
  // On a connection that turns out to be closed libcurl sends the request again by itself. What may have been done
  // once must not be done twice.
  if (!is_idempotent_method(work.method)) c.set(CURLOPT_FRESH_CONNECT, 1L);

  c.set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  c.set(CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  c.set(CURLOPT_HEADERDATA, this);
  c.set(CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  c.set(CURLOPT_WRITEDATA, this);
}

void HttpTransfer::add_body(const HttpWork& work) {
  Handle& c = *curl_;
  const bool takes_body = work.method == "POST" || work.method == "PUT" || work.method == "PATCH";
  if (work.method == "HEAD" && !work.has_body) {
    c.set(CURLOPT_NOBODY, 1L);  // else libcurl waits for the body that Content-Length promises
    return;
  }
  if (work.has_body || takes_body) {  // without a body: `Content-Length: 0`, which some servers insist on
    c.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_to_send_.size()));
    c.set(CURLOPT_POSTFIELDS, body_to_send_.c_str());
  }
  c.set(CURLOPT_CUSTOMREQUEST, work.method.c_str());
}

void HttpTransfer::add_headers(const HttpWork& work) {
  const auto given = [&](std::string_view name) {
    return std::any_of(work.headers.begin(), work.headers.end(),
                       [&](const auto& header) { return lower_ascii(header.first) == name; });
  };
  // A name with a colon and nothing else takes a header of libcurl's own away.
  if (!given("expect")) curl_->add_header("Expect:");
  if (!given("content-type")) curl_->add_header("Content-Type:");
  for (const auto& [name, value] : work.headers) {
    const std::string_view trimmed = trim(value);
    curl_->add_header(trimmed.empty() ? name + ";" : name + ": " + std::string(trimmed));
  }
  curl_->set(CURLOPT_HTTPHEADER, curl_->headers);
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  return transfer.take_header({data, size * count}) ? size * count : 0;
}

bool HttpTransfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_headers_) {
    headers_too_long_ = true;
    return false;
  }
  const bool continues = !line.empty() && (line[0] == ' ' || line[0] == '\t');
  const std::string_view text = trim(line);
  if (text.substr(0, 5) == "HTTP/" && !continues) {  // also the answer after `100 Continue`
    answer_.headers.clear();
    headers_done_ = false;
    return true;
  }
  if (text.empty()) {
    headers_done_ = true;
    return true;
  }
  if (headers_done_) return true;  // a trailer: it must not speak for the header section
  if (continues) {
    if (!answer_.headers.empty()) answer_.headers.back().second += " " + std::string(text);
    return true;
  }
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return true;
  answer_.headers.emplace_back(lower_ascii(trim(text.substr(0, colon))), std::string(trim(text.substr(colon + 1))));
  return true;
}

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const std::size_t bytes = size * count;
  const std::uint64_t room = transfer.max_body_ - transfer.answer_.body.size();
  transfer.answer_.body.append(data, std::min<std::uint64_t>(bytes, room));
  if (bytes <= room) return bytes;
  transfer.answer_.body_cut = true;
  return CURL_WRITEFUNC_ERROR;
}

HttpTransport::Answer HttpTransfer::finish(int code) {
  const long status = curl_->info<long>(CURLINFO_RESPONSE_CODE);
  const bool whole = code == CURLE_OK || answer_.body_cut;
  if (whole && status > 0) {
    answer_.how = {Termination::Kind::http, static_cast<int>(status), ""};
  } else {
    answer_.how = {Termination::Kind::transport, static_cast<int>(status), failure_words(code)};
  }
  return std::move(answer_);
}

HttpTransport::Answer HttpTransfer::stop() {
  answer_.how = {Termination::Kind::stopped, 0, ""};
  return std::move(answer_);
}

std::string HttpTransfer::failure_words(int code) const {
  const std::string& peer = peer_.host_port;
  const long number = curl_->info<long>(CURLINFO_OS_ERRNO);
  const std::string detail = printable(curl_->error[0] != '\0' ? curl_->error : curl_easy_strerror(CURLcode(code)));
  if (headers_too_long_) return "the headers of the answer of " + peer + " are longer than " + show_size(max_headers_);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return "host name `" + peer_.host + "` cannot be resolved";
    case CURLE_COULDNT_CONNECT:
      if (number == ECONNREFUSED) return "connection refused by " + peer;
      return "cannot connect to " + peer + ": " + (number != 0 ? system_words(number) : detail);
    case CURLE_OPERATION_TIMEDOUT:
      if (curl_->info<curl_off_t>(CURLINFO_PRETRANSFER_TIME_T) == 0)
        return "cannot connect to " + peer + " within " + write_duration(connect_timeout_);
      return "no whole answer from " + peer + " in time";
    case CURLE_PEER_FAILED_VERIFICATION: return "the TLS certificate of " + peer + " is not trusted: " + detail;
    case CURLE_SSL_CONNECT_ERROR: return "TLS with " + peer + " failed: " + detail;
    case CURLE_SSL_CACERT_BADFILE: return "the certificates to trust cannot be read: " + detail;
    case CURLE_GOT_NOTHING: return peer + " closed the connection without an answer";
    case CURLE_PARTIAL_FILE:
      return peer + " closed the connection in the middle of the answer, after " + show_size(answer_.body.size()) +
             " of the body";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return "what " + peer + " answered is not HTTP";
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      if (number == ECONNRESET || number == EPIPE) return "connection reset by " + peer;
      [[fallthrough]];
    default: return "the request to " + peer + " failed: " + detail;
  }
}

}  // namespace runbook
