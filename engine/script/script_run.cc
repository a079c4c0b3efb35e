#include "script/script_run.h"

#include <lauxlib.h>
#include <lua.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "expr/explain.h"
#include "expr/functions/functions.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"
#include "expr/scope.h"
#include "expr/syntax/names.h"
#include "script/script.h"
#include "script/script_library.h"

namespace runbook {
namespace {

constexpr std::string_view script_chunk = "script";
constexpr std::size_t longest_trace = 16;

bool is_output_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

class ScriptRun {
 public:
  ScriptRun(const ScriptJob& job, const std::function<void(ScriptOutput, std::string_view)>& out, std::size_t memory)
      : job_(job), out_(out), interpreter_({SandboxLimits::any_number, SandboxLimits::any_time, memory}) {}

  ScriptEnd run() {
    auto* state = interpreter_.state();
    prepare_values(state);
    scope::prepare(interpreter_);
    add_script_library(interpreter_);
    add_own_functions();
    for (const auto& [name, value] : job_.values.as_map()) {
      if (name != "steps") scope::set(interpreter_, name, value);
      if (name == "steps" && value.is_map())
        for (const auto& [id, result] : value.as_map()) scope::set_step(interpreter_, id, result);
    }
    lua_pushcfunction(state, trace);
    lua_pushcfunction(state, body);
    lua_pushlightuserdata(state, this);
    interpreter_.arm();
    const int status = lua_pcall(state, 1, 0, 1);
    interpreter_.disarm();
    if (status != LUA_OK) explain(status);
    if (uncounted_ > 0) end_.warnings.push_back("and " + std::to_string(uncounted_) + " more, which are in the log");
    return std::move(end_);
  }

 private:
  // The run that called the function: in the registry, for the functions are called from anywhere.
  static ScriptRun& of(lua_State* state) {
    lua_rawgetp(state, LUA_REGISTRYINDEX, &script_chunk);
    auto* run = static_cast<ScriptRun*>(lua_touserdata(state, -1));
    lua_pop(state, 1);
    return *run;
  }

  void add_own_functions() {
    auto* state = interpreter_.state();
    lua_pushlightuserdata(state, this);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &script_chunk);
    static constexpr std::array own{Function{"log", log}, Function{"warn", warn}, Function{"fail", fail},
                                    Function{"require", require}};
    scope::push_functions(interpreter_);
    for (const auto& function : own) add_function(state, lua_gettop(state), function);
    lua_pop(state, 1);
    lua_newtable(state);  // modules that were loaded, by name
    lua_rawsetp(state, LUA_REGISTRYINDEX, &job_);
  }

  static int body(lua_State* state) {
    auto& run = *static_cast<ScriptRun*>(lua_touserdata(state, 1));
    run.load(run.job_.text, std::string(script_chunk));
    lua_call(state, 0, 1);
    run.take_outputs();
    return 0;
  }

  // Pushes the text as a function.
  void load(const std::string& text, const std::string& name) {
    auto* state = interpreter_.state();
    if (luaL_loadbufferx(state, text.data(), text.size(), ("=" + name).c_str(), "t") != LUA_OK) lua_error(state);
  }

  void take_outputs() {
    auto* state = interpreter_.state();
    if (lua_isnil(state, -1)) return;
    if (!lua_istable(state, -1))
      interpreter_.fail("the script returns " + std::string(kind_of(state, -1)) +
                        ", not its outputs: a table such as `{ count = 3 }`");
    auto value = to_value(state, -1);
    if (value.is_list() && !value.as_list().empty())
      interpreter_.fail("the script returns a list, not its outputs: a table with names, such as `{ count = 3 }`");
    if (value.is_list()) return;
    for (const auto& [name, output] : value.as_map())
      if (!is_output_name(name))
        interpreter_.fail("`" + name + "` cannot be the name of an output: letters, digits and `_`, not a digit first");
    end_.outputs = std::move(value);
  }

  // One line of all arguments.
  static std::string line(lua_State* state) {
    argument::any(state, 1);
    std::string text;
    for (int i = 1; i <= lua_gettop(state); ++i) {
      if (i > 1) text += ' ';
      text += lua_isnil(state, i) ? "nil" : to_text(runbook::to_value(state, i));
    }
    return text;
  }

  static int log(lua_State* state) {
    of(state).out_(ScriptOutput::log, line(state) + "\n");
    return 0;
  }

