#include "store/files/run_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/io.h"
#include "base/text.h"
#include "base/wall_time.h"

namespace runbook {
namespace {

constexpr const char* lock_name = "lock";

// Locks of the open file, not of the process: closing another descriptor of the file does not drop them, and unlike
// flock(2) one can be asked about without being taken.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string holder(const UniqueFd& file) {
  char text[200];
  const auto count = ::pread(file.get(), text, sizeof text, 0);
  return count > 0 ? printable(trim({text, static_cast<std::size_t>(count)})) : "another engine";
}

}  // namespace

Result<RunLock> RunLock::take(const std::string& run_directory) {
  const std::string path = run_directory + "/" + lock_name;
  const auto directory = open_directory(run_directory);
  if (!directory) return tl::unexpected(directory.error());
  UniqueFd file(::openat(directory->get(), lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.valid()) return system_error("open", path);
  auto lock = whole_file();
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return system_error("lock", path);
    return Unexpected(Error{"take over", run_directory, "the run is driven by " + holder(file), EWOULDBLOCK});
  }
  // For whoever is turned away; the lock holds without it.
  const std::string who = "process " + std::to_string(::getpid()) + " since " + write_wall_time(wall_now()) + "\n";
  if (::ftruncate(file.get(), 0) != 0) return system_error("write", path);
  RUNBOOK_TRY(write_file(file, who, path));
  return RunLock(std::move(file));
}

bool is_live(const std::string& run_directory) {
  const auto file = open_file(run_directory + "/" + lock_name);
  if (!file) return false;
  auto lock = whole_file();
  return ::fcntl(file->get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace runbook
