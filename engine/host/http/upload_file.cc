#include "host/http/upload_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace runbook {

Result<UploadFile> UploadFile::open(const std::string& path) {
  // Not to hang on a FIFO that nobody writes to.
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return system_error("open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error("look at", path);
  if (!S_ISREG(status.st_mode)) return failure("send", path, "it is no regular file");
  return UploadFile(path, std::move(file), static_cast<std::uint64_t>(status.st_size));
}

Result<std::size_t> UploadFile::read(char* buffer, std::size_t size) {
  const auto wanted = std::min<std::uint64_t>(size, size_ - at_);
  if (wanted == 0) return 0;
  ssize_t count = 0;
  do {
    count = ::pread(file_.get(), buffer, wanted, static_cast<off_t>(at_));
  } while (count < 0 && errno == EINTR);
  if (count < 0) return system_error("read", path_);
  if (count == 0) return failure("send", path_, "it became shorter while it was sent");
  at_ += static_cast<std::uint64_t>(count);
  return static_cast<std::size_t>(count);
}

bool UploadFile::seek(std::uint64_t offset) {
  if (offset > size_) return false;
  at_ = offset;
  return true;
}

}  // namespace runbook
