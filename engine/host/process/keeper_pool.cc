#include "host/process/keeper_pool.h"

#include <algorithm>

namespace runbook {
namespace {

constexpr std::size_t max_idle = 64;  // beyond it they end: a burst must not cost memory for the rest of the run

}  // namespace

Result<KeeperEnd> KeeperPool::acquire(std::uint32_t attempt) {
  const Source source{Source::Kind::keeper, attempt};
  if (!idle_.empty()) {
    KeeperEnd keeper = std::move(idle_.back());
    idle_.pop_back();
    poller_.rename(keeper.socket.get(), source);
    return keeper;
  }
  KeeperEnd keeper{++last_id_, UniqueFd()};
  auto socket = supervisor_.new_keeper(keeper.id);
  if (!socket) return tl::unexpected(std::move(socket).error());
  keeper.socket = std::move(*socket);
  RUNBOOK_TRY(poller_.watch(keeper.socket.get(), source));
  return keeper;
}

void KeeperPool::release(KeeperEnd keeper) {
  if (idle_.size() >= max_idle) return;
  poller_.rename(keeper.socket.get(), {Source::Kind::idle_keeper, keeper.id});
  idle_.push_back(std::move(keeper));
}

void KeeperPool::forget(spawn::KeeperId id) {
  idle_.erase(std::remove_if(idle_.begin(), idle_.end(), [&](const KeeperEnd& keeper) { return keeper.id == id; }),
              idle_.end());
}

}  // namespace runbook
