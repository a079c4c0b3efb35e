// Runs one script to its end, in this process: REQUIRES a process of its own, which others stop. Nothing here bounds
// time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"

namespace runbook {

// All that a script needs, as plain data, so that it can be sent to another process.
struct ScriptJob {
  struct Module {
    std::string name, text;
  };
  std::string text;
  std::vector<Module> modules;  // those it requires, and those they require
  Value values = Value::map();  // the globals it reads: params, steps…
};

struct ScriptPlace {
  std::string module;  // empty: the script itself
  int line = 0;        // from 1, of its text
  bool operator==(const ScriptPlace&) const = default;
};

// How it ended.
struct ScriptEnd {
  enum class Kind {
    returned,  // `outputs`
    failed,    // by fail(): `message` is why
    broken,    // an error: `message`, `trace`
  };
  Kind kind = Kind::returned;
  Value outputs = Value::map();
  std::string message;
  std::vector<ScriptPlace> trace;  // where, innermost first; may be empty
  std::vector<std::string> warnings;
  bool operator==(const ScriptEnd&) const = default;
};

inline constexpr std::size_t script_memory = 256 << 20;
inline constexpr std::size_t most_script_warnings = 100;  // further ones are counted

enum class ScriptOutput { log, warning };

// `out` gets whole lines of text, as they come.
ScriptEnd run_script(const ScriptJob& job, const std::function<void(ScriptOutput, std::string_view)>& out,
                     std::size_t memory = script_memory);

// As plain values, to be sent; nullopt when it is none.
Value to_value(const ScriptJob& job);
Value to_value(const ScriptEnd& end);
std::optional<ScriptJob> script_job(const Value& value);
std::optional<ScriptEnd> script_end(const Value& value);

}  // namespace runbook
