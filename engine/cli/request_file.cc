#include "cli/request_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>

#include "base/io.h"
#include "base/wall_time.h"
#include "store/files/run_lock.h"

namespace runbook {
namespace {

constexpr const char* folder_name = "requests";

// Sorts by time; no two are alike.
std::string new_id() {
  std::string id;
  for (const char c : write_wall_time(wall_now()))
    if (c != ':' && c != '-') id += c;
  return id + "-" + std::to_string(::getpid()) + ".json";
}

}  // namespace

Result<RequestFile> RequestFile::leave(const std::string& run_directory, const ControlRequest& request) {
  const auto folder = run_directory + "/" + folder_name;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return system_error("create", folder);
  const auto directory = open_directory(folder);
  if (!directory) return tl::unexpected(directory.error());
  UniqueFd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  // Before the request is there: no answer can come unseen. The lock's file tells when its engine is gone.
  if (!watch.valid() ||
      ::inotify_add_watch(watch.get(), run_directory.c_str(), IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE) < 0)
    return system_error("watch", run_directory);
  const auto id = new_id(), hidden = "." + id;
  const auto file = create_file_at(*directory, hidden, folder + "/" + hidden);
  if (!file) return tl::unexpected(file.error());
  RUNBOOK_TRY(write_file(*file, write_control_request(request), folder + "/" + hidden));
  RUNBOOK_TRY(sync_file(*file, folder + "/" + hidden));
  if (::renameat(directory->get(), hidden.c_str(), directory->get(), id.c_str()) != 0)
    return system_error("rename", folder + "/" + hidden);
  RUNBOOK_TRY(sync_file(*directory, folder));
  return RequestFile(run_directory, id, std::move(watch));
}

// Reads what the journal has got since the last look; true when the answer is in it.
Result<bool> RequestFile::look() {
  const auto path = run_ + "/journal.jsonl";
  const auto file = open_file(path);
  if (!file) return tl::unexpected(file.error());
  struct stat info {};
  if (::fstat(file->get(), &info) != 0) return system_error("look at", path);
  // A resume has put a new file in its place.
  if (inode_ != info.st_ino || static_cast<std::uint64_t>(info.st_size) < offset_) offset_ = 0;
  inode_ = info.st_ino;
  if (::lseek(file->get(), static_cast<off_t>(offset_), SEEK_SET) < 0) return system_error("read", path);
  std::string text;
  char buffer[64 << 10];
  for (;;) {
    const auto count = read_some(*file, buffer, sizeof buffer, path);
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) break;
    text.append(buffer, *count);
  }
  const auto mark = "\"request\":\"" + id_ + "\"";
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin)) {
    const auto line = std::string_view(text).substr(begin, end - begin);
    if (line.find(mark) == std::string_view::npos) continue;
    const auto* request = from_json(line, answer_) ? answer_.find("request") : nullptr;
    if (request && *request == Value(id_)) return true;
  }
  offset_ += begin;
  return false;
}

Result<RequestFile::End> RequestFile::wait(int milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    // In this order: an engine that ends has written its last record before it lets go.
    const bool live = is_live(run_);
    const auto found = look();
    if (!found) return tl::unexpected(found.error());
    if (*found) return End::answered;
    if (!live) return End::no_engine;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return End::silence;
    pollfd ready{watch_.get(), POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(left));
    char events[4096];
    while (::read(watch_.get(), events, sizeof events) > 0) {
    }
  }
}

bool RequestFile::withdraw() { return ::unlink((run_ + "/" + folder_name + "/" + id_).c_str()) == 0; }

}  // namespace runbook
