#include "host/process/lua_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/duration.h"
#include "base/io.h"
#include "base/packed_value.h"
#include "base/unique_fd.h"
#include "host/process/spawn_protocol.h"
#include "host/process/step_outputs.h"
#include "redact/redactor.h"

namespace runbook {
namespace {

constexpr rlim_t slack = 128 << 20;  // for what is not Lua's memory: the result as values, then as bytes

Value redacted(const Value& value, const Redactor& redactor) {
  if (value.is_string()) return redactor.redact(value.as_string());
  if (value.is_number()) {  // a secret that is a number is a secret
    const auto text = to_text(value), shown = redactor.redact(text);
    return shown == text ? value : Value(shown);
  }
  if (value.is_list()) {
    Value::List list;
    for (const auto& item : value.as_list()) list.push_back(redacted(item, redactor));
    return list;
  }
  if (!value.is_map()) return value;
  Value map = Value::map();
  for (const auto& [key, item] : value.as_map()) map.set(redactor.redact(key), redacted(item, redactor));
  return map;
}

void limit(int resource, rlim_t most) {
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &now) != 0) return;
  now.rlim_cur = now.rlim_max = std::min(most, now.rlim_max);
  ::setrlimit(static_cast<__rlimit_resource>(resource), &now);
}

// Lua's own count of its memory comes first, and says so in words; this holds for everything else.
void limit_memory(std::size_t job_size) {
#ifndef __SANITIZE_ADDRESS__
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  const auto now = static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  limit(RLIMIT_AS, now + script_memory + slack + 4 * static_cast<rlim_t>(job_size));
#else
  static_cast<void>(job_size);
#endif
}

int complain(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  return 70;
}

ScriptEnd broken(std::string message) {
  ScriptEnd end;
  end.kind = ScriptEnd::Kind::broken;
  end.message = std::move(message);
  return end;
}

ScriptEnd run(const ScriptJob& job) {
  try {
    return run_script(job, [](ScriptOutput output, std::string_view text) {
      // A log that nobody reads any more is no reason to stop: whoever closed it stops the process.
      static_cast<void>(write_all(output == ScriptOutput::log ? STDOUT_FILENO : STDERR_FILENO, text, "its log"));
    });
  } catch (const std::bad_alloc&) {
    return broken("the script used more than " + show_size(script_memory) + " of memory");
  }
}

}  // namespace

ProcessWork lua_process_work(const ScriptJob& job, const std::string& program) {
  return {{program, std::string(lua_process_flag)}, pack_value(to_value(job)), {}, "/"};
}

std::optional<ScriptEnd> read_script_end(std::string_view bytes, const Redactor* redactor) {
  const auto value = unpack_value(bytes);
  auto end = value ? script_end(*value) : std::nullopt;
  if (!end || !redactor) return end;
  end->outputs = redacted(end->outputs, *redactor);
  end->message = redactor->redact(end->message);
  for (auto& warning : end->warnings) warning = redactor->redact(warning);
  return end;
}

int run_lua_process() {
  ::prctl(PR_SET_NAME, "rb-lua");
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CORE, 0);  // it would hold secrets
  limit(RLIMIT_FSIZE, 2 * max_step_outputs);
  UniqueFd input(spawn::script_descriptor);
  const auto bytes = read_all(input, "the script");
  const auto value = bytes ? unpack_value(*bytes) : std::nullopt;
  const auto job = value ? script_job(*value) : std::nullopt;
  const char* const path = std::getenv(std::string(spawn::output_variable).c_str());
  if (!job || !path) {
    std::fprintf(stderr, "error: `%s` is for the engine itself, which runs `lua` steps by it\n",
                 std::string(lua_process_flag).c_str());
    return 64;
  }
  UniqueFd output(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!output.valid()) return complain("create the file for the script's result");
  input.reset();
  limit_memory(bytes->size());
  limit(RLIMIT_NOFILE, 0);  // nothing more is opened
  auto end = run(*job);
  auto packed = pack_value(to_value(end));
  if (packed.size() > max_step_outputs) {
    end = broken("the script returns more than " + show_size(max_step_outputs));
    packed = pack_value(to_value(end));
  }
  if (!write_file(output, packed, path)) return complain("write the script's result");
  return end.kind == ScriptEnd::Kind::returned ? 0 : 1;
}

}  // namespace runbook
