// Servers on loopback for the HTTP tests: a real nginx, and one that sends exactly the bytes a test says.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace runbook::testing {

// nginx in a directory of its own, on a port of its own; gone with the object.
class Nginx {
 public:
  // `locations` is the inside of its `server` block; `tls`: with a certificate for localhost that only ca_file()
  // trusts.
  explicit Nginx(const std::string& locations, bool tls = false);
  ~Nginx();
  Nginx(const Nginx&) = delete;

  std::string url(std::string_view path) const;
  std::string host_port() const { return "127.0.0.1:" + std::to_string(port_); }
  void write(const std::string& name, const std::string& content);  // under its `html` root
  std::string ca_file() const { return directory_ + "/cert.pem"; }
  int port() const { return port_; }

 private:
  void make_certificate();
  void stop();
  std::string directory_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// Accepts connections, each handled in a thread by `serve(socket)`, which closes nothing. One that a handler waits on
// is shut down with the server.
class RawServer {
 public:
  explicit RawServer(std::function<void(int socket)> serve);
  ~RawServer();
  RawServer(const RawServer&) = delete;

  std::string url(std::string_view path = "/", std::string_view scheme = "http") const;
  std::string host_port() const { return "127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void accept_all();
  std::function<void(int)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> handlers_;
  std::thread acceptor_;
};

// Reads up to the blank line (and, with Content-Length, the body); what came until the peer closed otherwise.
std::string read_request(int socket);
bool send_all(int socket, std::string_view bytes);  // false: the peer is gone
void wait_for_close(int socket);

// A port on which nothing listens.
int refused_port();
int open_descriptors();

}  // namespace runbook::testing
