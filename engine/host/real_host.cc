#include "host/real_host.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/check.h"
#include "host/process/lua_process.h"

namespace runbook {
namespace {

using std::chrono::ceil;
using std::chrono::floor;

// A thousand steps at once need three descriptors each. Children have the limit of before: the supervisor was forked
// under it.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<UniqueFd> open_private(const std::string& path) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) return system_error("open directory", path);
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) return system_error("look at directory", path);
  if (status.st_uid != ::geteuid()) return failure("use directory", path, "it belongs to another user");
  if ((status.st_mode & 077) != 0) return failure("use directory", path, "others may enter it; want mode 0700");
  return directory;
}

}  // namespace

Result<std::unique_ptr<RealHost>> RealHost::create(Supervisor supervisor, RealHostOptions options) {
  auto scratch = open_private(options.scratch);
  if (!scratch) return tl::unexpected(std::move(scratch).error());
  auto poller = Poller::create();
  if (!poller) return tl::unexpected(std::move(poller).error());
  auto signals = SignalWatch::create();
  if (!signals) return tl::unexpected(std::move(signals).error());
  allow_many_descriptors();
  UniqueFd artifacts = std::move(options.artifacts);
  const std::string requests = options.requests;
  std::unique_ptr<RealHost> host(new RealHost(std::move(supervisor), std::move(options), std::move(*scratch),
                                              std::move(*poller), std::move(*signals)));
  if (!requests.empty()) {
    auto inbox = RequestInbox::open(requests);
    if (!inbox) return tl::unexpected(std::move(inbox).error());
    host->inbox_.emplace(std::move(*inbox));
  }
  RUNBOOK_TRY(host->watch_all());
  if (artifacts.valid()) {
    auto thread = ArtifactThread::create(std::move(artifacts), host->setting_.redactor);
    if (!thread) return tl::unexpected(std::move(thread).error());
    host->artifacts_ = std::move(*thread);
    RUNBOOK_TRY(host->poller_.watch(host->artifacts_->fd(), {Source::Kind::artifacts, 0}));
  }
  return host;
}

RealHost::RealHost(Supervisor supervisor, RealHostOptions options, UniqueFd scratch, Poller poller, SignalWatch signals)
    : setting_{std::move(options.redactor), std::move(options.listener), std::move(options.logs), std::move(scratch),
               options.scratch},
      engine_(std::move(options.engine)),
      origin_(Clock::now() - options.start.time_since_epoch()),
      signals_(std::move(signals)),
      poller_(std::move(poller)),
      keepers_(std::move(supervisor), poller_),
      requests_(std::move(options.http), setting_),
      people_(options.people) {}

RealHost::~RealHost() = default;

Result<> RealHost::watch_all() {
  RUNBOOK_TRY(poller_.watch(signals_.fd(), {Source::Kind::signals, 0}));
  if (inbox_) {
    RUNBOOK_TRY(poller_.watch(inbox_->fd(), {Source::Kind::requests, 0}));
    for (auto& request : inbox_->take()) ready_.push_back(std::move(request));  // left there for the last engine
  }
  return poller_.watch(keepers_.supervisor().fd(), {Source::Kind::supervisor, 0});
}

void RealHost::ask(const ApprovalRequested& asked) {
  if (!people_) return;
  people_->ask(asked);
  hear_people();
}

void RealHost::ask(const StepAsked& asked) {
  CHECK(people_);
  people_->ask(asked);
  hear_people();
}

void RealHost::withdraw(NodeId node) {
  if (!people_) return;
  people_->withdraw(node);
  hear_people();
}

void RealHost::hear_people() {
  for (auto& request : people_->take()) ready_.push_back(std::move(request));
  const int fd = people_->input();
  if (fd == people_fd_) return;
  if (people_fd_ >= 0) poller_.forget(people_fd_);
  people_fd_ = fd >= 0 && poller_.watch(fd, {Source::Kind::people, 0}) ? fd : -1;
}

void RealHost::settled(const ControlRequest& request, const Event&) {
  if (inbox_ && !request.id.empty()) inbox_->remove(request.id);
}

bool RealHost::expects_answers() const { return !ready_.empty() || (people_ && people_->there()); }

Time RealHost::now() { return Time(floor<Duration>(Clock::now() - origin_)); }

void RealHost::start(Work work) {
  CHECK(ids_.count(work.node) == 0 && !requests_.has(work.node));
  if (const auto* process = std::get_if<ProcessWork>(&work.action)) {
    start_process(work, *process);
  } else if (const auto* script = std::get_if<ScriptWork>(&work.action)) {
    start_process(work, lua_process_work(script->job, engine_));
  } else if (const auto* request = std::get_if<HttpWork>(&work.action)) {
    requests_.start(work, *request, now());
  } else {
    start_wait(work, std::get<WaitWork>(work.action));
  }
}

void RealHost::start_process(const Work& work, const ProcessWork& process) {
  const std::uint32_t id = ++last_id_;
  auto attempt = std::make_unique<ProcessAttempt>(id, work, setting_, keepers_);
  if (const auto started = attempt->start(process, poller_); !started) {
    AttemptEnded ended;
    ended.node = work.node;
    ended.attempt = work.attempt;
    const std::string reason = started.error().message();
    ended.how = {Termination::Kind::not_started, 0, setting_.redactor ? setting_.redactor->redact(reason) : reason};
    ready_.push_back(std::move(ended));
    return;
  }
  ids_.emplace(work.node, id);
  attempts_.emplace(id, std::move(attempt));
  if (artifacts_ && !work.artifacts.empty()) {
    const auto& log = work.log_name;
    std::error_code error;
    auto directory = std::filesystem::absolute(process.cwd.empty() ? "." : process.cwd, error);
    orders_.emplace(id, ArtifactOrder{work.artifacts, directory.string(), log.substr(0, log.rfind(".log"))});
  }
}

