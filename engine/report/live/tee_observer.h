// TeeObserver: several observers of one run, told one after the other.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "drive/observer.h"

namespace runbook {

class TeeObserver : public Observer {
 public:
  // They must outlive the tee.
  explicit TeeObserver(std::vector<Observer*> observers) : observers_(std::move(observers)) {}

  void on_event(const Event& event, Time at, const RunState& state) override {
    for (auto* observer : observers_) observer->on_event(event, at, state);
  }
  void on_output(NodeId node, Stream stream, std::string_view bytes) override {
    for (auto* observer : observers_) observer->on_output(node, stream, bytes);
  }
  std::optional<Time> next_tick(Time now) override {
    std::optional<Time> first;
    for (auto* observer : observers_)
      if (const auto tick = observer->next_tick(now)) first = first ? std::min(*first, *tick) : *tick;
    return first;
  }
  // Each gets it only when its own time has come.
  void on_tick(Time now, const RunState& state) override {
    for (auto* observer : observers_)
      if (const auto tick = observer->next_tick(now); tick && *tick <= now) observer->on_tick(now, state);
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace runbook
