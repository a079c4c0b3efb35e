#include "host/output/artifact_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace runbook {

Result<std::unique_ptr<ArtifactThread>> ArtifactThread::create(UniqueFd artifacts,
                                                               std::shared_ptr<const Redactor> redactor) {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return system_error("create", "an event descriptor");
  return std::unique_ptr<ArtifactThread>(
      new ArtifactThread(std::move(artifacts), std::move(redactor), std::move(event)));
}

ArtifactThread::~ArtifactThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ArtifactThread::add(AttemptEnded ended, ArtifactOrder order) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(std::move(ended), std::move(order));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  wake_.notify_one();
}

std::vector<AttemptEnded> ArtifactThread::take() {
  std::uint64_t count = 0;
  // Empty when the event was for what an earlier call has taken.
  static_cast<void>(::read(done_event_.get(), &count, sizeof count));
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void ArtifactThread::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    auto [ended, order] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto copies = keep_artifacts(order, artifacts_, redactor_, stop_);
    ended.artifacts = std::move(copies.kept);
    ended.artifact_problems = std::move(copies.problems);
    ended.artifacts_missing = std::move(copies.unmatched);
    lock.lock();
    done_.push_back(std::move(ended));
    lock.unlock();
    const std::uint64_t one = 1;
    // It can only fail when its count is full, and then it is readable anyway.
    static_cast<void>(::write(done_event_.get(), &one, sizeof one));
  }
}

}  // namespace runbook
