// Output of children as lines that are safe to show. Chunks end anywhere: inside a line, a character, an escape
// sequence.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace runbook {

// Without ANSI escape sequences (CSI, OSC with its text, DCS, two-byte ones), and of a line that was overwritten by
// carriage returns only what was last on it. What is no complete sequence stays: show it with printable().
std::string strip_escapes(std::string_view line);

// Puts chunks together to lines. A line longer than max_line is given in pieces, never split inside a character.
class LineAssembler {
 public:
  // `complete` is false for a piece that the next one continues.
  using Sink = std::function<void(std::string_view line, bool complete)>;

  explicit LineAssembler(std::size_t max_line = 4096) : max_line_(max_line) {}

  void feed(std::string_view bytes, const Sink& sink);
  // The output is over: gives what is left of a line without its end.
  void finish(const Sink& sink);
  // The line that has begun but not ended; a character cut at its end is left out.
  std::string_view begun() const;

 private:
  std::size_t max_line_;
  std::string line_;
};

}  // namespace runbook
