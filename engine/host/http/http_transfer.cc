#include "host/http/http_transfer.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "host/http/http_redirect.h"

namespace runbook {

struct HttpTransfer::Handle {
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = "";

  ~Handle() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  // Back to libcurl's defaults; open connections stay.
  void reset() {
    curl_easy_reset(easy);
    curl_slist_free_all(headers);
    headers = nullptr;
    error[0] = '\0';
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
};

namespace {

// An answer that only says where to ask is not read for long.
constexpr std::uint64_t most_ignored = 1 << 20;

// libcurl 7.88 opens sockets that a child would inherit.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Found before anything is sent; libcurl's own words name no file.
Result<> check_readable(const std::string& path) {
  if (path.empty()) return {};
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return system_error("open", path);
  return {};
}

bool has_own_tls(const HttpTlsWork& tls) { return !(tls == HttpTlsWork{}); }

}  // namespace

Result<std::unique_ptr<HttpTransfer>> HttpTransfer::make(NodeId node, int attempt, HttpWork work,
                                                         const HttpOptions& options, Duration timeout) {
  std::unique_ptr<HttpTransfer> made(new HttpTransfer(node, attempt, options, timeout));
  made->follow_limit_ = work.follow;
  RUNBOOK_TRY(made->begin(std::move(work)));
  RUNBOOK_TRY(made->open_files());
  made->configure();
  return made;
}

HttpTransfer::HttpTransfer(NodeId node, int attempt, const HttpOptions& options, Duration timeout)
    : curl_(std::make_unique<Handle>()), options_(options) {
  CHECK(curl_->easy != nullptr);
  if (timeout > Duration::zero()) deadline_ = Clock::now() + timeout;
  answer_.node = node;
  answer_.attempt = attempt;
}

HttpTransfer::~HttpTransfer() = default;

void* HttpTransfer::handle() const { return curl_->easy; }

Result<> HttpTransfer::begin(HttpWork work) {
  auto peer = check_http_request(work);
  if (!peer) return tl::unexpected(std::move(peer).error());
  peer_ = std::move(*peer);
  work_ = std::move(work);
  return {};
}

Result<> HttpTransfer::open_files() {
  for (const auto* path : {&work_.tls.ca, &work_.tls.cert, &work_.tls.key}) RUNBOOK_TRY(check_readable(*path));
  if (!work_.file.empty()) {
    auto upload = UploadFile::open(work_.file);
    if (!upload) return tl::unexpected(std::move(upload).error());
    upload_ = std::move(*upload);
  }
  if (!work_.save_to.empty()) {
    auto part = PartFile::create(work_.save_to, work_.part_name);
    if (!part) return tl::unexpected(std::move(part).error());
    part_ = std::move(*part);
  }
  return {};
}

void HttpTransfer::configure() {
  Handle& c = *curl_;
  c.set(CURLOPT_PRIVATE, this);
  c.set(CURLOPT_ERRORBUFFER, c.error);
  c.set(CURLOPT_URL, work_.url.c_str());
  c.set(CURLOPT_PROTOCOLS_STR, "http,https");
  c.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  c.set(CURLOPT_FOLLOWLOCATION, 0L);  // 7.88 sends own headers to other hosts and repeats a DELETE there
  // 7.88.1 has faults with HTTP/2 that were mended in 8.0: cut answers taken for whole ones, endless retries.
  c.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  c.set(CURLOPT_PROXY, "");  // else http_proxy of the environment would see every token
  c.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  c.set(CURLOPT_UNRESTRICTED_AUTH, 0L);
  c.set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  if (!work_.unix_socket.empty()) c.set(CURLOPT_UNIX_SOCKET_PATH, work_.unix_socket.c_str());
  configure_tls();

  c.set(CURLOPT_NOSIGNAL, 1L);
  c.set(CURLOPT_QUICK_EXIT, 1L);  // else a slow name server blocks the whole engine when a request is cancelled
  c.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  if (deadline_) {
    const auto left = std::chrono::ceil<Duration>(*deadline_ - Clock::now()).count();
    c.set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<Duration::rep>(left, 1)));  // zero would mean: none
  }
  c.set(CURLOPT_TCP_KEEPALIVE, 1L);  // a peer that vanished is noticed although a slow answer is allowed
  c.set(CURLOPT_TCP_KEEPIDLE, 30L);
  c.set(CURLOPT_TCP_KEEPINTVL, 10L);
  c.set(CURLOPT_MAXAGE_CONN, 60L);
  // On a connection that turns out to be closed libcurl sends the request again by itself. What may have been done
  // once must not be done twice.
  if (!is_idempotent_method(work_.method)) c.set(CURLOPT_FRESH_CONNECT, 1L);

