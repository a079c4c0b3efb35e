#include "cli/prepared.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/result.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "cli/environment.h"
#include "plan/build_plan.h"
#include "runbook/library_path.h"
#include "runbook/load.h"

namespace runbook {

std::optional<std::string> read_whole_file(const std::string& path) {
  const auto complain = [&](const Unexpected& why) {
    std::fprintf(stderr, "error: %s\n", printable(why.value().message()).c_str());
    return std::nullopt;
  };
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return complain(system_error("read", path));
  std::string text;
  char buffer[64 << 10];
  for (;;) {
    const auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return complain(system_error("read", path));
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    // The loader names the limit itself; a device that never ends must not be read for ever.
    if (text.size() > (64u << 20)) return text;
  }
}

LuaModules modules_for(const std::string& path) {
  auto directories = find_library_path().all();
  directories.insert(directories.begin(), std::filesystem::path(path).parent_path().string());
  return LuaModules(std::move(directories));
}

std::optional<Prepared> prepare(const std::shared_ptr<const SourceFile>& file, LuaModules& modules,
                                Diagnostics& diagnostics) {
  auto runbook = load_runbook(file, diagnostics, &modules);
  if (!runbook) return std::nullopt;
  Prepared prepared;
  prepared.file = file;
  prepared.runbook = std::make_unique<Runbook>(std::move(*runbook));
  auto plan = build_plan(*prepared.runbook, diagnostics);
  if (!plan || diagnostics.errors() > 0) return std::nullopt;
  prepared.plan = std::make_unique<Plan>(std::move(*plan));
  return prepared;
}

RenderOptions render_options(bool color) {
  RenderOptions options;
  options.color = color;
  const auto facts = terminal_facts(2);
  if (facts.is_tty) options.width = static_cast<std::size_t>(window_size(2, facts).columns);
  return options;
}

void print_diagnostics(const Diagnostics& diagnostics, const std::string& path, const RenderOptions& options) {
  if (diagnostics.all().empty()) return;
  std::fputs(render_text(diagnostics, options).c_str(), stderr);
  std::fprintf(stderr, "\n%s\n", render_summary(path, diagnostics).c_str());
}

}  // namespace runbook
