// HttpWork: one request, every value in its place.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace runbook {

// Paths of PEM files; empty: none.
struct HttpTlsWork {
  std::string ca;  // the only authorities that are trusted; empty: the system's
  std::string cert, key, passphrase;
  bool insecure = false;
  bool operator==(const HttpTlsWork&) const = default;
};

struct HttpWork {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool has_body = false;
  std::uint64_t max_body = 10 << 20;  // a longer body in memory is an error; also of an answer that is not saved

  std::string file;           // the body is this file; empty: none
  std::string authorization;  // the header of that name; like `tls.cert` only for the host that `url` names
  int follow = 0;             // redirects; beyond it one is an error, with 0 an answer
  HttpTlsWork tls;
  std::string unix_socket;  // absolute; empty: TCP

  std::string save_to;                                   // where the body goes; empty: into memory
  std::string part_name;                                 // of the file beside it that it is written to at first
  std::uint64_t max_saved = 0;                           // a longer one is an error; 0: no limit
  std::vector<std::pair<int, int>> save_on{{200, 299}};  // the answers that are saved, inclusive ranges of their codes
};

}  // namespace runbook
