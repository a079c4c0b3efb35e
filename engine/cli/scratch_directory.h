// ScratchDirectory: a private directory, in memory where there is one: what steps hand over by $RUNBOOK_OUTPUT passes
// through it raw. Gone with the object.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace runbook {

class ScratchDirectory {
 public:
  static Result<ScratchDirectory> create();
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ~ScratchDirectory();
  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace runbook
