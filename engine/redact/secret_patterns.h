// The forms in which a secret's value shows up in output: as it is, by line, encoded, escaped, quoted. What a program
// does beyond that to it (reversing, compressing, `base64 -w 8`) is not found; redaction is a net, not a proof.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

struct SecretPattern {
  std::string bytes;
  bool whole_word = false;  // too short to be hidden inside of longer words
};

inline constexpr std::size_t shortest_secret = 4;        // shorter ones would hide half of every log
inline constexpr std::size_t shortest_free_pattern = 8;  // below it: whole words only

// REQUIRES: at least shortest_secret bytes.
std::vector<SecretPattern> secret_patterns(std::string_view secret);

// The characters of base64 text that depend on `secret` alone when `offset` (0, 1, 2) bytes modulo 3 stand before it,
// whatever stands before and after.
std::string base64_core(std::string_view secret, unsigned offset, bool url_alphabet);

}  // namespace runbook
