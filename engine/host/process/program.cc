#include "host/process/program.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "base/unique_fd.h"

namespace runbook {
namespace {

constexpr std::size_t max_string = 128 << 10;  // MAX_ARG_STRLEN of Linux, with the NUL at the end
constexpr const char* default_path = "/usr/local/bin:/usr/bin:/bin";

Unexpected unfit(std::string what, std::string reason) { return failure("start", std::move(what), std::move(reason)); }

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::string in_directory(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

// Relative paths count from the child's directory.
std::string from(const std::string& cwd, const std::string& path) {
  return !path.empty() && path[0] == '/' ? path : cwd + "/" + path;
}

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_executable(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 && is_file(path);
}

std::string first_bytes(const std::string& path) {
  std::string bytes(512, '\0');
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const ssize_t count = file.valid() ? ::read(file.get(), bytes.data(), bytes.size()) : 0;
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

// "" when the directory is not to blame.
std::string explain_directory(const std::string& cwd) {
  UniqueFd directory(::open(cwd.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return "its directory " + ticked(cwd) + " cannot be used: " + std::strerror(errno);
  if (::faccessat(AT_FDCWD, cwd.c_str(), X_OK, AT_EACCESS) != 0) {
    return "its directory " + ticked(cwd) + " cannot be entered: " + std::strerror(errno);
  }
  return {};
}

// The program is there: then what it names as its interpreter is not.
std::string explain_interpreter(const std::string& program, int error) {
  const std::string head = first_bytes(program);
  if (head.rfind("#!", 0) == 0) {
    const std::string_view line = std::string_view(head).substr(2, head.find('\n') - 2);
    const auto words = line.substr(std::min(line.size(), line.find_first_not_of(" \t")));
    const auto interpreter = words.substr(0, words.find_first_of(" \t"));
    if (!interpreter.empty() && interpreter.back() == '\r') {
      return ticked(program) + " has Windows line ends, so that its interpreter would be " + ticked(interpreter) +
             "; convert it, for example with `dos2unix`";
    }
    return "the interpreter " + ticked(interpreter) + " in the first line of " + ticked(program) +
           " cannot be run: " + std::strerror(error);
  }
  if (head.rfind(ELFMAG, 0) == 0 && error == ENOENT) {
    return ticked(program) + " needs a dynamic loader that this machine does not have; it was built for another system";
  }
  return {};
}

}  // namespace

Result<> check_process(const ProcessWork& work) {
  if (work.argv.empty() || work.argv[0].empty()) return unfit("a process", "no program is given");
  for (std::size_t i = 0; i < work.argv.size(); ++i) {
    const std::string what = "argument " + std::to_string(i) + " of " + ticked(work.argv[0]);
    if (has_nul(work.argv[i])) return unfit(what, "it holds a NUL byte, which no argument can");
    if (work.argv[i].size() + 1 > max_string) {
      return unfit(what, "it has " + count_of(work.argv[i].size(), "byte") +
                             ", the system takes fewer than 128 KiB; put the value in a file and pass its name");
    }
  }
  for (const auto& [name, value] : work.env) {
    const std::string what = "environment variable " + ticked(name);
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name)) {
      return unfit(what, "this is no name for a variable");
    }
    if (has_nul(value)) return unfit(what, "it holds a NUL byte, which no variable can");
    if (name.size() + value.size() + 2 > max_string) {
      return unfit(what, "it has " + count_of(value.size(), "byte") +
                             ", the system takes fewer than 128 KiB; put the value in a file and pass its name");
    }
  }
  if (has_nul(work.cwd)) return unfit("a process", "the name of its directory holds a NUL byte");
  return {};
}

Result<std::string> find_program(const ProcessWork& work, const std::string& cwd) {
  const std::string& name = work.argv[0];
  if (name.find('/') != std::string::npos) return from(cwd, name);
  std::string path = default_path;
  for (const auto& [variable, value] : work.env) {
    if (variable == "PATH") path = value;
  }
  std::string not_executable;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string candidate = from(cwd, in_directory(path.substr(begin, end - begin), name));
    if (is_executable(candidate)) return candidate;
    if (not_executable.empty() && is_file(candidate)) not_executable = candidate;
    begin = end + 1;
  }
  if (const std::string reason = explain_directory(cwd); !reason.empty()) return unfit(ticked(name), reason);
  if (!not_executable.empty()) {
    return unfit(ticked(name), ticked(not_executable) + " is not executable for this user; try `chmod +x`");
  }
  return unfit(ticked(name), "no such program in PATH (" + path + ")");
}

std::string explain_not_started(const std::string& program, const std::string& cwd, int error) {
  const std::string start = "start " + ticked(program) + ": ";
  if (const std::string reason = explain_directory(cwd); !reason.empty()) return start + reason;
  switch (error) {
    case E2BIG:
      return start + "its arguments and environment together are larger than the system takes (about 2 MiB); " +
             "put large values in files";
    case EAGAIN:
      return start + "no process can be made: " + std::strerror(error) +
             "; the limit of processes is reached (`ulimit -u`, or the pids limit of the cgroup)";
    case ENOMEM: return start + "no process can be made: " + std::strerror(error);
    case ENOEXEC: return start + "it is no program of this machine; a script needs a first line like `#!/bin/sh`";
    default: break;
  }
  struct stat status {};
  if (::stat(program.c_str(), &status) != 0) return start + std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return start + "it is a directory";
  if (!is_executable(program)) return start + "it is not executable for this user; try `chmod +x`";
  if (const std::string reason = explain_interpreter(program, error); !reason.empty()) return start + reason;
  if (error == EACCES) return start + "permission denied; its file system may be mounted `noexec`";
  return start + std::strerror(error);
}

}  // namespace runbook
