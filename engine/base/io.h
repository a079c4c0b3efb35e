// Files of a run: opened without following links that somebody may have planted, never inherited by children, synced
// so that they are still there after a power loss.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace runbook {

// The last component must be a directory, not a link to one.
Result<UniqueFd> open_directory(const std::string& path);
Result<UniqueFd> open_directory_at(const UniqueFd& directory, const std::string& name, const std::string& path);

// A regular file that is there, for reading. `path` is for messages; `name` may hold no slash.
Result<UniqueFd> open_file_at(const UniqueFd& directory, const std::string& name, const std::string& path);
Result<UniqueFd> open_file(const std::string& path);
// A new file, 0600, for writing; it must not exist, not even as a dangling link.
Result<UniqueFd> create_file_at(const UniqueFd& directory, const std::string& name, const std::string& path);

// All of `bytes`, across short writes and interruptions.
Result<> write_file(const UniqueFd& file, std::string_view bytes, const std::string& path);
// The file's data and size, or a directory's entries, are on disk.
Result<> sync_file(const UniqueFd& file, const std::string& path);
// One read(2), restarted when a signal interrupts it; 0 at the end.
Result<std::size_t> read_some(const UniqueFd& file, char* buffer, std::size_t size, const std::string& path);
Result<std::uint64_t> file_size(const UniqueFd& file, const std::string& path);

struct FileDigest {
  std::uint64_t size = 0;
  std::string sha256;  // hexadecimal
};
Result<FileDigest> digest_file(const UniqueFd& file, const std::string& path);

// A name that stays inside its directory: not empty, not `.` or `..`, no slash, no NUL.
bool is_plain_name(std::string_view name);

}  // namespace runbook
