// OutputLog: the file that keeps an attempt's output. It appears with the first byte and never holds more than its
// limit: the last part of long output stays, and a first line says how much is gone. While the attempt runs, the end
// of long output lies in a second file, NAME.next, so that a person can read both at any time and a crash loses
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace runbook {

class OutputLog {
 public:
  static constexpr std::uint64_t default_limit = 64 << 20;

  // `directory` is not owned and outlives this. An empty name: nothing is kept.
  OutputLog(int directory, std::string name, std::uint64_t limit = default_limit);

  // After the first error it does nothing any more: a full disk must not stop the step.
  void append(std::string_view bytes);

  const std::string& name() const { return name_; }

  struct Summary {
    bool exists = false;
    std::uint64_t size = 0;
    Digest sha256{};
    std::string error;  // why the log is not whole; empty: it is
  };
  // Brings the parts together. Once, last.
  Summary close();

 private:
  Result<> write(std::string_view bytes);
  Result<> next_segment();
  Result<> join();
  Result<> join_under_header(int first) const;
  Result<UniqueFd> create(const std::string& name) const;
  Result<Digest> digest_of_file() const;
  std::string next_name() const { return name_ + ".next"; }
  std::string joined_name() const { return name_ + ".joined"; }

  int directory_;
  std::string name_;
  std::uint64_t segment_limit_;
  std::uint64_t limit_;
  UniqueFd file_;                                // the segment that is being written
  int segments_ = 0;                             // 0: no file yet, 1: NAME, 2: NAME and NAME.next
  std::uint64_t in_segment_ = 0, in_first_ = 0;  // bytes of the current one; of NAME when there are two
  std::uint64_t dropped_ = 0;
  std::optional<Sha256> hash_;  // of all bytes, as long as none was dropped
  std::optional<Error> error_;
};

}  // namespace runbook
