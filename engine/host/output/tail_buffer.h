// TailBuffer: the last bytes of a stream. Memory grows with what came, up to the limit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace runbook {

class TailBuffer {
 public:
  explicit TailBuffer(std::size_t limit) : limit_(limit) {}

  void append(std::string_view bytes);
  // Something did not fit any more.
  bool cut() const { return cut_; }
  // The bytes in order; the buffer is empty afterwards.
  std::string take();

 private:
  std::size_t limit_;
  std::string bytes_;      // full: a ring
  std::size_t begin_ = 0;  // of the ring
  bool cut_ = false;
};

}  // namespace runbook
