#include "host/poller.h"

#include <sys/epoll.h>

#include <cerrno>

#include "base/check.h"

namespace runbook {
namespace {

epoll_event event_for(Source source) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(source.kind) << 32 | source.id;
  return event;
}

}  // namespace

Result<Poller> Poller::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return system_error("create", "epoll");
  return Poller(std::move(epoll));
}

Result<> Poller::watch(int fd, Source source) {
  epoll_event event = event_for(source);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return system_error("watch", "a descriptor");
  return {};
}

void Poller::rename(int fd, Source source) {
  epoll_event event = event_for(source);
  CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0);
}

void Poller::forget(int fd) { CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr) == 0); }

std::vector<Source> Poller::wait(int timeout_ms) {
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_.get(), events, 64, timeout_ms);
  CHECK(count >= 0 || errno == EINTR);
  std::vector<Source> sources;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = events[i].data.u64;
    sources.push_back({static_cast<Source::Kind>(key >> 32), static_cast<std::uint32_t>(key)});
  }
  return sources;
}

}  // namespace runbook
