#include "cli/secret_command.h"

#include <csignal>
#include <optional>

#include "cli/scratch_directory.h"
#include "host/real_host.h"

extern char** environ;

namespace runbook {
namespace {

constexpr Duration kill_after = std::chrono::seconds(2);

std::vector<std::pair<std::string, std::string>> whole_environment() {
  std::vector<std::pair<std::string, std::string>> env;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && equals > 0)
      env.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return env;
}

class Commands {
 public:
  Commands(Host& host, std::size_t count, Duration timeout)
      : host_(host), ends_(count), timeout_(timeout), deadline_(host.now() + timeout) {}

  void start(NodeId id, const std::vector<std::string>& argv) {
    Work work;
    work.node = id;
    work.deadline = deadline_;
    work.action = ProcessWork{argv, std::nullopt, whole_environment(), ""};
    host_.start(std::move(work));
    ++running_;
  }

  // The signal that wants the engine to end; 0: none.
  int wait() {
    while (running_ > 0) {
      for (auto& observation : host_.wait(kill_at_ ? kill_at_ : std::optional(deadline_))) {
        if (auto* ended = std::get_if<AttemptEnded>(&observation)) take(std::move(*ended));
        if (const auto* interrupted = std::get_if<Interrupted>(&observation)) stop(interrupted->signal);
      }
      if (running_ > 0 && !kill_at_ && host_.now() >= deadline_) stop(0);
      if (running_ > 0 && kill_at_ && host_.now() >= *kill_at_) kill();
    }
    return signal_;
  }

  std::vector<AttemptEnded> take_ends() {
    std::vector<AttemptEnded> ends;
    for (auto& ended : ends_) ends.push_back(std::move(*ended));
    return ends;
  }

 private:
  void take(AttemptEnded ended) {
    if (kill_at_) ended.how.reason = "it did not end within " + write_duration(timeout_);
    --running_;
    ends_[ended.node] = std::move(ended);
  }

  void signal_all(Signal signal) {
    for (NodeId id = 0; id < ends_.size(); ++id)
      if (!ends_[id]) host_.signal(id, signal);
  }

  void stop(int signal) {
    if (signal != 0) signal_ = signal;
    if (kill_at_) return kill();
    kill_at_ = host_.now() + kill_after;
    signal_all(Signal::term);
  }

  void kill() {
    kill_at_ = Time::max();  // their ends follow within 2 s
    signal_all(Signal::kill);
  }

  Host& host_;
  std::vector<std::optional<AttemptEnded>> ends_;
  Duration timeout_;
  Time deadline_;
  std::optional<Time> kill_at_;
  std::size_t running_ = 0;
  int signal_ = 0;
};

}  // namespace

Result<std::vector<AttemptEnded>> run_secret_commands(const std::vector<std::vector<std::string>>& commands,
                                                      Duration timeout) {
  auto scratch = ScratchDirectory::create();
  if (!scratch) return tl::unexpected(scratch.error());
  auto supervisor = Supervisor::start();
  if (!supervisor) return tl::unexpected(supervisor.error());
  int signal = 0;
  std::vector<AttemptEnded> ends;
  {
    RealHostOptions options;
    options.scratch = scratch->path();
    auto host = RealHost::create(std::move(*supervisor), std::move(options));
    if (!host) return tl::unexpected(host.error());
    Commands running(**host, commands.size(), timeout);
    for (NodeId id = 0; id < commands.size(); ++id) running.start(id, commands[id]);
    signal = running.wait();
    ends = running.take_ends();
  }
  if (signal != 0) ::raise(signal);  // the host has given signals back: this ends the engine as if nothing had run
  return ends;
}

}  // namespace runbook
