// SHA-256 by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace runbook {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  Digest finish();  // once; then only destroy or assign

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);
std::string hex(const Digest& digest);
// false when `text` is not 64 lower-case hexadecimal digits.
bool parse_hex(std::string_view text, Digest& digest);

}  // namespace runbook
