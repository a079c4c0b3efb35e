#include "host/process/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
// Of glibc 2.36: lacks it itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/io.h"
#include "base/unique_fd.h"

namespace runbook {
namespace {

// Of a file in /proc; empty when there is none.
std::string read_proc(const char* path) { return read_file(path, 1 << 20).value_or(""); }

struct Stat {
  bool alive;
  pid_t parent;
  std::uint64_t start;
};

std::optional<Stat> read_stat(pid_t pid) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  const std::string text = read_proc(path);
  // The name in the second field may hold spaces and parentheses.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  char state = 0;
  int parent = 0, threads = 0;
  unsigned long long start = 0;
  const int read = std::sscanf(text.c_str() + name_end + 1,
                               " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %llu", &state,
                               &parent, &threads, &start);
  if (read != 4) return std::nullopt;
  // A process whose first thread has ended looks like a zombie while its others run on.
  const bool alive = (state != 'Z' && state != 'X') || threads > 1;
  return Stat{alive, parent, start};
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_directory(const char* path) { return Directory(::opendir(path), &::closedir); }

template <class Visit>
void each_number_in(const char* path, Visit visit) {
  const Directory directory = open_directory(path);
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (const int number = std::atoi(entry->d_name); number > 0) visit(static_cast<pid_t>(number));
  }
}

bool has_children_files() {
  static const bool has = [] {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(::getpid()));
    return ::access(path, R_OK) == 0;
  }();
  return has;
}

}  // namespace

std::vector<pid_t> children_by_scan(pid_t parent) {
  std::vector<pid_t> children;
  each_number_in("/proc", [&](pid_t pid) {
    if (const auto stat = read_stat(pid); stat && stat->parent == parent) children.push_back(pid);
  });
  return children;
}

std::vector<pid_t> children_of(pid_t parent) {
  if (!has_children_files()) return children_by_scan(parent);
  std::vector<pid_t> children;
  char tasks[64];
  std::snprintf(tasks, sizeof tasks, "/proc/%d/task", static_cast<int>(parent));
  // Each thread has the children it forked.
  each_number_in(tasks, [&](pid_t thread) {
    char path[96];
    std::snprintf(path, sizeof path, "%s/%d/children", tasks, static_cast<int>(thread));
    const std::string text = read_proc(path);
    for (const char* at = text.c_str(); *at;) {
      char* end = nullptr;
      const long pid = std::strtol(at, &end, 10);
      if (end == at) break;
      children.push_back(static_cast<pid_t>(pid));
      at = end + std::strspn(end, " ");
    }
  });
  return children;
}

template <class Visit>
void ProcessTree::each(Visit visit) const {
  const pid_t self = ::getpid();
  std::vector<Process> parents{{self, 0}};
  for (std::size_t next = 0; next < parents.size(); ++next) {
    const Process parent = parents[next];
    for (const pid_t pid : children_of(parent.pid)) {
      if (parent.pid == self && std::find(except_.begin(), except_.end(), pid) != except_.end()) continue;
      const UniqueFd pidfd(::pidfd_open(pid, 0));
      const auto stat = read_stat(pid);
      if (!pidfd.valid() || !stat || stat->parent != parent.pid) continue;
      if (parent.pid != self) {
        const auto again = read_stat(parent.pid);
        if (!again || again->start != parent.start) continue;
      }
      if (stat->alive) visit(Process{pid, stat->start}, pidfd.get());
      parents.push_back({pid, stat->start});
    }
  }
}

void ProcessTree::terminate() {
  std::set<Process> done;
  // Each round sees what was forked, or left behind by its parent, during the one before. Bounded: who forks faster
  // than this gets KILL later.
  for (int round = 0; round < 16; ++round) {
    const std::size_t before = done.size();
    each([&](const Process& process, int pidfd) {
      if (!done.insert(process).second) return;
      ::pidfd_send_signal(pidfd, SIGTERM, nullptr, 0);
      ::pidfd_send_signal(pidfd, SIGCONT, nullptr, 0);
    });
    if (done.size() == before) return;
  }
}

std::uint32_t ProcessTree::kill_round() {
  std::uint32_t seen = 0;
  each([&](const Process& process, int pidfd) {
    ++seen;
    if (::pidfd_send_signal(pidfd, SIGKILL, nullptr, 0) == 0) killed_.insert(process);
  });
  return seen;
}

}  // namespace runbook