void RealHost::start_wait(const Work& work, const WaitWork& wait) {
  const std::uint32_t id = ++last_id_;
  ids_.emplace(work.node, id);
  waits_.emplace(id, Wait{work.node, work.attempt});
  deadlines_.set(id, Clock::now() + wait.duration);
}

void RealHost::signal(NodeId node, Signal signal) {
  requests_.stop(node);
  const auto id = ids_.find(node);
  if (id == ids_.end()) return;
  if (const auto attempt = attempts_.find(id->second); attempt != attempts_.end()) {
    attempt->second->signal(signal);
    settle(attempt->first, *attempt->second);
  } else {
    end_wait(id->second, Termination::Kind::stopped);
  }
}

std::vector<Observation> RealHost::wait(std::optional<Time> until) {
  for (;;) {
    sleep(until);
    take_due();
    for (AttemptEnded& ended : requests_.take()) ready_.push_back(std::move(ended));
    if (!ready_.empty()) return std::exchange(ready_, {});
    if (std::exchange(stirred_, false) || (until && now() >= *until)) return {WaitEnd{}};
  }
}

void RealHost::sleep(std::optional<Time> until) {
  const int timeout = timeout_ms(until);
  if (!requests_.idle()) {
    requests_.poll(poller_.fd(), timeout);
    for (const Source source : poller_.wait(0)) handle(source);
  } else {
    for (const Source source : poller_.wait(timeout)) handle(source);
  }
}

int RealHost::timeout_ms(std::optional<Time> until) {
  if (!ready_.empty()) return 0;
  // In the run's own milliseconds: a time as far away as Time::max() does not fit into the clock's nanoseconds.
  std::optional<Duration> left;
  if (const auto next = deadlines_.next()) left = ceil<Duration>(*next - Clock::now());
  if (until) left = std::min(left.value_or(Duration::max()), *until - now());
  if (!left) return -1;
  return static_cast<int>(std::clamp<Duration::rep>(left->count(), 0, std::numeric_limits<int>::max()));
}

void RealHost::handle(Source source) {
  switch (source.kind) {
    case Source::Kind::signals:
      for (const int number : signals_.take()) ready_.push_back(Interrupted{number});
      return;
    case Source::Kind::supervisor: return hear_supervisor();
    case Source::Kind::artifacts:
      for (AttemptEnded& ended : artifacts_->take()) ready_.push_back(std::move(ended));
      return;
    case Source::Kind::requests:
      for (auto& request : inbox_->take()) ready_.push_back(std::move(request));
      return;
    case Source::Kind::people:
      people_->on_input();
      stirred_ = true;
      return hear_people();
    case Source::Kind::idle_keeper: return keepers_.forget(source.id);
    case Source::Kind::keeper:
    case Source::Kind::out:
    case Source::Kind::err: break;
  }
  const auto found = attempts_.find(source.id);
  if (found == attempts_.end()) return;  // ended by an event just before
  ProcessAttempt& attempt = *found->second;
  if (source.kind == Source::Kind::keeper) {
    attempt.on_keeper();
  } else {
    attempt.on_output(source.kind == Source::Kind::out ? Stream::out : Stream::err);
  }
  settle(source.id, attempt);
}

void RealHost::hear_supervisor() {
  const auto all_gone = keepers_.supervisor().receive();
  const bool supervisor_gone = keepers_.supervisor().gone();
  if (all_gone.empty() && !supervisor_gone) return;
  std::vector<std::pair<std::uint32_t, ProcessAttempt*>> attempts;
  for (auto& [id, attempt] : attempts_) attempts.emplace_back(id, attempt.get());
  for (auto& [id, attempt] : attempts) {
    for (const auto& gone : all_gone) {
      if (gone.id == attempt->keeper() && !attempt->over()) attempt->on_keeper_gone(gone);
    }
    if (supervisor_gone && !attempt->over()) attempt->on_supervisor_gone();
    settle(id, *attempt);
  }
}

// After everything that may have changed the attempt, which may be gone afterwards.
void RealHost::settle(std::uint32_t id, ProcessAttempt& attempt) {
  deadlines_.set(id, attempt.deadline());
  if (!attempt.over()) return;
  AttemptEnded ended = attempt.take();
  ids_.erase(ended.node);
  attempts_.erase(id);
  auto order = orders_.extract(id);
  if (!order.empty() && ended.how.kind != Termination::Kind::not_started)
    return artifacts_->add(std::move(ended), std::move(order.mapped()));
  ready_.push_back(std::move(ended));
}

void RealHost::take_due() {
  for (const std::uint32_t id : deadlines_.take_due(Clock::now())) {
    if (const auto attempt = attempts_.find(id); attempt != attempts_.end()) {
      attempt->second->on_deadline();
      settle(id, *attempt->second);
    } else {
      end_wait(id, Termination::Kind::waited);
    }
  }
}

void RealHost::end_wait(std::uint32_t id, Termination::Kind kind) {
  const auto found = waits_.find(id);
  CHECK(found != waits_.end());
  AttemptEnded ended;
  ended.node = found->second.node;
  ended.attempt = found->second.attempt;
  ended.how.kind = kind;
  waits_.erase(found);
  deadlines_.set(id, std::nullopt);
  ids_.erase(ended.node);
  ready_.push_back(std::move(ended));
}

}  // namespace runbook
