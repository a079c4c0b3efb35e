// A RealHost in a directory of its own, and what tests do with it. Everything that waits here waits for an event and
// fails the test after a minute.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "host/real_host.h"

namespace runbook::testing {

inline constexpr auto patience = std::chrono::seconds(60);

class TempDirectory {
 public:
  TempDirectory() {
    char name[] = "/tmp/runbook-host-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_file(const std::string& path, const std::string& text, mode_t mode = 0644) {
  std::ofstream(path, std::ios::binary) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

// A FIFO that all processes of a step hold open: it is at its end when none of them is left.
class AliveFifo {
 public:
  explicit AliveFifo(const std::string& path) : path_(path) {
    REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
    fd_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(fd_.valid());
  }
  const std::string& path() const { return path_; }

  // How many processes have said that they are there, up to now.
  int count() {
    char buffer[256];
    for (ssize_t got; (got = ::read(fd_.get(), buffer, sizeof buffer)) > 0;) count_ += static_cast<int>(got);
    return count_;
  }
  void wait_for(int processes) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (count() < processes) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      // Without a writer poll() does not wait for one.
      pollfd readable{fd_.get(), POLLIN, 0};
      ::poll(&readable, 1, 10);
    }
  }
  // REQUIRES: someone has opened it meanwhile.
  bool all_gone() {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      count();
      pollfd ended{fd_.get(), POLLIN, 0};
      ::poll(&ended, 1, 1000);
      if ((ended.revents & POLLHUP) != 0 && (ended.revents & POLLIN) == 0) return true;
    }
    return false;
  }

 private:
  std::string path_;
  UniqueFd fd_;
  int count_ = 0;
};

class LiveHost {
 public:
  explicit LiveHost(const std::vector<SecretValue>& secrets = {}, Time start = Time()) {
    auto supervisor = Supervisor::start();
    REQUIRE(supervisor);
    supervisor_pid = supervisor->pid();
    REQUIRE(::mkdir((directory / "scratch").c_str(), 0700) == 0);
    REQUIRE(::mkdir((directory / "logs").c_str(), 0700) == 0);
    auto redactor = Redactor::make(secrets);
    REQUIRE(redactor);
    RealHostOptions options;
    options.logs.reset(::open((directory / "logs").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(::mkdir((directory / "artifacts").c_str(), 0700) == 0);
    options.artifacts.reset(::open((directory / "artifacts").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    options.scratch = directory / "scratch";
    options.redactor = *redactor;
    options.listener = [this](NodeId node, Stream stream, std::string_view bytes) {
      heard += bytes;
      if (on_output) on_output(node, stream, bytes);
    };
    options.engine = LUA_PROCESS;
    options.start = start;
    auto made = RealHost::create(std::move(*supervisor), std::move(options));
    REQUIRE(made);
    host = std::move(*made);
  }

  void start(NodeId node, ProcessWork work) {
    host->start({node, 1, std::to_string(node) + ".1.log", std::nullopt, std::move(work)});
  }
  // The next attempt that ends, of whichever node.
  AttemptEnded next() {
    while (ended_.empty()) observe();
    AttemptEnded first = std::move(ended_.front());
    ended_.erase(ended_.begin());
    return first;
  }
  AttemptEnded run(ProcessWork work) {
    start(1, std::move(work));
    return next();
  }
  // Lets things happen until `done`.
  void pump(const std::function<bool()>& done) {
    while (!done()) observe(std::chrono::milliseconds(20));
  }
  std::string log(NodeId node = 1) const { return read_file(directory / ("logs/" + std::to_string(node) + ".1.log")); }

  TempDirectory directory;
  std::unique_ptr<RealHost> host;
  pid_t supervisor_pid = 0;
  std::string heard;  // all output, redacted, as it came
  std::function<void(NodeId, Stream, std::string_view)> on_output;
  std::vector<int> signals;

 private:
  void observe(Duration at_most = std::chrono::duration_cast<Duration>(patience)) {
    for (auto& observation : host->wait(host->now() + at_most)) {
      if (auto* attempt = std::get_if<AttemptEnded>(&observation)) {
        ended_.push_back(std::move(*attempt));
      } else if (const auto* interrupted = std::get_if<Interrupted>(&observation)) {
        signals.push_back(interrupted->signal);
      } else if (at_most == patience) {
        FAIL("nothing happened for a minute");
      }
    }
    REQUIRE(std::chrono::steady_clock::now() < end_);
  }

  std::vector<AttemptEnded> ended_;
  const std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + 2 * patience;
};

inline ProcessWork command(std::vector<std::string> argv,
                           std::vector<std::pair<std::string, std::string>> env = {{"PATH", "/usr/bin:/bin"}}) {
  return {std::move(argv), std::nullopt, std::move(env), {}};
}

inline ProcessWork bash(std::string script,
                        std::vector<std::pair<std::string, std::string>> env = {{"PATH", "/usr/bin:/bin"}}) {
  return {
      {"bash", "--noprofile", "--norc", "-euo", "pipefail", "/proc/self/fd/10"}, std::move(script), std::move(env), {}};
}

inline ProcessWork misbehave(std::vector<std::string> arguments, const std::string& alive = {}) {
  arguments.insert(arguments.begin(), MISBEHAVE);
  ProcessWork work = command(std::move(arguments));
  if (!alive.empty()) work.env.emplace_back("ALIVE", alive);
  return work;
}

}  // namespace runbook::testing