  c.set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  c.set(CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  c.set(CURLOPT_HEADERDATA, this);
  c.set(CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  c.set(CURLOPT_WRITEDATA, this);
  add_body();
  add_headers();
}

void HttpTransfer::configure_tls() {
  Handle& c = *curl_;
  const auto& tls = work_.tls;
  c.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  c.set(CURLOPT_SSL_VERIFYPEER, tls.insecure ? 0L : 1L);
  c.set(CURLOPT_SSL_VERIFYHOST, tls.insecure ? 0L : 2L);
  if (const auto& ca = tls.ca.empty() ? options_.ca_file : tls.ca; !ca.empty()) {
    c.set(CURLOPT_CAINFO, ca.c_str());
    c.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // else Debian's libcurl trusts the system's as well
  }
  if (!has_own_tls(tls)) return;
  // Never on a connection or session that was made with what these files held before.
  c.set(CURLOPT_FRESH_CONNECT, 1L);
  c.set(CURLOPT_FORBID_REUSE, 1L);
  c.set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
  if (tls.cert.empty()) return;
  c.set(CURLOPT_SSLCERT, tls.cert.c_str());
  c.set(CURLOPT_SSLKEY, tls.key.c_str());
  c.set(CURLOPT_KEYPASSWD, tls.passphrase.c_str());  // also when empty: else OpenSSL asks at the terminal
}

void HttpTransfer::add_body() {
  Handle& c = *curl_;
  const bool takes_body = work_.method == "POST" || work_.method == "PUT" || work_.method == "PATCH";
  if (work_.method == "HEAD") {
    c.set(CURLOPT_NOBODY, 1L);  // else libcurl waits for the body that Content-Length promises
    return;
  }
  if (!work_.file.empty()) {
    CHECK(upload_->seek(0));
    c.set(CURLOPT_UPLOAD, 1L);
    c.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(upload_->size()));
    c.set(CURLOPT_READFUNCTION, &HttpTransfer::on_read);
    c.set(CURLOPT_READDATA, this);
    c.set(CURLOPT_SEEKFUNCTION, &HttpTransfer::on_seek);
    c.set(CURLOPT_SEEKDATA, this);
    c.set(CURLOPT_UPLOAD_BUFFERSIZE, 128L << 10);
  } else if (work_.has_body || takes_body) {  // without a body: `Content-Length: 0`, which some servers insist on
    c.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(work_.body.size()));
    c.set(CURLOPT_POSTFIELDS, work_.body.c_str());
  }
  c.set(CURLOPT_CUSTOMREQUEST, work_.method.c_str());
}

void HttpTransfer::add_headers() {
  const auto given = [&](std::string_view name) {
    return std::any_of(work_.headers.begin(), work_.headers.end(),
                       [&](const auto& header) { return lower_ascii(header.first) == name; });
  };
  // A name with a colon and nothing else takes a header of libcurl's own away.
  if (!given("expect")) curl_->add_header("Expect:");
  if (!given("content-type")) curl_->add_header("Content-Type:");
  if (!work_.authorization.empty()) curl_->add_header("Authorization: " + work_.authorization);
  for (const auto& [name, value] : work_.headers) {
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
  if (header_bytes_ > options_.max_headers)
    return fail("the headers of the answer of " + peer_.host_port + " are longer than " +
                show_size(options_.max_headers));
  const bool continues = !line.empty() && (line[0] == ' ' || line[0] == '\t');
  const std::string_view text = trim(line);
  if (text.substr(0, 5) == "HTTP/" && !continues) {  // also the answer after `100 Continue`
    const auto blank = text.find(' ');
    status_line_ = blank == text.npos ? "" : std::string(trim(text.substr(blank)));
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
  return transfer.take_body({data, size * count}) ? size * count : CURL_WRITEFUNC_ERROR;
}

bool HttpTransfer::take_body(std::string_view bytes) {
  if (sink_ == Sink::undecided) sink_ = sink();
  const auto limit = sink_ == Sink::nowhere  ? most_ignored
                     : sink_ == Sink::memory ? work_.max_body
                     : work_.max_saved > 0   ? work_.max_saved
                                             : UINT64_MAX;
  const auto taken =
      bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), limit - body_bytes_)));
  body_bytes_ += taken.size();
  body_cut_ = taken.size() < bytes.size();
  if (sink_ == Sink::memory) answer_.body += taken;
  if (sink_ == Sink::file)
    if (auto written = part_->write(taken); !written) return fail(written.error().message());
  return !body_cut_;
}

