#include "host/output/artifacts.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/hash.h"
#include "base/text.h"

namespace runbook {
namespace {

constexpr std::size_t piece = 1 << 20;
// The journal is on the same disk, and a run that cannot write it ends.
constexpr std::uint64_t disk_reserve = 64 << 20;

bool is_pattern(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

// glob(3) tells of directories it may not read by a function without a context.
thread_local std::vector<std::string>* unreadable = nullptr;
int note_unreadable(const char* path, int error) {
  if (error != ENOENT && error != ENOTDIR && unreadable)
    unreadable->push_back(system_error("read directory", path, error).value().message());
  return 0;
}

std::optional<std::string> real_path(const std::string& path) {
  char* const real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return std::nullopt;
  std::string text(real);
  std::free(real);
  return text;
}

// What stands before the first wildcard, up to its last slash: what a pattern finds must be below that.
std::string root_of(const std::string& pattern) {
  const auto end = std::min(pattern.find_first_of("*?["), pattern.size());
  const auto slash = pattern.rfind('/', end == 0 ? 0 : end - 1);
  return slash == std::string::npos ? "." : pattern.substr(0, slash + 1);
}

// As a path below the copies' folder. Names that are no text are written so that they are.
std::string below(const std::string& path, const std::string& directory) {
  auto relative = std::filesystem::path(path).lexically_normal().string();
  const auto base = std::filesystem::path(directory + "/").lexically_normal().string();
  if (relative.compare(0, base.size(), base) == 0) relative.erase(0, base.size());
  std::string text;
  for (std::size_t i = 0; i < relative.size();) {
    const auto length = utf8_sequence(std::string_view(relative).substr(i));
    const auto byte = static_cast<unsigned char>(relative[i]);
    if (length == 0 || byte < 0x20 || byte == 0x7f) {
      static constexpr char digits[] = "0123456789abcdef";
      text += std::string("%") + digits[byte >> 4] + digits[byte & 15];
      ++i;
    } else {
      text += relative.substr(i, length);
      i += length;
    }
  }
  return text.substr(text.find_first_not_of('/') == std::string::npos ? text.size() : text.find_first_not_of('/'));
}

class Keeper {
 public:
  Keeper(const ArtifactOrder& order, const UniqueFd& artifacts, const std::shared_ptr<const Redactor>& redactor,
         const std::atomic<bool>& stop)
      : order_(order), artifacts_(artifacts), redactor_(redactor), stop_(stop) {}

  ArtifactCopies keep() {
    for (const auto& pattern : order_.patterns) {
      if (stop_) break;
      keep_all(pattern);
    }
    if (stop_) copies_.problems.push_back("artifacts were not kept: the engine is leaving");
    return std::move(copies_);
  }

 private:
  void problem(const std::string& text) { copies_.problems.push_back(text); }
  void keep_all(const std::string& pattern) {
    const bool absolute = pattern[0] == '/';
    const auto full = absolute ? pattern : escaped(order_.directory) + "/" + pattern;
    const auto root = real_path(absolute ? root_of(pattern) : order_.directory + "/" + root_of(pattern));
    glob_t found{};
    std::vector<std::string> unread;
    unreadable = &unread;
    const int result = ::glob(full.c_str(), 0, note_unreadable, &found);
    unreadable = nullptr;
    for (const auto& text : unread) problem("artifact " + ticked(pattern) + ": " + text);
    if (result != 0 && result != GLOB_NOMATCH) problem("artifact " + ticked(pattern) + ": it could not be looked for");
    std::size_t files = 0;
    bool directory = false;
    for (std::size_t i = 0; result == 0 && i < found.gl_pathc && !stop_; ++i) {
      const std::string path = found.gl_pathv[i];
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0) {
        ++files;
        problem("artifact " + ticked(path) + " was not kept: " + system_error("look at", path).value().message());
      } else if (S_ISDIR(status.st_mode)) {
        directory = true;
      } else {
        ++files;
        if (seen_.insert(path).second) keep_one(path, status, root);
      }
    }
    if (result == 0) ::globfree(&found);
    if (files > 0 || !unread.empty() || stop_) return;
    copies_.unmatched.push_back(
        "artifact " + ticked(pattern) +
        (directory && !is_pattern(pattern) ? " is a directory: write " + ticked(pattern + "/*") : " matches no file"));
  }

  void keep_one(const std::string& path, const struct stat& status, const std::optional<std::string>& root) {
    const auto refuse = [&](const std::string& why) { problem("artifact " + ticked(path) + " was not kept: " + why); };
    if (!S_ISREG(status.st_mode)) return refuse("it is not a regular file");
    if (copies_.kept.size() == most_artifacts) {
      if (!std::exchange(full_, true)) refuse("an attempt keeps at most " + std::to_string(most_artifacts) + " files");
      return;
    }
    const auto real = real_path(path);
    if (!real || !root) return refuse(system_error("find", path).value().message());
    const auto inside = [&](const std::optional<std::string>& directory) {
      return directory && (*directory == "/" || real->compare(0, directory->size() + 1, *directory + "/") == 0);
    };
    if (!inside(root) && !inside(real_path(order_.directory)))
      return refuse("it is a link that leads out of " + printable(*root));
    if (static_cast<std::uint64_t>(status.st_size) > largest_artifact) return refuse("it is larger than 1 GiB");
    struct statvfs disk {};
    if (::fstatvfs(artifacts_.get(), &disk) == 0 && static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize <
                                                        static_cast<std::uint64_t>(status.st_size) + disk_reserve)
      return refuse("the disk of the run is almost full");
    auto name = order_.folder + "/" + below(path, order_.directory);
    if (redactor_) name = redactor_->redact(name);
    if (const auto copied = copy(*real, name); !copied) refuse(copied.error().message());
  }

  // The directory that `path` is in, made where it is not, and every directory that got an entry, to be synced.
  Result<UniqueFd> make_parents(const std::string& path, std::vector<UniqueFd>& touched) {
    UniqueFd at(::openat(artifacts_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at.valid()) return system_error("open directory", "artifacts");
    for (std::size_t begin = 0, slash; (slash = path.find('/', begin)) != std::string::npos; begin = slash + 1) {
      const auto part = path.substr(begin, slash - begin);
      if (::mkdirat(at.get(), part.c_str(), 0700) != 0 && errno != EEXIST) return system_error("make directory", path);
      UniqueFd next(::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next.valid()) return system_error("open directory", path);
      touched.push_back(std::exchange(at, std::move(next)));
    }
    return at;
  }

  Result<> copy(const std::string& from, const std::string& name) {
    const UniqueFd in(::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!in.valid()) return system_error("open", from);
    std::vector<UniqueFd> touched;
    auto parent = make_parents(name, touched);
    if (!parent) return tl::unexpected(parent.error());
    const auto last = name.substr(name.rfind('/') + 1);
    const UniqueFd out(
        ::openat(parent->get(), last.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!out.valid()) return system_error("create", "artifacts/" + name);
    auto kept = copy_bytes(in, out, from, name);
    if (!kept) {
      ::unlinkat(parent->get(), last.c_str(), 0);
      return tl::unexpected(kept.error());
    }
    touched.push_back(std::move(*parent));
    for (const auto& directory : touched)
      if (::fsync(directory.get()) != 0) return system_error("sync", "artifacts/" + name);
    copies_.kept.push_back(std::move(*kept));
    return {};
  }

  Result<Artifact> copy_bytes(const UniqueFd& in, const UniqueFd& out, const std::string& from,
                              const std::string& name) {
    Artifact kept{name, 0, ""};
    Sha256 hash;
    RedactingStream stream(redactor_);
    int error = 0;
    const auto write = [&](std::string_view bytes) {
      kept.size += bytes.size();
      hash.update(bytes);
      while (!bytes.empty() && error == 0) {
        const auto written = ::write(out.get(), bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) error = errno;
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
      }
    };
    std::vector<char> buffer(piece);
    std::uint64_t read = 0;
    for (;;) {
      const auto got = ::read(in.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("read", from);
      if (got == 0) break;
      read += static_cast<std::uint64_t>(got);
      if (stop_) return failure("copy", from, "the engine is leaving");
      if (read > largest_artifact) return failure("copy", from, "it grew larger than 1 GiB");
      stream.feed({buffer.data(), static_cast<std::size_t>(got)}, write);
      if (error != 0) break;
    }
    stream.finish(write);
    if (error == 0 && ::fsync(out.get()) != 0) error = errno;
    if (error != 0) return system_error("write", "artifacts/" + name, error);
    if (kept.size != read)
      problem("artifact " + ticked(from) + " held the value of a secret, which is *** in the copy");
    kept.sha256 = hex(hash.finish());
    return kept;
  }

  const ArtifactOrder& order_;
  const UniqueFd& artifacts_;
  const std::shared_ptr<const Redactor>& redactor_;
  const std::atomic<bool>& stop_;
  ArtifactCopies copies_;
  std::set<std::string> seen_;
  bool full_ = false;
};

}  // namespace

ArtifactCopies keep_artifacts(const ArtifactOrder& order, const UniqueFd& artifacts,
                              const std::shared_ptr<const Redactor>& redactor, const std::atomic<bool>& stop) {
  return Keeper(order, artifacts, redactor, stop).keep();
}

}  // namespace runbook
