// LineReader: the lines of a file one after another, in memory bounded by the longest line a journal may have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace runbook {

struct Line {
  std::string_view text;     // without its newline; valid until the next call. Empty when too_long
  std::uint64_t offset = 0;  // where it begins in the file
  bool terminated = false;   // has a newline; only the last line of a file may have none
  bool too_long = false;
};

class LineReader {
 public:
  LineReader(UniqueFd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  // nullopt at the end of the file.
  Result<std::optional<Line>> next();

 private:
  Result<bool> fill();

  UniqueFd file_;
  std::string path_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of what has not been returned
  std::uint64_t offset_ = 0;  // in the file, of begin_
  bool ended_ = false;
};

}  // namespace runbook