std::size_t HttpTransfer::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const auto read = transfer.upload_->read(buffer, size * count);
  if (read) return *read;
  transfer.fail(read.error().message());
  return CURL_READFUNC_ABORT;
}

int HttpTransfer::on_seek(void* self, std::int64_t offset, int origin) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const bool done = origin == SEEK_SET && offset >= 0 && transfer.upload_->seek(static_cast<std::uint64_t>(offset));
  return done ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

bool HttpTransfer::fail(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
  return false;
}

int HttpTransfer::status() const {
  long status = 0;
  curl_easy_getinfo(curl_->easy, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

bool HttpTransfer::is_saved(int status) const {
  return part_ && std::any_of(work_.save_on.begin(), work_.save_on.end(),
                              [&](const auto& range) { return status >= range.first && status <= range.second; });
}

// Where a redirect leads that is to be followed, or is one too many.
const std::string* HttpTransfer::followed_location() const {
  if (follow_limit_ == 0 || !is_redirect(status())) return nullptr;
  for (const auto& [name, value] : answer_.headers)
    if (name == "location") return &value;
  return nullptr;
}

HttpTransfer::Sink HttpTransfer::sink() {
  if (followed_location() != nullptr) return Sink::nowhere;
  return is_saved(status()) ? Sink::file : Sink::memory;
}

std::optional<HttpTransport::Answer> HttpTransfer::finish(int code) {
  const bool whole = failure_.empty() && (code == CURLE_OK || body_cut_) && status() > 0;
  if (!whole)
    return answer({Termination::Kind::transport, status(), failure_.empty() ? failure_words(facts(), code) : failure_});
  if (const auto* location = followed_location()) {
    auto refused = follow(*location);
    if (!refused) return std::nullopt;
    return answer({Termination::Kind::transport, status(), std::move(*refused)});
  }
  const bool saved = is_saved(status());
  // What is shown of an answer that is not what was wanted may end anywhere.
  if (body_cut_ && (saved || work_.save_to.empty())) {
    const auto limit = show_size(saved ? work_.max_saved : work_.max_body);
    return answer({Termination::Kind::transport, status(),
                   peer_.host_port + " answered " + std::to_string(status()) + " with a body longer than `max_body`, " +
                       limit + (saved ? "" : "; raise it, or use `save_to`")});
  }
  if (saved) {
    if (auto finished = part_->finish(); !finished)
      return answer({Termination::Kind::transport, status(), finished.error().message()});
    answer_.download = part_;
  }
  return answer({Termination::Kind::http, status(), ""});
}

// Goes on to the next request of the chain, or says why not.
std::optional<std::string> HttpTransfer::follow(const std::string& location) {
  if (work_.follow == 0)
    return "more than " + count_of(static_cast<std::size_t>(follow_limit_), "redirect") +
           " (`follow`); the last one leads to " + shown_url(printable(location));
  auto next = redirected(work_, status(), location);
  if (!next) return next.error().message();
  const Redirect step{status(), work_.method + " " + shown_url(work_.url), next->method + " " + shown_url(next->url)};
  log_exchange("");
  --next->follow;
  if (auto begun = begin(std::move(*next)); !begun) return begun.error().message();
  answer_.redirects.push_back(step);
  answer_.headers.clear();
  status_line_.clear();
  header_bytes_ = body_bytes_ = 0;
  headers_done_ = body_cut_ = false;
  sink_ = Sink::undecided;
  curl_->reset();
  configure();
  return std::nullopt;
}

HttpTransport::Answer HttpTransfer::stop() {
  return answer({Termination::Kind::stopped, 0, "stopped while " + progress_words(facts())});
}

HttpTransport::Answer HttpTransfer::answer(Termination how) {
  log_exchange(how.reason);
  answer_.body_cut = body_cut_ && sink_ == Sink::memory;
  answer_.how = std::move(how);
  return std::move(answer_);
}

void HttpTransfer::log_exchange(std::string problem) {
  HttpExchange exchange{status_line_, answer_.headers, timing_words(facts()), std::move(problem)};
  answer_.log += write_exchange(work_, upload_ ? upload_->size() : work_.body.size(), exchange);
}

HttpFacts HttpTransfer::facts() const {
  return {curl_->easy, peer_, work_, curl_->error, body_bytes_, options_.connect_timeout};
}

}  // namespace runbook
