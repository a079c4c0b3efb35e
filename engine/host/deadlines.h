// Deadlines: at most one for each id, the next one at hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace runbook {

class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;

  void set(std::uint32_t id, std::optional<Clock::time_point> at) {
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
      if (at == known->second) return;
      by_time_.erase({known->second, id});
      by_id_.erase(known);
    }
    if (!at) return;
    by_id_.emplace(id, *at);
    by_time_.emplace(*at, id);
  }

  std::optional<Clock::time_point> next() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
  }

  // Those that have come, removed, in order.
  std::vector<std::uint32_t> take_due(Clock::time_point now) {
    std::vector<std::uint32_t> due;
    while (!by_time_.empty() && by_time_.begin()->first <= now) {
      due.push_back(by_time_.begin()->second);
      by_id_.erase(due.back());
      by_time_.erase(by_time_.begin());
    }
    return due;
  }

 private:
  std::unordered_map<std::uint32_t, Clock::time_point> by_id_;
  std::set<std::pair<Clock::time_point, std::uint32_t>> by_time_;
};

}  // namespace runbook
