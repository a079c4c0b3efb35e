#include "cli/prepared.h"

#include <cstdio>
#include <filesystem>

#include "base/io.h"
#include "base/result.h"
#include "base/text.h"
#include "cli/environment.h"
#include "cli/runbook_files.h"
#include "language/load.h"
#include "library/library_path.h"
#include "plan/build_plan.h"

namespace runbook {

std::optional<std::string> read_whole_file(const std::string& path) {
  // The loader names the limit of a runbook itself.
  auto text = read_file(path, 64u << 20);
  if (text) return std::move(*text);
  std::fprintf(stderr, "error: %s\n", printable(text.error().message()).c_str());
  return std::nullopt;
}

Sources sources_for(const std::string& path) {
  auto library = find_library_path();
  auto directories = library.all();
  directories.insert(directories.begin(), std::filesystem::path(path).parent_path().string());
  return {std::make_unique<DiskFiles>(path, std::move(library)), LuaModules(std::move(directories))};
}

std::optional<Prepared> prepare(const std::shared_ptr<const SourceFile>& file, Sources& sources,
                                Diagnostics& diagnostics) {
  auto runbook = load_runbook(file, diagnostics, &sources.modules);
  if (!runbook) return std::nullopt;
  Prepared prepared;
  prepared.file = file;
  prepared.runbook = std::make_unique<Runbook>(std::move(*runbook));
  const auto& path = file->path();
  prepared.files =
      resolve_uses(*prepared.runbook, path.substr(path.rfind('/') + 1), *sources.files, diagnostics, &sources.modules);
  for (const auto& module : sources.modules.loaded())
    prepared.files.push_back({module_file_name(module->name), module->file});
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
