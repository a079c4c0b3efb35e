// RunDirectory: the folder of one run, held by the one engine that drives it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/wall_time.h"
#include "store/files/run_lock.h"

namespace runbook {

// Where ids of new runs come from.
struct RunIdSource {
  std::function<WallTime()> wall_clock = wall_now;
  std::function<std::string()> suffix;  // 4 characters; empty: random ones
};

class RunDirectory {
 public:
  // A new run: `runbook/`, `logs/`, `artifacts/` and `requests/` are there, empty, 0700. The state directory must be
  // prepared.
  static Result<RunDirectory> create(const std::string& state_directory, std::string_view runbook_name,
                                     const RunIdSource& source = {});
  // An earlier run, to go on with. The error's number is EWOULDBLOCK when another engine drives it.
  static Result<RunDirectory> open(const std::string& state_directory, const std::string& run_id);

  const std::string& id() const { return id_; }
  const std::string& path() const { return path_; }

 private:
  RunDirectory(std::string id, std::string path, RunLock lock)
      : id_(std::move(id)), path_(std::move(path)), lock_(std::move(lock)) {}

  std::string id_, path_;
  RunLock lock_;
};

// `20261120-231502-deploy-checkout-k3f9`: sorts by time, readable aloud.
std::string make_run_id(WallTime started, std::string_view runbook_name, std::string_view suffix);
bool is_run_id(std::string_view text);

}  // namespace runbook
