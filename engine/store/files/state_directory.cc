#include "store/files/state_directory.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/io.h"

namespace runbook {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<std::string> home() {
  if (auto path = variable("HOME"); path.starts_with('/')) return path;
  struct passwd entry;
  struct passwd* found = nullptr;
  std::vector<char> buffer(16 << 10);
  const int number = ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  if (found && found->pw_dir && found->pw_dir[0] == '/') return std::string(found->pw_dir);
  if (number != 0) return system_error("look up", "user " + std::to_string(::geteuid()), number);
  return failure("find", "the state directory", "there is no home directory; choose one with --state-dir");
}

std::string octal(mode_t mode) {
  std::string text;
  for (int shift = 9; shift >= 0; shift -= 3) text += static_cast<char>('0' + (mode >> shift & 7));
  return text;
}

// Ours alone to write to.
Result<> check_directory(const UniqueFd& directory, const std::string& path) {
  struct stat info;
  if (::fstat(directory.get(), &info) != 0) return system_error("look at", path);
  if (info.st_uid != ::geteuid())
    return failure("use", path,
                   "it belongs to user " + std::to_string(info.st_uid) + ", not to user " +
                       std::to_string(::geteuid()) + " who runs this; choose another with --state-dir");
  if (info.st_mode & (S_IWGRP | S_IWOTH))
    return failure("use", path, "others may write to it (mode " + octal(info.st_mode & 07777) + "); `chmod go-w` it");
  return {};
}

Result<> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return errno == EEXIST ? Result<>() : system_error("create", path);
  const auto above_path = std::filesystem::path(path).parent_path().string();
  const UniqueFd above(::open(above_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!above.valid()) return system_error("open", above_path);
  return sync_file(above, above_path);
}

}  // namespace

Result<std::string> find_state_directory(const std::string& chosen) {
  std::string path = chosen.empty() ? variable("RUNBOOK_STATE_DIR") : chosen;
  if (path.empty()) {
    // The specification wants relative values ignored.
    if (const auto xdg = variable("XDG_STATE_HOME"); xdg.starts_with('/')) {
      path = xdg + "/runbook";
    } else {
      const auto user_home = home();
      if (!user_home) return user_home;
      path = *user_home + "/.local/state/runbook";
    }
  }
  std::error_code error;
  auto absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return system_error("find", path, error.value());
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // a slash at the end would let a link be followed
  return absolute.string();
}

Result<> prepare_state_directory(const std::string& path) {
  const std::filesystem::path whole(path);
  std::filesystem::path part;
  for (const auto& component : whole) {
    part /= component;
    struct stat info;
    if (::stat(part.c_str(), &info) == 0) continue;
    if (errno != ENOENT) return system_error("look at", part.string());
    RUNBOOK_TRY(make_directory(part.string()));
  }
  for (const auto& checked : {path, runs_directory(path)}) {
    if (checked != path) RUNBOOK_TRY(make_directory(checked));
    const auto directory = open_directory(checked);
    if (!directory) return tl::unexpected(directory.error());
    RUNBOOK_TRY(check_directory(*directory, checked));
  }
  return {};
}

}  // namespace runbook
