// Damage: things that happen to a journal's bytes, and things that people do to them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace runbook::test {

class Damage {
 public:
  explicit Damage(std::string bytes) : bytes_(std::move(bytes)) {}
  const std::string& bytes() const { return bytes_; }

  Damage& set_byte(std::size_t at, char value);
  Damage& cut(std::size_t size);
  Damage& remove_line(std::size_t line);
  Damage& swap_lines(std::size_t a, std::size_t b);
  Damage& append(std::string_view bytes);
  // In one line; the text must be there.
  Damage& replace(std::size_t line, std::string_view from, std::string_view to);
  // Gives this and all later lines the numbers and hashes that fit: what an attacker does after an edit.
  Damage& fix_hashes_from(std::size_t line);
  Damage& renumber_from(std::size_t line);

 private:
  std::string bytes_;
};

}  // namespace runbook::test
