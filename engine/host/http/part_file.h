// PartFile: a download on its way. It is written beside its place under a name of its own, so that whoever reads the
// place sees the old file or the whole new one, also after a crash.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/unique_fd.h"
#include "drive/host.h"

namespace runbook {

class PartFile final : public Download {
 public:
  // `part_name` is of this step of this run alone: a file of that name is left from an engine that died, and removed.
  // The place's permissions are kept when it exists.
  static Result<std::shared_ptr<PartFile>> create(const std::string& path, const std::string& part_name);
  ~PartFile() override;  // removes what was not kept
  PartFile(const PartFile&) = delete;

  Result<> write(std::string_view bytes);
  Result<> finish();  // all of it is on disk

  std::uint64_t size() const override { return size_; }
  const std::string& sha256() const override { return sha256_; }  // REQUIRES: finished
  Result<> keep() override;

 private:
  PartFile(std::string path, std::string part_name, UniqueFd directory, UniqueFd file);

  std::string path_, name_, part_name_;
  UniqueFd directory_, file_;
  std::uint64_t size_ = 0, flushed_ = 0;
  Sha256 hash_;
  std::string sha256_;
  bool kept_ = false;
};

}  // namespace runbook
