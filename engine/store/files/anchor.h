// Anchors: what a journal's length and head were at a time, kept outside the run's directory. A chain alone misses a
// cut tail and a history recomputed from some record on; whoever holds an anchor sees both.
//
//   <state>/anchors.jsonl    {"run":"…","records":41,"head":"<64 hex>"}
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace runbook {

struct Anchor {
  std::uint64_t records = 0;
  Digest head{};  // after that many
};

inline constexpr std::string_view anchors_name = "anchors.jsonl";

// Appends and syncs; engines that do so at the same time wait for each other.
Result<> append_anchor(const std::string& state_directory, const std::string& run_id, std::uint64_t records,
                       const Digest& head);

struct Anchors {
  bool there = false;                    // the file
  std::vector<Anchor> anchors;           // of the run, in the order they were written
  std::vector<std::uint64_t> bad_lines;  // numbers, from 1, of lines that are no anchors
};

Result<Anchors> read_anchors(const std::string& state_directory, const std::string& run_id);

}  // namespace runbook
