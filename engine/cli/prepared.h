// From a path on the command line to a plan: read, load, plan; what is wrong is printed once, with a place.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "plan/plan.h"
#include "runbook/lua_modules.h"
#include "runbook/runbook.h"
#include "source/render.h"

namespace runbook {

// The bytes of a file, or nothing when it cannot be read: why is on stderr then.
std::optional<std::string> read_whole_file(const std::string& path);

struct Prepared {
  std::shared_ptr<const SourceFile> file;
  std::unique_ptr<Runbook> runbook;  // at a fixed place: the plan points into it
  std::unique_ptr<Plan> plan;       // likewise: views of a run point to it
};

// Adds to `diagnostics`, which point into `file`: keep it as long as them. nullopt when they hold errors.
std::optional<Prepared> prepare(const std::shared_ptr<const SourceFile>& file, LuaModules& modules,
                                Diagnostics& diagnostics);

// The modules that a runbook which stands at `path` may require.
LuaModules modules_for(const std::string& path);

// All diagnostics and the summary line, to stderr.
void print_diagnostics(const Diagnostics& diagnostics, const std::string& path, const RenderOptions& options);
RenderOptions render_options(bool color);

}  // namespace runbook
