#include "store/files/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>

#include "base/hash.h"
#include "base/io.h"

namespace runbook {
namespace {

using Hashes = std::map<std::string, std::string>;  // by name

constexpr int deepest = 32;

std::string combine(const Hashes& hashes) {
  if (hashes.size() == 1) return hashes.begin()->second;
  std::string listing;
  for (const auto& [name, hash] : hashes) listing += hash + "  " + name + "\n";
  return hex(sha256(listing));
}

Result<> write_below(const UniqueFd& directory, std::string_view name, const std::string& bytes,
                     const std::string& path) {
  const auto slash = name.find('/');
  const std::string first(name.substr(0, slash));
  if (!is_plain_name(first)) return failure("keep", path, "its name leads out of the snapshot");
  if (slash == std::string_view::npos) {
    auto file = create_file_at(directory, first, path);
    if (!file) return tl::unexpected(file.error());
    RUNBOOK_TRY(write_file(*file, bytes, path));
    RUNBOOK_TRY(sync_file(*file, path));
  } else {
    if (::mkdirat(directory.get(), first.c_str(), 0700) != 0 && errno != EEXIST) return system_error("create", path);
    const auto below = open_directory_at(directory, first, path);
    if (!below) return tl::unexpected(below.error());
    RUNBOOK_TRY(write_below(*below, name.substr(slash + 1), bytes, path));
  }
  return sync_file(directory, path);
}

// Calls `visit(name, file, path)` for every file below.
template <class Visit>
Result<> each_below(UniqueFd directory, const std::string& prefix, const std::string& path, int depth, Visit&& visit) {
  if (depth == deepest) return failure("read", path, "folders are nested too deep");
  UniqueFd for_stream(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(for_stream.get()), ::closedir);
  if (!stream) return system_error("read", path);
  for_stream.release();
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(stream.get());
    if (!entry && errno != 0) return system_error("read", path);
    if (!entry) return {};
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string below = path + "/" + name;
    struct stat info;
    if (::fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      return system_error("look at", below);
    if (S_ISDIR(info.st_mode)) {
      auto folder = open_directory_at(directory, name, below);
      if (!folder) return tl::unexpected(folder.error());
      RUNBOOK_TRY(each_below(std::move(*folder), prefix + name + "/", below, depth + 1, visit));
    } else {
      const auto file = open_file_at(directory, name, below);
      if (!file) return tl::unexpected(file.error());
      RUNBOOK_TRY(visit(prefix + name, *file, below));
    }
  }
}

}  // namespace

std::string snapshot_hash(const std::vector<SnapshotFile>& files) {
  Hashes hashes;
  for (const auto& file : files) hashes[file.name] = hex(sha256(file.bytes));
  return combine(hashes);
}

Result<> write_snapshot(const std::string& run_directory, const std::vector<SnapshotFile>& files) {
  const std::string path = run_directory + "/" + std::string(snapshot_name);
  const auto directory = open_directory(path);
  if (!directory) return tl::unexpected(directory.error());
  for (const auto& file : files) RUNBOOK_TRY(write_below(*directory, file.name, file.bytes, path + "/" + file.name));
  return {};
}

Result<std::string> hash_snapshot(const std::string& run_directory) {
  const std::string path = run_directory + "/" + std::string(snapshot_name);
  auto directory = open_directory(path);
  if (!directory) return tl::unexpected(directory.error());
  Hashes hashes;
  RUNBOOK_TRY(each_below(std::move(*directory), "", path, 0,
                         [&](const std::string& name, const UniqueFd& file, const std::string& file_path) -> Result<> {
                           auto digest = digest_file(file, file_path);
                           if (!digest) return tl::unexpected(digest.error());
                           hashes[name] = std::move(digest->sha256);
                           return {};
                         }));
  return combine(hashes);
}

Result<std::vector<SnapshotFile>> read_snapshot_files(const std::string& run_directory) {
  const std::string path = run_directory + "/" + std::string(snapshot_name);
  auto directory = open_directory(path);
  if (!directory) return tl::unexpected(directory.error());
  std::vector<SnapshotFile> files;
  RUNBOOK_TRY(each_below(std::move(*directory), "", path, 0,
                         [&](const std::string& name, const UniqueFd& file, const std::string& file_path) -> Result<> {
                           auto bytes = read_all(file, file_path);
                           if (!bytes) return tl::unexpected(bytes.error());
                           files.push_back({name, std::move(*bytes)});
                           return {};
                         }));
  return files;
}

}  // namespace runbook
