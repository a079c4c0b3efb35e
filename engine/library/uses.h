// Uses: finds the runbooks that a runbook uses, and those that they use, so that a plan can inline them. Where a file
// comes from is a seam: a run reads the disk, its resume the snapshot that was taken of the same files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/runbook.h"

namespace runbook {

class LuaModules;

// Which file a reference means, apart from where it is stored.
struct UsedFile {
  enum class Origin {
    beside,    // relative to the first file's directory
    standard,  // `std/…`
    path,      // in a directory of RUNBOOK_PATH
  };
  Origin origin = Origin::beside;
  std::string name;  // normalised, with `/`, with `.yaml`; of `beside` it may begin with `../`

  bool operator==(const UsedFile&) const = default;
  // Its place in the snapshot of a run: `lib/drain.yaml`, `@up/lib/drain.yaml`, `@std/http/wait.yaml`, `@path/x.yaml`.
  std::string snapshot_name() const;
};

// What files there are. Abstract so that a resume can read a snapshot, and a test a map.
class RunbookFiles {
 public:
  virtual ~RunbookFiles() = default;

  // The file, or nullptr when there is none. One that is there and cannot be read is reported at `use`, then nullptr.
  virtual std::shared_ptr<const SourceFile> open(const UsedFile& file, Span use, Diagnostics& diagnostics) = 0;
  // Where `file` would be, for people: "/usr/share/runbook/stdlib/http/wait.yaml".
  virtual std::vector<std::string> places(const UsedFile& file) const = 0;
};

// A file with the name under which a snapshot keeps it.
struct NamedFile {
  std::string name;
  std::shared_ptr<const SourceFile> file;
};

// Sets UseAction::runbook everywhere in `runbook`, whose own file is `name` in its directory, and checks each `with`
// against the parameters it is for, what it can know before a run; mistakes are told with their places in both files. A
// file that is used twice is read once; its scripts find their Lua modules in `modules`. Returns the files, `runbook`'s
// first, in the order in which they were met.
std::vector<NamedFile> resolve_uses(Runbook& runbook, const std::string& name, RunbookFiles& files,
                                    Diagnostics& diagnostics, LuaModules* modules = nullptr);

// The runbook and all it uses, each once, in the order in which they are met.
std::vector<const Runbook*> all_runbooks(const Runbook& runbook);

// The values of a used runbook's parameters from what its user gives, or what is wrong: "the input `port` must be …".
// Parameters that are not given have their default, else null.
struct BoundInputs {
  Value params = Value::map();
  std::string error;
};
BoundInputs bind_inputs(const Runbook& runbook, const Value& given);

}  // namespace runbook
