// Write: where a report's bytes go. Each call is one frame or one line and should reach its reader in one piece.
#pragma once

#include <functional>
#include <string_view>

namespace runbook {

using Write = std::function<void(std::string_view bytes)>;

// To a descriptor, waiting while it is full. When its reader is gone (EPIPE, EIO) it falls silent for good: a report
// that nobody reads must not end a run. The process must ignore SIGPIPE.
Write fd_writer(int fd);

}  // namespace runbook
