// ProcessAttempt: one process step from its start to its AttemptEnded, driven by events; it never waits by itself.
//
//   running → draining → over           the main process ended; its pipes are read to their end or for 500 ms
//         ↘      ↓     ↗
//          sweeping                      what is left gets KILL, answered by Swept
//
// From each of them to `lost`, when the keeper died: then the supervisor kills what is left and says so.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drive/host.h"
#include "drive/observer.h"
#include "host/output/output_capture.h"
#include "host/process/keeper_pool.h"

namespace runbook {

// What all attempts of a run share.
struct AttemptSetting {
  std::shared_ptr<const Redactor> redactor;  // nullptr: no secrets
  std::function<void(NodeId, Stream, std::string_view)> listener;
  UniqueFd logs;             // the directory of the logs; -1: none are written
  UniqueFd scratch;          // the directory of the files $RUNBOOK_OUTPUT
  std::string scratch_path;  // absolute
};

class ProcessAttempt {
 public:
  using Clock = std::chrono::steady_clock;

  // The setting and the pool are not owned and outlive this.
  ProcessAttempt(std::uint32_t id, const Work& work, const AttemptSetting& setting, KeeperPool& keepers);

  // On an error nothing was started, and the attempt is of no further use.
  Result<> start(const ProcessWork& work, Poller& poller);
  void signal(Signal signal);

  void on_keeper();  // its socket is readable
  void on_output(Stream stream);
  void on_keeper_gone(const spawn::KeeperGone& gone);
  void on_supervisor_gone();
  void on_deadline();

  std::optional<Clock::time_point> deadline() const { return deadline_; }
  spawn::KeeperId keeper() const { return keeper_.id; }
  bool over() const { return phase_ == Phase::over; }
  AttemptEnded take() { return std::move(ended_); }  // REQUIRES: over

 private:
  enum class Phase { running, draining, sweeping, lost, over };

  Result<> send_work(const ProcessWork& work, std::vector<int> fds);
  void take_message(const spawn::Packet& packet);
  void drain();
  void sweep();
  void lose_keeper();
  void read(OutputPipe& pipe, Stream stream, std::size_t limit);
  void finish();
  void finish_unkillable();
  void set_termination();
  void take_outputs();
  void take_script_end();
  std::string redacted(const std::string& text) const;
  void expect_within(std::chrono::milliseconds time) { deadline_ = Clock::now() + time; }

  const std::uint32_t id_;
  const bool is_script_;  // what it hands on is how a script ended
  const AttemptSetting& setting_;
  KeeperPool& keepers_;
  KeeperEnd keeper_;
  OutputCapture capture_;
  OutputPipe out_, err_;
  OutputCapture::Listener out_listener_, err_listener_;
  std::string cwd_, program_, output_name_;

  Phase phase_ = Phase::running;
  std::optional<Clock::time_point> deadline_;
  std::optional<int> status_;  // of the main process, as waitpid gives it
  std::string not_started_;    // why
  bool leaves_children_ = false;
  bool only_background_ = false;  // the main process had ended before the sweep
  bool keeper_is_clean_ = false;
  AttemptEnded ended_;
};

}  // namespace runbook