  static int warn(lua_State* state) {
    auto& run = of(state);
    auto text = line(state);
    run.out_(ScriptOutput::warning, "warning: " + text + "\n");
    if (run.end_.warnings.size() < most_script_warnings) {
      run.end_.warnings.push_back(std::move(text));
    } else {
      ++run.uncounted_;
    }
    return 0;
  }

  static int fail(lua_State* state) {
    auto& run = of(state);
    run.end_.message = line(state);
    run.end_.kind = ScriptEnd::Kind::failed;
    run.interpreter_.stop("failed");
  }

  static int require(lua_State* state) {
    auto& run = of(state);
    const std::string name(argument::text(state, 1));
    const auto found = std::find_if(run.job_.modules.begin(), run.job_.modules.end(),
                                    [&](const auto& module) { return module.name == name; });
    if (found == run.job_.modules.end()) run.interpreter_.fail("`require` knows no module `" + name + "`");
    lua_rawgetp(state, LUA_REGISTRYINDEX, &run.job_);
    push_text(state, name);
    if (lua_rawget(state, -2) != LUA_TNIL) return 1;
    lua_pop(state, 1);
    run.load(found->text, name);
    run.push_module_globals();
    lua_setupvalue(state, -2, 1);  // its _ENV
    lua_call(state, 0, 1);
    if (lua_isnil(state, -1))
      run.interpreter_.fail("the module `" + name + "` returns nothing; end it with `return M`");
    push_text(state, name);
    lua_pushvalue(state, -2);
    lua_rawset(state, -4);
    return 1;
  }

  // A module sees the functions only.
  void push_module_globals() {
    auto* state = interpreter_.state();
    lua_newtable(state);
    lua_createtable(state, 0, 1);
    scope::push_globals(interpreter_);
    lua_pushcclosure(state, module_global, 1);
    lua_setfield(state, -2, "__index");
    lua_setmetatable(state, -2);
  }

  static int module_global(lua_State* state) {
    std::size_t size = 0;
    const char* name = lua_type(state, 2) == LUA_TSTRING ? lua_tolstring(state, 2, &size) : "";
    if (names::is_data({name, size}))
      Interpreter::of(state).fail("a module does not see `" + std::string(name, size) + "`");
    lua_pushvalue(state, 2);
    lua_gettable(state, lua_upvalueindex(1));
    return 1;
  }

  // Called where an error happened: notes the places, and makes a text of what is none.
  static int trace(lua_State* state) {
    auto& run = of(state);
    lua_Debug frame;
    run.end_.trace.clear();
    for (int level = 1; lua_getstack(state, level, &frame) != 0 && run.end_.trace.size() < longest_trace; ++level) {
      lua_getinfo(state, "Sl", &frame);
      if (frame.currentline <= 0) continue;
      const std::string_view source = frame.short_src;
      run.end_.trace.push_back({std::string(source == script_chunk ? std::string_view() : source), frame.currentline});
    }
    if (lua_type(state, 1) == LUA_TSTRING) return 1;
    const auto text = lua_istable(state, 1) ? to_text(runbook::to_value(state, 1))
                                            : "an error without a message (" + std::string(kind_of(state, 1)) + ")";
    push_text(state, text);
    return 1;
  }

  void explain(int status) {
    if (end_.kind == ScriptEnd::Kind::failed) {
      end_.trace.clear();
      return;
    }
    end_.kind = ScriptEnd::Kind::broken;
    auto* state = interpreter_.state();
    if (const auto limit = interpreter_.limit_reached(status); !limit.empty()) {
      end_.message = "the script " + limit;
      return;
    }
    std::size_t size = 0;
    const char* bytes = lua_type(state, -1) == LUA_TSTRING ? lua_tolstring(state, -1, &size) : "";
    const auto read = references_at_error();
    auto failure = interpreter_.take_failure();
    if (failure.empty()) {
      end_.message = explain_lua_error(interpreter_, read, without_place({bytes, size}));
      return;
    }
    if (failure.starts_with("gives ")) failure = "the script " + failure;
    if (failure.ends_with("nil"))
      if (const auto why = explain_nil(interpreter_, read); !why.empty()) failure += ": " + why;
    end_.message = std::move(failure);
  }

