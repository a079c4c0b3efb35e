// A control request on its way: the file in RUN/requests/, and waiting until the journal tells what became of it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/value.h"
#include "drive/control_request.h"

namespace runbook {

class RequestFile {
 public:
  // Written, synced and renamed into its place.
  static Result<RequestFile> leave(const std::string& run_directory, const ControlRequest& request);

  enum class End { answered, no_engine, silence };
  // Until the journal holds the answer, or no engine holds the run, or nothing was heard for `patience_ms`.
  Result<End> wait(int patience_ms);
  const Value& answer() const { return answer_; }  // the record

  // Takes it back; false when an engine has taken it already.
  bool withdraw();

 private:
  RequestFile(std::string run, std::string id, UniqueFd watch)
      : run_(std::move(run)), id_(std::move(id)), watch_(std::move(watch)) {}
  Result<bool> look();

  std::string run_, id_;
  UniqueFd watch_;
  std::uint64_t offset_ = 0;
  std::uint64_t inode_ = 0;
  Value answer_;
};

}  // namespace runbook
