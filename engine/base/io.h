// Files. Those of a run are opened without following links that somebody may have planted, never inherited by children,
// and synced so that they are still there after a power loss. Those that a person names are opened as they are.
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

// A file that a person names: links are followed; a directory, a device that never ends or more than `most` bytes is an
// error. Of a FIFO or /dev/stdin all of it is read.
Result<std::string> read_file(const std::string& path, std::size_t most);

// All of `bytes`, across short writes and interruptions.
Result<> write_all(int fd, std::string_view bytes, const std::string& path);
Result<> write_file(const UniqueFd& file, std::string_view bytes, const std::string& path);
// The file's data and size, or a directory's entries, are on disk.
Result<> sync_file(const UniqueFd& file, const std::string& path);
// What is left of the file; an error (EFBIG) when that is more than `most`.
Result<std::string> read_all(const UniqueFd& file, const std::string& path, std::size_t most = SIZE_MAX);
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