  // What is read on the line where it happened.
  std::vector<Reference> references_at_error() const {
    if (end_.trace.empty() || !end_.trace.front().module.empty()) return {};
    Diagnostics ignored;  // there were none when the runbook was loaded
    auto references = parse_script(Text{job_.text, {}, false, false}, Dialect::script, ignored).references;
    std::erase_if(references, [&](const Reference& reference) {
      const auto begin = job_.text.begin();
      return 1 + std::count(begin, begin + static_cast<std::ptrdiff_t>(reference.offset), '\n') !=
             end_.trace.front().line;
    });
    return references;
  }

  // "script:12: message": Lua puts the place of its own errors in front.
  std::string without_place(std::string_view message) const {
    const auto colon = message.find(':');
    if (colon == std::string_view::npos) return std::string(message);
    const auto chunk = message.substr(0, colon);
    const bool ours = chunk == script_chunk || std::any_of(job_.modules.begin(), job_.modules.end(),
                                                           [&](const auto& module) { return module.name == chunk; });
    const auto digits = message.find_first_not_of("0123456789", colon + 1);
    if (!ours || digits == colon + 1 || message.substr(digits, 2) != ": ") return std::string(message);
    return std::string(message.substr(digits + 2));
  }

  const ScriptJob& job_;
  const std::function<void(ScriptOutput, std::string_view)>& out_;
  Interpreter interpreter_;
  ScriptEnd end_;
  std::size_t uncounted_ = 0;  // warnings beyond those kept
};

}  // namespace

ScriptEnd run_script(const ScriptJob& job, const std::function<void(ScriptOutput, std::string_view)>& out,
                     std::size_t memory) {
  return ScriptRun(job, out, memory).run();
}

Value to_value(const ScriptJob& job) {
  Value value = Value::map();
  value.set("text", job.text);
  value.set("values", job.values);
  Value modules = Value::map();
  for (const auto& module : job.modules) modules.set(module.name, module.text);
  value.set("modules", std::move(modules));
  return value;
}

std::optional<ScriptJob> script_job(const Value& value) {
  const auto *text = value.find("text"), *values = value.find("values"), *modules = value.find("modules");
  if (!text || !text->is_string() || !values || !values->is_map() || !modules || !modules->is_map())
    return std::nullopt;
  ScriptJob job{text->as_string(), {}, *values};
  for (const auto& [name, module] : modules->as_map()) {
    if (!module.is_string()) return std::nullopt;
    job.modules.push_back({name, module.as_string()});
  }
  return job;
}

Value to_value(const ScriptEnd& end) {
  Value value = Value::map();
  value.set("kind", static_cast<int>(end.kind));
  value.set("outputs", end.outputs);
  value.set("message", end.message);
  Value trace = Value::list(), warnings = Value::list();
  for (const auto& place : end.trace) {
    trace.as_list().push_back(Value(place.module));
    trace.as_list().push_back(Value(place.line));
  }
  for (const auto& warning : end.warnings) warnings.as_list().push_back(Value(warning));
  value.set("trace", std::move(trace));
  value.set("warnings", std::move(warnings));
  return value;
}

std::optional<ScriptEnd> script_end(const Value& value) {
  const auto *kind = value.find("kind"), *outputs = value.find("outputs"), *message = value.find("message"),
             *trace = value.find("trace"), *warnings = value.find("warnings");
  if (!kind || !kind->is_integer() || kind->as_integer() < 0 || kind->as_integer() > 2 || !outputs ||
      !outputs->is_map() || !message || !message->is_string() || !trace || !trace->is_list() ||
      trace->as_list().size() % 2 != 0 || !warnings || !warnings->is_list())
    return std::nullopt;
  ScriptEnd end;
  end.kind = static_cast<ScriptEnd::Kind>(kind->as_integer());
  end.outputs = *outputs;
  end.message = message->as_string();
  for (std::size_t i = 0; i < trace->as_list().size(); i += 2) {
    const auto &module = trace->as_list()[i], &line = trace->as_list()[i + 1];
    if (!module.is_string() || !line.is_integer()) return std::nullopt;
    end.trace.push_back({module.as_string(), static_cast<int>(line.as_integer())});
  }
  for (const auto& warning : warnings->as_list()) {
    if (!warning.is_string()) return std::nullopt;
    end.warnings.push_back(warning.as_string());
  }
  return end;
}

}  // namespace runbook
