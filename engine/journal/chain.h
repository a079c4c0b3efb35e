// The hash chain: every line of a journal ends in a hash over its own bytes and the hash of the line before.
//
//   line = body + `,"h":"<64 hex>"}`        h = SHA256("rbj1\0" ‖ previous h ‖ u64le(length of body) ‖ body)
//
// Over raw bytes, so that any language can check it without writing JSON the same way. The hash before the first line
// is all zeros.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace runbook {

inline constexpr Digest chain_start{};
inline constexpr std::size_t hash_suffix_size = 72;

Digest chain_hash(const Digest& previous, std::string_view body);

// Closes `line`, whose bytes from `begin` on are a body without its last brace; `head` becomes its hash.
void append_hash_suffix(std::string& line, std::size_t begin, Digest& head);

struct ChainedLine {
  std::string_view body;
  Digest stated{};  // what the line says its hash is
};

// nullopt when the line (without newline) does not end in a hash.
std::optional<ChainedLine> split_chained_line(std::string_view line);

}  // namespace runbook
