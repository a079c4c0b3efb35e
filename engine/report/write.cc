#include "report/write.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace runbook {

Write fd_writer(int fd) {
  return [fd, gone = std::make_shared<bool>(false)](std::string_view bytes) {
    while (!bytes.empty() && !*gone) {
      const auto written = ::write(fd, bytes.data(), bytes.size());
      if (written >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        pollfd full{fd, POLLOUT, 0};
        ::poll(&full, 1, -1);
      } else if (errno != EINTR) {
        *gone = true;
      }
    }
  };
}

}  // namespace runbook
