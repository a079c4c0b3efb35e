// Poller: epoll with names instead of pointers, so that an event for what has ended meanwhile is recognized.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace runbook {

struct Source {
  enum class Kind : std::uint32_t { signals, supervisor, idle_keeper, keeper, out, err, artifacts, requests, people };
  Kind kind;
  std::uint32_t id;  // of the keeper when it is idle, else of the attempt
};

class Poller {
 public:
  static Result<Poller> create();

  // Until `fd` is closed.
  Result<> watch(int fd, Source source);
  void rename(int fd, Source source);
  void forget(int fd);  // stays open

  // What is readable, or at its end. -1: waits without limit.
  std::vector<Source> wait(int timeout_ms);
  int fd() const { return epoll_.get(); }

 private:
  explicit Poller(UniqueFd epoll) : epoll_(std::move(epoll)) {}
  UniqueFd epoll_;
};

}  // namespace runbook
