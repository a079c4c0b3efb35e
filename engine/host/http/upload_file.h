// UploadFile: a regular file that is sent as it is read. It must not change meanwhile: its size is told before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace runbook {

class UploadFile {
 public:
  static Result<UploadFile> open(const std::string& path);

  std::uint64_t size() const { return size_; }
  // At most `size` bytes; 0 at the end of what was promised.
  Result<std::size_t> read(char* buffer, std::size_t size);
  bool seek(std::uint64_t offset);

 private:
  UploadFile(std::string path, UniqueFd file, std::uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}

  std::string path_;
  UniqueFd file_;
  std::uint64_t size_ = 0, at_ = 0;
};

}  // namespace runbook
