#include "host/supervisor.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {
#include <sys/pidfd.h>
}

#include <cerrno>
#include <utility>

namespace runbook {

Result<Supervisor> Supervisor::start() {
  auto ends = spawn::socket_pair();
  if (!ends) return tl::unexpected(std::move(ends).error());
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("fork", "the process supervisor");
  if (pid == 0) supervise(ends->second.get());
  return Supervisor(std::move(ends->first), pid);
}

Supervisor::~Supervisor() {
  if (pid_ == 0) return;  // moved away
  socket_.reset();
  const UniqueFd pidfd(::pidfd_open(pid_, 0));
  pollfd ended{pidfd.get(), POLLIN, 0};
  while (pidfd.valid() && ::poll(&ended, 1, 2000) < 0 && errno == EINTR) {
  }
  ::waitpid(pid_, nullptr, WNOHANG);
}

Result<UniqueFd> Supervisor::new_keeper(spawn::KeeperId id) {
  if (gone()) return failure("start", "a process", "the process supervisor was killed");
  auto ends = spawn::socket_pair();
  if (!ends) return tl::unexpected(std::move(ends).error());
  RUNBOOK_TRY(spawn::send_patiently(socket_.get(), spawn::NewKeeper{id}, {}, {ends->second.get()}));
  return std::move(ends->first);
}

void Supervisor::end_keeper(spawn::KeeperId id) {
  // When this fails it is gone or going, and so are its keepers' processes.
  if (!gone()) static_cast<void>(spawn::send(socket_.get(), spawn::EndKeeper{id}));
}

std::vector<spawn::KeeperGone> Supervisor::receive() {
  std::vector<spawn::KeeperGone> all;
  while (!gone()) {
    spawn::Packet packet;
    const auto received = spawn::receive(socket_.get(), packet);
    if (received == spawn::Received::closed) socket_.reset();
    if (received != spawn::Received::packet) break;
    if (const auto* one = std::get_if<spawn::KeeperGone>(&packet.message)) all.push_back(*one);
  }
  return all;
}

}  // namespace runbook
