// From a path on the command line to a plan: read, load, plan; what is wrong is printed once, with a place.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "library/uses.h"
#include "plan/plan.h"
#include "script/lua_modules.h"
#include "source/render.h"

namespace runbook {

// The bytes of a runbook or a file of parameters; why it cannot be read is on stderr.
std::optional<std::string> read_whole_file(const std::string& path);

struct Prepared {
  std::shared_ptr<const SourceFile> file;
  std::unique_ptr<Runbook> runbook;  // at a fixed place: the plan points into it
  std::unique_ptr<Plan> plan;        // likewise: views of a run point to it
  std::vector<NamedFile> files;      // the runbook and all it uses, as a snapshot keeps them
};

// Where all else comes from that a runbook needs: the runbooks it uses and the Lua modules it requires.
struct Sources {
  std::unique_ptr<RunbookFiles> files;
  LuaModules modules;
};
// For a runbook that stands at `path`.
Sources sources_for(const std::string& path);

// Adds to `diagnostics`, which point into `file` and into what comes from `sources`: keep them as long. nullopt when
// they hold errors.
std::optional<Prepared> prepare(const std::shared_ptr<const SourceFile>& file, Sources& sources,
                                Diagnostics& diagnostics);

// All diagnostics and the summary line, to stderr.
void print_diagnostics(const Diagnostics& diagnostics, const std::string& path, const RenderOptions& options);
RenderOptions render_options(bool color);

}  // namespace runbook
