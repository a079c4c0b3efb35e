#include "host/output/output_log.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/check.h"
#include "base/duration.h"

namespace runbook {
namespace {

constexpr std::uint64_t header_room = 256;

Result<> write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write log", name);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<> append_file(int to, int from, const std::string& name) {
  off_t offset = 0;
  for (;;) {
    const ssize_t count = ::sendfile(to, from, &offset, 1 << 24);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write log", name);
    if (count == 0) return {};
  }
}

}  // namespace

OutputLog::OutputLog(int directory, std::string name, std::uint64_t limit)
    : directory_(directory), name_(std::move(name)), segment_limit_((limit - header_room) / 2), limit_(limit) {
  CHECK(limit > 2 * header_room);
}

void OutputLog::append(std::string_view bytes) {
  if (name_.empty() || error_) return;
  if (auto written = write(bytes); !written) error_ = std::move(written).error();
}

Result<> OutputLog::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (segments_ == 0 || in_segment_ == segment_limit_) RUNBOOK_TRY(next_segment());
    const auto piece = bytes.substr(0, static_cast<std::size_t>(segment_limit_ - in_segment_));
    RUNBOOK_TRY(write_all(file_.get(), piece, name_));
    if (hash_) hash_->update(piece);
    in_segment_ += piece.size();
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<> OutputLog::next_segment() {
  if (segments_ == 2) {
    if (::renameat(directory_, next_name().c_str(), directory_, name_.c_str()) != 0) {
      return system_error("replace log", name_);
    }
    segments_ = 1;
    dropped_ += in_first_;
    hash_.reset();
  }
  auto file = create(segments_ == 0 ? name_ : next_name());
  if (!file) return tl::unexpected(std::move(file).error());
  file_ = std::move(*file);
  if (segments_ == 0) hash_.emplace();
  in_first_ = in_segment_;
  in_segment_ = 0;
  segments_ = std::min(segments_ + 1, 2);
  return {};
}

// A name that someone planted is never followed nor overwritten.
Result<UniqueFd> OutputLog::create(const std::string& name) const {
  if (name.find('/') != std::string::npos) return failure("create log", name, "its name holds a `/`");
  UniqueFd file(::openat(directory_, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return system_error("create log", name);
  return file;
}

Result<> OutputLog::join() {
  if (segments_ < 2) return {};
  const std::string next = next_name();
  UniqueFd first(::openat(directory_, name_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!first.valid()) return system_error("open log", name_);
  if (dropped_ == 0) {
    if (::lseek(first.get(), 0, SEEK_END) < 0) return system_error("seek in log", name_);
    RUNBOOK_TRY(append_file(first.get(), file_.get(), name_));
  } else if (auto joined = join_under_header(first.get()); !joined) {
    ::unlinkat(directory_, joined_name().c_str(), 0);  // both parts stay
    return joined;
  }
  if (::unlinkat(directory_, next.c_str(), 0) != 0) return system_error("remove", next);
  return {};
}

Result<> OutputLog::join_under_header(int first) const {
  char header[header_room];
  const int length = std::snprintf(header, sizeof header,
                                   "[runbook: %llu bytes of output before this are not kept; "
                                   "a log keeps its last %s]\n",
                                   static_cast<unsigned long long>(dropped_), show_size(limit_).c_str());
  auto whole = create(joined_name());
  if (!whole) return tl::unexpected(std::move(whole).error());
  RUNBOOK_TRY(write_all(whole->get(), {header, static_cast<std::size_t>(length)}, name_));
  RUNBOOK_TRY(append_file(whole->get(), first, name_));
  RUNBOOK_TRY(append_file(whole->get(), file_.get(), name_));
  if (::fsync(whole->get()) != 0) return system_error("sync log", name_);
  if (::renameat(directory_, joined_name().c_str(), directory_, name_.c_str()) != 0) {
    return system_error("replace log", name_);
  }
  return {};
}

Result<Digest> OutputLog::digest_of_file() const {
  UniqueFd file(::openat(directory_, name_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return system_error("open log", name_);
  Sha256 hash;
  std::string buffer(1 << 17, '\0');
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read log", name_);
    if (count == 0) return hash.finish();
    hash.update({buffer.data(), static_cast<std::size_t>(count)});
  }
}

OutputLog::Summary OutputLog::close() {
  Summary summary;
  summary.exists = segments_ > 0;
  if (summary.exists) {
    // After an error the file is described as it is.
    const bool was_whole = !error_;
    if (auto joined = join(); !joined && !error_) error_ = std::move(joined).error();
    // The journal will vouch for this file: it must be on disk before the record that says so.
    if (!error_ && ::fsync(file_.get()) != 0) error_ = system_error("sync log", name_).value();
    if (was_whole && !error_ && hash_) {
      summary.sha256 = hash_->finish();
    } else if (auto digest = digest_of_file()) {
      summary.sha256 = *digest;
    } else if (!error_) {
      error_ = std::move(digest).error();
    }
    struct stat status {};
    if (::fstatat(directory_, name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      summary.size = static_cast<std::uint64_t>(status.st_size);
    }
  }
  if (error_) summary.error = error_->message();
  file_.reset();
  return summary;
}

}  // namespace runbook
