#include "host/process/supervisor.h"

#include <poll.h>
#include <signal.h>
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
  // Until it has left our process group, a Ctrl-C would end the supervisor, or run our handlers in it.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) supervise(ends->second.get());
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return system_error("fork", "the process supervisor", error);
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
