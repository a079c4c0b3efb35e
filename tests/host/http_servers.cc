#include "host/http_servers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace runbook::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_socket(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no loopback socket");
  port = ntohs(address.sin_port);
  return fd;
}

bool answers(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

std::string slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string nginx_program() {
  for (const char* path : {"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"})
    if (::access(path, X_OK) == 0) return path;
  throw std::runtime_error("nginx is not installed: run tools/setup");
}

}  // namespace

Nginx::Nginx(const std::string& locations, bool tls) {
  std::string name = std::filesystem::temp_directory_path() / "runbook-nginx-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  directory_ = name;
  std::filesystem::create_directories(directory_ + "/html");
  if (tls) make_certificate();
  const std::string program = nginx_program();
  // Between finding the port free and nginx taking it somebody else may: then another one.
  for (int tries = 0; tries < 5; ++tries) {
    ::close(bound_socket(port_));
    std::ofstream(directory_ + "/nginx.conf")
        << "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log error.log;\n"
        << "events { worker_connections 2048; }\nhttp {\n  access_log access.log;\n"
        << "  client_body_temp_path tmp-body; proxy_temp_path tmp-proxy; fastcgi_temp_path tmp-fastcgi;\n"
        << "  uwsgi_temp_path tmp-uwsgi; scgi_temp_path tmp-scgi;\n"
        << "  server {\n    listen 127.0.0.1:" << port_ << (tls ? " ssl" : "") << " backlog=1024;\n    root html;\n"
        << (tls ? "    ssl_certificate cert.pem;\n    ssl_certificate_key key.pem;\n" : "") << locations
        << "\n  }\n}\n";
    const std::string conf = directory_ + "/nginx.conf", log = directory_ + "/error.log";
    const std::string prefix = directory_ + "/";
    const char* argv[] = {program.c_str(), "-p", prefix.c_str(), "-c", conf.c_str(), "-e", log.c_str(), nullptr};
    if (::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, const_cast<char**>(argv), environ) != 0)
      throw std::runtime_error("cannot start " + program);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      if (answers(port_)) return;
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        break;
      }
      ::poll(nullptr, 0, 5);
    }
    stop();
  }
  throw std::runtime_error("nginx does not start: " + slurp(directory_ + "/error.log"));
}

Nginx::~Nginx() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Nginx::make_certificate() {
  const std::string command = "cd '" + directory_ +
                              "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                              " -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem"
                              " 2>openssl.log";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl: " + slurp(directory_ + "/openssl.log"));
}

void Nginx::stop() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string Nginx::url(std::string_view path) const { return "http://" + host_port() + std::string(path); }

void Nginx::write(const std::string& name, const std::string& content) {
  std::ofstream(directory_ + "/html/" + name, std::ios::binary) << content;
}

RawServer::RawServer(std::function<void(int)> serve) : serve_(std::move(serve)) {
  listener_ = bound_socket(port_);
  if (::listen(listener_, 512) != 0) throw std::runtime_error("listen");
  acceptor_ = std::thread([this] { accept_all(); });
}

void RawServer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    handlers_.emplace_back([this, socket] {
      serve_(socket);
      ::shutdown(socket, SHUT_RDWR);
    });
  }
}

RawServer::~RawServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  for (std::thread& handler : handlers_) handler.join();
  for (const int socket : sockets_) ::close(socket);
}

std::string RawServer::url(std::string_view path, std::string_view scheme) const {
  return std::string(scheme) + "://" + host_port() + std::string(path);
}

std::string read_request(int socket) {
  std::string text;
  std::size_t want = std::string::npos;
  char chunk[4096];
  while (want == std::string::npos || text.size() < want) {
    const ssize_t got = ::recv(socket, chunk, sizeof chunk, 0);
    if (got <= 0) break;
    text.append(chunk, static_cast<std::size_t>(got));
    const std::size_t end = text.find("\r\n\r\n");
    if (end == text.npos || want != std::string::npos) continue;
    const std::size_t length = text.find("Content-Length: ");
    want = end + 4 + (length < end ? std::stoul(text.substr(length + 16)) : 0);
  }
  return text;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void wait_for_close(int socket) {
  char chunk[4096];
  while (::recv(socket, chunk, sizeof chunk, 0) > 0) {
  }
}

int refused_port() {
  int port = 0;
  ::close(bound_socket(port));
  return port;
}

int open_descriptors() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace runbook::testing
