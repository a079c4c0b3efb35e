#include "host/output/tail_buffer.h"

#include <algorithm>
#include <utility>

namespace runbook {

void TailBuffer::append(std::string_view bytes) {
  if (bytes.size() > limit_) {
    bytes.remove_prefix(bytes.size() - limit_);
    cut_ = true;
  }
  const std::size_t room = std::min(limit_ - bytes_.size(), bytes.size());
  bytes_ += bytes.substr(0, room);
  bytes.remove_prefix(room);
  if (bytes.empty()) return;
  cut_ = true;
  const std::size_t first = std::min(bytes.size(), limit_ - begin_);
  bytes_.replace(begin_, first, bytes.substr(0, first));
  bytes_.replace(0, bytes.size() - first, bytes.substr(first));
  begin_ = (begin_ + bytes.size()) % limit_;
}

std::string TailBuffer::take() {
  std::rotate(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_), bytes_.end());
  begin_ = 0;
  cut_ = false;
  return std::exchange(bytes_, {});
}

}  // namespace runbook
