// RealHost: the Host that acts: processes below a supervisor, HTTP, waits, signals and the clock. One thread, one wait.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "drive/host.h"
#include "drive/observer.h"
#include "host/deadlines.h"
#include "host/http/http_transport.h"
#include "host/http/request_attempts.h"
#include "host/output/artifact_thread.h"
#include "host/people.h"
#include "host/process/process_attempt.h"
#include "host/request_inbox.h"
#include "host/signal_watch.h"

namespace runbook {

struct RealHostOptions {
  UniqueFd logs;        // the directory of the logs; -1: none are written
  UniqueFd artifacts;   // the directory of the artifacts; -1: none are kept
  std::string scratch;  // a directory, absolute, of this user and closed to others, for files of running steps
  std::shared_ptr<const Redactor> redactor;  // nullptr: there are no secrets
  // Redacted output of processes as it comes.
  std::function<void(NodeId, Stream, std::string_view)> listener;
  std::string engine = "/proc/self/exe";  // the engine's program, which runs scripts; a keeper is forked from it
  Time start{};                           // what the run's clock says now: 0, or of a resumed run where it stood
  HttpOptions http;
  std::string requests;      // the directory of control requests; empty: none are heard
  People* people = nullptr;  // who can be asked here; nullptr: nobody
};

class RealHost final : public Host {
 public:
  // Signals that stop a run are taken from here on until the host is gone. An error when `scratch` is not private.
  static Result<std::unique_ptr<RealHost>> create(Supervisor supervisor, RealHostOptions options);
  // Ends whatever runs.
  ~RealHost() override;

  // Stands still while the machine is suspended, as its processes do.
  Time now() override;
  void start(Work work) override;
  void signal(NodeId node, Signal signal) override;
  std::vector<Observation> wait(std::optional<Time> until) override;
  void ask(const ApprovalRequested& asked) override;
  void ask(const StepAsked& asked) override;
  void withdraw(NodeId node) override;
  void settled(const ControlRequest& request, const Event& verdict) override;
  bool expects_answers() const override;

 private:
  using Clock = Deadlines::Clock;
  using Attempts = std::unordered_map<std::uint32_t, std::unique_ptr<ProcessAttempt>>;
  struct Wait {
    NodeId node;
    int attempt;
  };

  RealHost(Supervisor supervisor, RealHostOptions options, UniqueFd scratch, Poller poller, SignalWatch signals);
  Result<> watch_all();

  void start_process(const Work& work, const ProcessWork& process);
  void start_wait(const Work& work, const WaitWork& wait);
  void sleep(std::optional<Time> until);
  int timeout_ms(std::optional<Time> until);
  void handle(Source source);
  void hear_supervisor();
  void hear_people();
  void settle(std::uint32_t id, ProcessAttempt& attempt);
  void take_due();
  void end_wait(std::uint32_t id, Termination::Kind kind);

  AttemptSetting setting_;
  const std::string engine_;
  Clock::time_point origin_;  // where the run's clock says zero
  SignalWatch signals_;
  Poller poller_;
  KeeperPool keepers_;
  RequestAttempts requests_;
  std::optional<RequestInbox> inbox_;
  People* people_;
  int people_fd_ = -1;   // watched
  Deadlines deadlines_;  // of attempts and waits
  std::uint32_t last_id_ = 0;
  Attempts attempts_;
  std::unique_ptr<ArtifactThread> artifacts_;                // nullptr: none are kept
  std::unordered_map<std::uint32_t, ArtifactOrder> orders_;  // of attempts with artifacts
  std::unordered_map<std::uint32_t, Wait> waits_;
  std::unordered_map<NodeId, std::uint32_t> ids_;  // of what runs: attempts and waits
  bool stirred_ = false;                           // somebody typed: what is shown may have changed
  std::vector<Observation> ready_;
};

}  // namespace runbook
