#include "host/process/spawn_protocol.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <type_traits>

#include "base/check.h"

namespace runbook::spawn {
namespace {

static_assert(std::is_trivially_copyable_v<Message>, "messages travel as their bytes");

void add_string(std::string& bytes, std::string_view text) {
  bytes += text;
  bytes += '\0';
}

// The descriptors that came along; owned from here on.
void take_fds(msghdr& header, std::vector<UniqueFd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
}

}  // namespace

Result<> send(int socket, const Message& message, std::string_view strings, const std::vector<int>& fds) {
  CHECK(fds.size() <= max_fds);
  iovec parts[2] = {{const_cast<Message*>(&message), sizeof message},
                    {const_cast<char*>(strings.data()), strings.size()}};
  alignas(cmsghdr) char control[CMSG_SPACE(max_fds * sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(part), fds.data(), fds.size() * sizeof(int));
  }
  while (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno != EINTR) return system_error("send", "to a process of the engine");
  }
  return {};
}

Result<> send_patiently(int socket, const Message& message, std::string_view strings, const std::vector<int>& fds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (;;) {
    auto sent = send(socket, message, strings, fds);
    if (sent || std::chrono::steady_clock::now() >= deadline) return sent;
    // ETOOMANYREFS: more descriptors are on their way than this user may have.
    if (sent.error().number != EAGAIN && sent.error().number != ETOOMANYREFS) return sent;
    pollfd writable{socket, POLLOUT, 0};
    const bool full = sent.error().number == EAGAIN;
    ::poll(&writable, full ? 1 : 0, full ? 1000 : 1);
  }
}

Received receive(int socket, Packet& packet) {
  // Also the longest strings that travel in a packet; what is longer comes as a file.
  static char buffer[max_packet_strings];
  alignas(cmsghdr) char control[CMSG_SPACE(max_fds * sizeof(int))];
  iovec parts[2] = {{&packet.message, sizeof packet.message}, {buffer, sizeof buffer}};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t count;
  do {
    count = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received::nothing;
  if (count <= 0) return Received::closed;
  CHECK(static_cast<std::size_t>(count) >= sizeof packet.message && (header.msg_flags & MSG_TRUNC) == 0);
  packet.fds.clear();
  take_fds(header, packet.fds);
  packet.strings.assign(buffer, static_cast<std::size_t>(count) - sizeof packet.message);
  return Received::packet;
}

Strings pack(const std::string& program, const std::string& cwd, const ProcessWork& work,
             const std::string& output_path) {
  Strings strings;
  std::size_t size = program.size() + cwd.size() + output_path.size() + 64;
  for (const auto& argument : work.argv) size += argument.size() + 1;
  for (const auto& [name, value] : work.env) size += name.size() + value.size() + 2;
  strings.bytes.reserve(size);
  add_string(strings.bytes, program);
  add_string(strings.bytes, cwd);
  for (const auto& argument : work.argv) {
    add_string(strings.bytes, argument);
    ++strings.argc;
  }
  for (const auto& [name, value] : work.env) {
    if (name == output_variable) continue;
    strings.bytes += name;
    strings.bytes += '=';
    add_string(strings.bytes, value);
    ++strings.envc;
  }
  if (!output_path.empty()) {
    strings.bytes += output_variable;
    strings.bytes += '=';
    add_string(strings.bytes, output_path);
    ++strings.envc;
  }
  return strings;
}

Result<UniqueFd> memory_file(const char* name, std::string_view content) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return system_error("create memory file", name);
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t count = ::pwrite(file.get(), content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write memory file", name);
    done += static_cast<std::size_t>(count);
  }
  if (::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    return system_error("seal memory file", name);
  }
  return file;
}

Result<std::pair<UniqueFd, UniqueFd>> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_error("create", "socket pair");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

}  // namespace runbook::spawn
