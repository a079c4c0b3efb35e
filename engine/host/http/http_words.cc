#include "host/http/http_words.h"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/text.h"

namespace runbook {
namespace {

template <class T>
T info(void* easy, CURLINFO what) {
  T value{};
  curl_easy_getinfo(easy, what, &value);
  return value;
}

std::string system_words(long number) { return std::strerror(static_cast<int>(number)); }

std::string milliseconds(curl_off_t microseconds) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(microseconds) / 1000);
  return text;
}

// What is wrong with the server's certificate, and whose turn it is.
std::string untrusted_words(const HttpFacts& facts, const std::string& detail) {
  std::string words = "the TLS certificate of " + facts.peer.host_port + " is not trusted: " + detail;
  switch (info<long>(facts.easy, CURLINFO_SSL_VERIFYRESULT)) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return words + (facts.work.tls.ca.empty() ? "; name the authority that signed it in `tls.ca`"
                                                : "; no authority in `" + facts.work.tls.ca + "` signed it");
    case X509_V_ERR_CERT_HAS_EXPIRED: return words + "; it must be renewed on the server";
    case X509_V_ERR_CERT_NOT_YET_VALID: return words + "; check the clocks of both machines";
    case X509_V_ERR_UNSPECIFIED:  // where libcurl begins: it looked at the name first, and that is another's
      return words + "; ask for a name that is in it";
    default: return words;
  }
}

std::string timeout_words(const HttpFacts& facts) {
  if (info<curl_off_t>(facts.easy, CURLINFO_PRETRANSFER_TIME_T) == 0)
    return "cannot connect to " + facts.peer.host_port + " within " + write_duration(facts.connect_timeout);
  return "no whole answer from " + facts.peer.host_port + " in time";
}

std::string connect_words(const HttpFacts& facts, const std::string& detail) {
  const long number = info<long>(facts.easy, CURLINFO_OS_ERRNO);
  const auto& peer = facts.peer.host_port;
  if (number == ECONNREFUSED) return "connection refused by " + peer + ": nothing listens there";
  return "cannot connect to " + peer + ": " + (number != 0 ? system_words(number) : detail);
}

// A certificate with TLS 1.3 is refused only when the answer is awaited.
bool is_alert(std::string_view detail) { return detail.find("alert") != detail.npos; }

std::string alert_words(const HttpFacts& facts, const std::string& detail) {
  return facts.peer.host_port + " refused the TLS connection: " + detail +
         (facts.work.tls.cert.empty() ? "; it may want a certificate: `tls.cert` and `tls.key`"
                                      : "; it does not take the certificate `" + facts.work.tls.cert + "`");
}

}  // namespace

std::string failure_words(const HttpFacts& facts, int code) {
  const std::string& peer = facts.peer.host_port;
  const long number = info<long>(facts.easy, CURLINFO_OS_ERRNO);
  const std::string detail =
      printable(facts.error_text[0] != '\0' ? facts.error_text : curl_easy_strerror(CURLcode(code)));
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "host name `" + facts.peer.host + "` cannot be resolved; check the name and this machine's name servers";
    case CURLE_COULDNT_CONNECT: return connect_words(facts, detail);
    case CURLE_OPERATION_TIMEDOUT: return timeout_words(facts);
    case CURLE_PEER_FAILED_VERIFICATION: return untrusted_words(facts, detail);
    case CURLE_SSL_CONNECT_ERROR:
      return is_alert(detail) ? alert_words(facts, detail) : "TLS with " + peer + " failed: " + detail;
    case CURLE_SSL_CACERT_BADFILE: return "the certificates to trust cannot be read: " + detail;
    case CURLE_SSL_CERTPROBLEM:
      return "the certificate `" + facts.work.tls.cert + "` cannot be used with the key `" + facts.work.tls.key +
             "`: " + detail;
    case CURLE_GOT_NOTHING: return peer + " closed the connection without an answer";
    case CURLE_PARTIAL_FILE:
      return peer + " closed the connection in the middle of the answer, after " + show_size(facts.body_bytes) +
             " of the body";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return "what " + peer + " answered is not HTTP";
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      if (is_alert(detail)) return alert_words(facts, detail);
      if (number == ECONNRESET || number == EPIPE) return "connection reset by " + peer;
      [[fallthrough]];
    default: return "the request to " + peer + " failed: " + detail;
  }
}

std::string progress_words(const HttpFacts& facts) {
  const auto reached = [&](CURLINFO what) { return info<curl_off_t>(facts.easy, what) > 0; };
  const auto& peer = facts.peer.host_port;
  if (reached(CURLINFO_STARTTRANSFER_TIME_T))
    return "receiving the answer of " + peer + ", " + show_size(facts.body_bytes) + " of the body so far";
  if (reached(CURLINFO_PRETRANSFER_TIME_T)) return "waiting for the answer of " + peer;
  if (reached(CURLINFO_CONNECT_TIME_T)) return "in the TLS handshake with " + peer;
  if (reached(CURLINFO_NAMELOOKUP_TIME_T)) return "connecting to " + peer;
  return "looking up `" + facts.peer.host + "`";
}

std::string timing_words(const HttpFacts& facts) {
  const char* ip = nullptr;
  curl_easy_getinfo(facts.easy, CURLINFO_PRIMARY_IP, &ip);
  std::string words = facts.peer.host_port;
  if (ip != nullptr && *ip != '\0' && facts.peer.host != ip && facts.work.unix_socket.empty())
    words += " (" + std::string(ip) + ")";
  if (info<long>(facts.easy, CURLINFO_NUM_CONNECTS) == 0) {
    words += ", on a connection that was open";
  } else {
    const auto part = [&](const char* name, CURLINFO what) {
      if (const auto time = info<curl_off_t>(facts.easy, what); time > 0)
        words += std::string(", ") + name + " " + milliseconds(time);
    };
    part("connected after", CURLINFO_CONNECT_TIME_T);
    part("TLS after", CURLINFO_APPCONNECT_TIME_T);
  }
  if (const auto first = info<curl_off_t>(facts.easy, CURLINFO_STARTTRANSFER_TIME_T); first > 0)
    words += ", first byte after " + milliseconds(first);
  return words + ", all after " + milliseconds(info<curl_off_t>(facts.easy, CURLINFO_TOTAL_TIME_T));
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view byte_name(char c) {
  switch (c) {
    case '\n': return "a line break";
    case '\r': return "a carriage return";
    case '\0': return "a NUL byte";
    case ' ': return "a space";
    case '\t': return "a tab";
    default: return "a control character";
  }
}

}  // namespace runbook
