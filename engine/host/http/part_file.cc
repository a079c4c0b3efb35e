#include "host/http/part_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace runbook {
namespace {

constexpr std::uint64_t flush_every = 8 << 20;
constexpr std::size_t longest_name = 255;

}  // namespace

PartFile::PartFile(std::string path, std::string part_name, UniqueFd directory, UniqueFd file)
    : path_(std::move(path)),
      name_(std::filesystem::path(path_).filename().string()),
      part_name_(std::move(part_name)),
      directory_(std::move(directory)),
      file_(std::move(file)) {}

Result<std::shared_ptr<PartFile>> PartFile::create(const std::string& path, const std::string& part_name) {
  const std::filesystem::path place(path);
  const auto folder = place.has_parent_path() ? place.parent_path().string() : std::string(".");
  const auto name = place.filename().string();
  // The end is what makes it unique.
  const auto part = part_name.size() <= longest_name ? part_name : "." + part_name.substr(part_name.size() - 200);
  UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return system_error("open directory", folder);
  struct stat old {};
  const bool exists = ::fstatat(directory.get(), name.c_str(), &old, 0) == 0;
  if (exists && !S_ISREG(old.st_mode)) return failure("save to", path, "it is there, and no regular file");
  if (::unlinkat(directory.get(), part.c_str(), 0) != 0 && errno != ENOENT)
    return system_error("remove", folder + "/" + part);
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(::openat(directory.get(), part.c_str(), flags, 0666));
  if (!file.valid()) return system_error("create", folder + "/" + part);
  std::shared_ptr<PartFile> made(new PartFile(path, part, std::move(directory), std::move(file)));
  if (exists && ::fchmod(made->file_.get(), old.st_mode & 0777) != 0)
    return system_error("set the mode of", folder + "/" + part);
  return made;
}

PartFile::~PartFile() {
  if (!kept_) ::unlinkat(directory_.get(), part_name_.c_str(), 0);
}

Result<> PartFile::write(std::string_view bytes) {
  hash_.update(bytes);
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  // Begins to write back early, so that the sync at the end does not hold up the other steps for long.
  if (size_ - flushed_ >= flush_every) {
    ::sync_file_range(file_.get(), static_cast<off64_t>(flushed_), static_cast<off64_t>(size_ - flushed_),
                      SYNC_FILE_RANGE_WRITE);  // advice: where it is not supported, the sync takes longer
    flushed_ = size_;
  }
  return {};
}

Result<> PartFile::finish() {
  if (::fsync(file_.get()) != 0) return system_error("sync", path_);
  file_.reset();
  sha256_ = hex(hash_.finish());
  return {};
}

Result<> PartFile::keep() {
  if (::renameat(directory_.get(), part_name_.c_str(), directory_.get(), name_.c_str()) != 0)
    return system_error("put into its place", path_);
  kept_ = true;
  if (::fsync(directory_.get()) != 0) return system_error("sync the directory of", path_);
  return {};
}

}  // namespace runbook
