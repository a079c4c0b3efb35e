// Choices: every decision of a simulated history. Exhaustive: counts through all sequences of decisions like an
// odometer whose wheels appear as they are asked for. Seeded: draws them.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace runbook::simulation {

class Choices {
 public:
  virtual ~Choices() = default;
  // One of 0 … bound-1. REQUIRES: bound > 0.
  virtual int pick(int bound) = 0;
};

class Exhaustive : public Choices {
 public:
  int pick(int bound) override {
    if (at_ == wheels_.size()) wheels_.push_back({0, bound});
    return wheels_[at_++].value;
  }
  // To the next sequence; false when all have been seen.
  bool advance() {
    at_ = 0;
    while (!wheels_.empty() && wheels_.back().value + 1 == wheels_.back().bound) wheels_.pop_back();
    if (wheels_.empty()) return false;
    ++wheels_.back().value;
    return true;
  }

 private:
  struct Wheel {
    int value;
    int bound;
  };
  std::vector<Wheel> wheels_;
  std::size_t at_ = 0;
};

class Seeded : public Choices {
 public:
  explicit Seeded(std::uint64_t seed) : random_(seed) {}
  int pick(int bound) override { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }

 private:
  std::mt19937_64 random_;
};

}  // namespace runbook::simulation
