// ArtifactThread: copies artifacts beside the host's one thread, which must not stand still for a gigabyte.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "drive/host.h"
#include "host/output/artifacts.h"

namespace runbook {

class ArtifactThread {
 public:
  // `artifacts` is the run's directory of that name.
  static Result<std::unique_ptr<ArtifactThread>> create(UniqueFd artifacts, std::shared_ptr<const Redactor> redactor);
  // Leaves what is not copied yet.
  ~ArtifactThread();

  int fd() const { return done_event_.get(); }  // readable when take() has something
  void add(AttemptEnded ended, ArtifactOrder order);
  // Attempts whose artifacts are kept, with what became of them.
  std::vector<AttemptEnded> take();

 private:
  ArtifactThread(UniqueFd artifacts, std::shared_ptr<const Redactor> redactor, UniqueFd done_event)
      : artifacts_(std::move(artifacts)), redactor_(std::move(redactor)), done_event_(std::move(done_event)) {}
  void work();

  const UniqueFd artifacts_;
  const std::shared_ptr<const Redactor> redactor_;
  const UniqueFd done_event_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // of the two lists
  std::condition_variable wake_;
  std::deque<std::pair<AttemptEnded, ArtifactOrder>> waiting_;
  std::vector<AttemptEnded> done_;
  std::thread thread_;  // begun with the first order
};

}  // namespace runbook
