#include "host/request_inbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/io.h"
#include "base/text.h"

namespace runbook {
namespace {

std::string user_name(uid_t uid) {
  const auto* entry = ::getpwuid(uid);
  return entry ? entry->pw_name : "uid " + std::to_string(uid);
}

ControlRequest unreadable(std::string why) {
  ControlRequest request;
  request.problem = std::move(why);
  return request;
}

ControlRequest read_request(int directory, const std::string& name) {
  // O_NONBLOCK: a FIFO must not hold the run up.
  const UniqueFd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.valid()) return unreadable(errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return unreadable(std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return unreadable("it is not a regular file");
  // Another name for somebody's file would speak in their name.
  if (info.st_nlink != 1) return unreadable("the file has more than one name");
  if (static_cast<std::uint64_t>(info.st_size) > longest_request) return unreadable("it is longer than 256 KiB");
  const auto text = read_all(file, name, longest_request);
  auto request = text ? read_control_request(*text) : unreadable(text.error().reason);
  request.by = user_name(info.st_uid);
  return request;
}

}  // namespace

Result<RequestInbox> RequestInbox::open(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return system_error("create", directory);
  UniqueFd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.valid()) return system_error("open", directory);
  UniqueFd watch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch.valid()) return system_error("create", "inotify");
  const auto path = "/proc/self/fd/" + std::to_string(opened.get());
  if (::inotify_add_watch(watch.get(), path.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR) < 0)
    return system_error("watch", directory);
  return RequestInbox(std::move(opened), std::move(watch));
}

ControlRequest RequestInbox::read(const std::string& name) const {
  auto request = read_request(directory_.get(), name);
  request.id = name;
  if (request.by.empty()) {
    struct stat info {};
    const bool known = ::fstatat(directory_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    request.by = known ? user_name(info.st_uid) : "nobody";
  }
  return request;
}

std::vector<ControlRequest> RequestInbox::take() {
  char events[4096];
  while (::read(watch_.get(), events, sizeof events) > 0) {
  }
  // Whatever was said, the directory tells: nothing is lost when too much happened at once.
  std::vector<std::string> names;
  const int copy = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
  for (const dirent* entry = nullptr; stream && (entry = ::readdir(stream.get())) != nullptr;)
    if (entry->d_name[0] != '.' && taken_.count(entry->d_name) == 0) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  std::vector<ControlRequest> requests;
  for (const auto& name : names) {
    requests.push_back(read(name));
    taken_.insert(name);
  }
  return requests;
}

void RequestInbox::remove(const std::string& id) {
  // A directory that somebody made there stays if it is not empty; it is not looked at again.
  if (::unlinkat(directory_.get(), id.c_str(), 0) == 0 || ::unlinkat(directory_.get(), id.c_str(), AT_REMOVEDIR) == 0)
    taken_.erase(id);
}

}  // namespace runbook
