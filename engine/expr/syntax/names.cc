#include "expr/syntax/names.h"

#include <algorithm>

#include "base/text.h"

namespace runbook::names {
namespace {

using List = std::vector<std::string_view>;

const List data{"params", "vars", "secrets", "env", "steps", "run", "result", "item", "index", "attempt"};
const List strict{"params", "vars", "secrets", "env", "steps"};
const List functions{"json",     "base64",   "sha256",   "url",    "semver", "matches", "duration", "bytes", "time",
                     "contains", "keys",     "map",      "filter", "sum",    "min",     "max",      "avg",   "percent",
                     "default",  "tostring", "tonumber", "type",   "math",   "string",  "ipairs",   "pairs"};
const List script_functions{"log",    "fail",     "warn",   "require",      "pcall",        "error",
                            "assert", "select",   "table",  "setmetatable", "getmetatable", "rawget",
                            "rawset", "rawequal", "rawlen", "utf8"};
const List stock{"_ENV",         "_G",    "assert",   "collectgarbage", "coroutine",  "debug",  "dofile",  "error",
                 "getmetatable", "io",    "load",     "loadfile",       "loadstring", "next",   "os",      "package",
                 "pcall",        "print", "rawequal", "rawget",         "rawlen",     "rawset", "require", "select",
                 "setmetatable", "table", "unpack",   "utf8",           "warn",       "xpcall"};

}  // namespace

bool one_of(std::string_view name, const List& list) { return std::find(list.begin(), list.end(), name) != list.end(); }
bool is_data(std::string_view name) { return one_of(name, data); }
bool is_strict_map(std::string_view name) { return one_of(name, strict); }
bool is_function(std::string_view name, Dialect dialect) {
  return one_of(name, functions) || (dialect != Dialect::expression && one_of(name, script_functions));
}
bool is_stock_lua(std::string_view name) { return one_of(name, stock); }

const List& result_fields() {
  static const List fields{"outcome", "ok",      "attempts", "duration", "exit_code", "signal",
                           "stdout",  "stderr",  "lines",    "json",     "status",    "headers",
                           "body",    "outputs", "size",     "sha256",   "redirects"};
  return fields;
}

const List& run_fields() {
  static const List fields{"id", "name", "kind", "user", "host", "started_at", "outcome", "failed_step", "dry_run"};
  return fields;
}

const List& members(std::string_view name, Dialect dialect) {
  static const List none, codec{"encode", "decode"}, url{"encode"}, semver{"compare"}, time{"parse", "format"},
      math{"floor", "ceil", "abs"},
      string{"upper", "lower", "sub", "len", "rep", "split", "trim", "starts_with", "ends_with", "contains"};
  static const List script_math{"floor", "ceil", "abs",  "sqrt", "fmod", "modf",       "tointeger", "type",
                                "log",   "exp",  "ult",  "sin",  "cos",  "tan",        "asin",      "acos",
                                "atan",  "pi",   "huge", "min",  "max",  "maxinteger", "mininteger"},
      script_string{"upper",    "lower", "sub",  "len",  "rep",    "split", "trim",   "starts_with", "ends_with",
                    "contains", "byte",  "char", "find", "format", "gsub",  "gmatch", "match",       "reverse"},
      table{"insert", "remove", "concat", "sort", "unpack", "pack", "move"},
      utf8{"char", "charpattern", "codepoint", "codes", "len", "offset"};
  if (name == "json" || name == "base64") return codec;
  if (name == "url") return url;
  if (name == "semver") return semver;
  if (name == "time") return time;
  const bool script = dialect != Dialect::expression;
  if (name == "math") return script ? script_math : math;
  if (name == "string") return script ? script_string : string;
  if (name == "table" && script) return table;
  if (name == "utf8" && script) return utf8;
  return none;
}

const List& all(Dialect dialect) {
  static const auto join = [](const List& a, const List& b, const List& c) {
    List list = a;
    list.insert(list.end(), b.begin(), b.end());
    list.insert(list.end(), c.begin(), c.end());
    return list;
  };
  static const List expression = join(data, functions, {}), script = join(data, functions, script_functions),
                    module = join(functions, script_functions, {});
  return dialect == Dialect::expression ? expression : dialect == Dialect::script ? script : module;
}

std::string did_you_mean(std::string_view name, const List& candidates) {
  const auto found = nearest(name, candidates);
  return found.empty() ? "" : "; did you mean `" + std::string(found) + "`?";
}

std::string where_it_exists(std::string_view name) {
  const std::string ticked = "`" + std::string(name) + "`";
  if (name == "result") return ticked + " exists only in `outputs`, `expect` and `retry.if`";
  if (name == "item" || name == "index") return ticked + " exists only in a step with `for_each`";
  if (name == "attempt") return ticked + " exists only inside a step";
  if (name == "steps") return ticked + " exists only once the run has begun";
  return ticked + " is not known here";
}

}  // namespace runbook::names
