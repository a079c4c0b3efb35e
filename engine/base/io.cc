#include "base/io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/duration.h"
#include "base/hash.h"

namespace runbook {
namespace {

constexpr int always = O_NOFOLLOW | O_CLOEXEC;

Result<UniqueFd> open_at(int directory, const std::string& name, int flags, const std::string& path) {
  int fd;
  do {
    fd = ::openat(directory, name.c_str(), flags | always, 0600);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return UniqueFd(fd);
  const int number = errno;
  struct stat info;
  const bool is_link = ::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode);
  if (is_link) return failure("open", path, "it is a symbolic link, and those are not followed here");
  return system_error("open", path, number);
}

// O_NONBLOCK: a planted FIFO must not hold us up before it is seen to be no file.
Result<UniqueFd> open_regular(int directory, const std::string& name, const std::string& path) {
  auto file = open_at(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, path);
  if (!file) return file;
  struct stat info;
  if (::fstat(file->get(), &info) != 0) return system_error("look at", path);
  if (!S_ISREG(info.st_mode)) return failure("open", path, "it is not a regular file");
  return file;
}

}  // namespace

Result<UniqueFd> open_directory(const std::string& path) {
  return open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, path);
}

Result<UniqueFd> open_directory_at(const UniqueFd& directory, const std::string& name, const std::string& path) {
  return open_at(directory.get(), name, O_RDONLY | O_DIRECTORY, path);
}

Result<UniqueFd> open_file(const std::string& path) { return open_regular(AT_FDCWD, path, path); }

Result<UniqueFd> open_file_at(const UniqueFd& directory, const std::string& name, const std::string& path) {
  if (!is_plain_name(name)) return failure("open", path, "its name leads out of its directory");
  return open_regular(directory.get(), name, path);
}

Result<UniqueFd> create_file_at(const UniqueFd& directory, const std::string& name, const std::string& path) {
  if (!is_plain_name(name)) return failure("create", path, "its name leads out of its directory");
  auto file = open_at(directory.get(), name, O_WRONLY | O_CREAT | O_EXCL, path);
  if (!file) file.error().operation = "create";
  return file;
}

Result<std::string> read_file(const std::string& path, std::size_t most) {
  int fd;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  UniqueFd file(fd);
  if (!file.valid()) return system_error("read", path);
  return read_all(file, path, most);
}

Result<> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> write_file(const UniqueFd& file, std::string_view bytes, const std::string& path) {
  return write_all(file.get(), bytes, path);
}

Result<> sync_file(const UniqueFd& file, const std::string& path) {
  int result;
  do {
    result = ::fsync(file.get());
  } while (result != 0 && errno == EINTR);
  if (result != 0) return system_error("sync", path);
  return {};
}

Result<std::size_t> read_some(const UniqueFd& file, char* buffer, std::size_t size, const std::string& path) {
  ssize_t count;
  do {
    count = ::read(file.get(), buffer, size);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return system_error("read", path);
  return static_cast<std::size_t>(count);
}

Result<std::string> read_all(const UniqueFd& file, const std::string& path, std::size_t most) {
  std::string bytes;
  std::vector<char> buffer(64 << 10);
  while (true) {
    const auto count = read_some(file, buffer.data(), buffer.size(), path);
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) return bytes;
    if (*count > most - bytes.size()) return tl::unexpected(Error{"read", path, "it holds more than " + show_size(most), EFBIG});
    bytes.append(buffer.data(), *count);
  }
}

Result<std::uint64_t> file_size(const UniqueFd& file, const std::string& path) {
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return system_error("look at", path);
  return static_cast<std::uint64_t>(info.st_size);
}

Result<FileDigest> digest_file(const UniqueFd& file, const std::string& path) {
  FileDigest digest;
  Sha256 hash;
  std::vector<char> buffer(256 << 10);
  while (true) {
    const auto count = read_some(file, buffer.data(), buffer.size(), path);
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) break;
    hash.update({buffer.data(), *count});
    digest.size += *count;
  }
  digest.sha256 = hex(hash.finish());
  return digest;
}

bool is_plain_name(std::string_view name) {
  const bool leads_on = name.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos;
  return !name.empty() && name != "." && name != ".." && !leads_on;
}

}  // namespace runbook
