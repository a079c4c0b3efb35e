// RequestInbox: the control requests that other processes leave in RUN/requests/. A request is a file that was written
// beside its place and renamed into it; who asks is the file's owner. It stays there until what became of it is
// durable.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "drive/control_request.h"

namespace runbook {

class RequestInbox {
 public:
  // Creates the directory (0700) when it is missing, and watches it.
  static Result<RequestInbox> open(const std::string& directory);

  int fd() const { return watch_.get(); }  // readable when something may have come
  // What was not taken before, oldest name first. A file that is no request has its `problem` set: a link, a FIFO,
  // something too large. Names that begin with `.` are being written and are left alone.
  std::vector<ControlRequest> take();
  // Its file is not needed any longer.
  void remove(const std::string& id);

 private:
  RequestInbox(UniqueFd directory, UniqueFd watch) : directory_(std::move(directory)), watch_(std::move(watch)) {}
  ControlRequest read(const std::string& name) const;

  UniqueFd directory_, watch_;
  std::set<std::string> taken_;
};

}  // namespace runbook
