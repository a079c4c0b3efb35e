// Runbook: the typed model of one file, every value with its place. Made by runbook/load.h; never changed afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "expr/template.h"
#include "runbook/http_action.h"
#include "script/script.h"
#include "shell/shell_template.h"

namespace runbook {

enum class ParamType { string, integer, number, boolean, duration, size, list, map };

struct Param {
  Text name;
  ParamType type = ParamType::string;
  bool required = false;
  std::optional<Value> default_value;  // checked against the type and the limits below
  std::string pattern;                 // RE2, must match the whole value; empty: any
  std::vector<Value> one_of;
  std::optional<double> min, max;  // of the number; of a duration in seconds, of a size in bytes
  std::string description;
};

struct Secret {
  enum class Source { env, file, exec };
  Text name;
  Source source = Source::env;
  Text where;              // the variable's name, the file's path, or the program
  std::vector<Text> argv;  // of a program that prints it, the program first
};

using EnvTemplate = std::vector<std::pair<Text, Template>>;

struct ShellAction {
  ShellTemplate script;
  Shell shell = Shell::bash;
  std::vector<int> ok_exit_codes{0};
};

struct ExecAction {
  std::vector<Template> argv;  // at least one
  std::vector<int> ok_exit_codes{0};
};

struct WaitAction {
  Duration duration{};
};

struct LuaAction {
  Script script;
  std::vector<std::shared_ptr<const LuaModule>> modules;  // all it needs, those that others require before them
};

struct Runbook;

// Another runbook in this one's place: its steps become a group.
struct UseAction {
  Text reference;  // as it is written: `std/postgres/backup`, `../lib/drain.yaml`
  std::vector<std::pair<Text, ValueTemplate>> with;
  std::shared_ptr<const Runbook> runbook;  // set by runbook/uses.h; nullptr when it could not be had
};

// A person acts, and says so.
struct ManualAction {
  Template instructions;            // Markdown
  std::optional<Template> confirm;  // a word to type
  std::vector<Param> inputs;        // values to give: the step's outputs
  std::vector<Template> checklist;
  std::string role;                  // who is asked; empty: anybody
  bool continue_on_timeout = false;  // nobody answered: the run goes on, warned
};

struct Step;

// A phase: members in order, or together.
struct GroupAction {
  bool parallel = false;
  std::vector<Step> steps;
  std::optional<int> max_parallel;
  bool fail_fast = false;
};

using Action =
    std::variant<ShellAction, ExecAction, HttpAction, WaitAction, GroupAction, LuaAction, UseAction, ManualAction>;

enum class Effect { read, change, irreversible };

struct Retry {
  int attempts = 3;        // all attempts, the first included
  bool unlimited = false;  // then bounded by the step's timeout
  Duration every{};        // before the second attempt; 1s when not said
  double backoff = 1;      // each wait is the one before times this
  std::optional<Duration> max_every;
  double jitter = 0;                    // part of the wait that is drawn at random, 0-1
  std::optional<Expression> condition;  // `if`: retry only when true
};

struct Expectation {
  Expression that;
  bool warn = false;
  std::optional<Template> message;
};

// `for_each`: one instance of the step for each item.
struct Loop {
  Span span;
  std::variant<Expression, ValueTemplate> items;  // gives a list, or is one
  int max_parallel = 1;
  bool fail_fast = true;
};

// One step, rollback step, handler, precondition or probe: they share their keys; where a kind takes fewer, the loader
// says so.
struct Step {
  std::string id;    // derived from name when absent; of undo steps and preconditions it is empty
  std::string name;  // for people; empty when not given
  Span span;         // of the `- id:` mapping's first key
  Span action_span;  // of the action's key: `shell`, `http`…
  Action action;
  std::optional<std::vector<Text>> needs;  // nullopt: the step above
  std::optional<Expression> when;
  std::optional<Loop> loop;
  std::vector<Step> preconditions;
  Effect effect = Effect::change;
  std::string why;  // of an irreversible effect
  std::vector<Step> rollback;
  std::vector<Step> probe;  // one, or none: asks whether its effect is in place
  std::optional<Duration> budget;
  std::vector<Step> on_overrun;     // run beside the work when the budget is exceeded
  std::vector<Template> artifacts;  // patterns of files that are kept with the run
  std::optional<Duration> timeout, attempt_timeout, kill_after;
  std::optional<Retry> retry;
  std::vector<Expectation> expect;
  bool allow_failure = false;
  bool idempotent = false;  // it may run again when nobody knows whether it took effect
  std::vector<std::pair<Text, Expression>> outputs;
  EnvTemplate env;
  std::optional<Template> cwd;

  const UseAction* use() const { return std::get_if<UseAction>(&action); }
  bool is_group() const { return std::holds_alternative<GroupAction>(action) || use() != nullptr; }
  const ManualAction* manual() const { return std::get_if<ManualAction>(&action); }
};

// One run at a time under this name; one that comes later waits so long.
struct LockRule {
  Template name;  // speaks of `params` only
  Duration wait{};
  Span span;
};

enum class RollbackPolicy { automatic, manual, never };
enum class Kind { none, deploy, rollback, recovery, incident, maintenance, check };

struct Runbook {
  std::shared_ptr<const SourceFile> file;
  Text name;
  std::string title;
  Kind kind = Kind::none;
  std::string owner;
  std::vector<std::string> links;
  std::vector<Param> params;
  std::vector<Secret> secrets;
  std::vector<std::pair<Text, ValueTemplate>> vars;
  EnvTemplate env;
  Duration default_timeout = std::chrono::minutes(10);
  Shell default_shell = Shell::bash;
  std::optional<Duration> timeout;
  std::optional<LockRule> lock;
  RollbackPolicy rollback = RollbackPolicy::automatic;
  std::vector<Step> preconditions;
  std::vector<Step> steps;
  std::vector<Step> on_failure, on_success, finally;
  std::vector<std::pair<Text, Expression>> outputs;  // what it gives to the one that uses it
};

inline constexpr Duration default_kill_after = std::chrono::seconds(10);
inline constexpr Duration default_manual_timeout = std::chrono::hours(24);

std::string_view kind_name(Kind kind);        // "deploy"; empty for none
std::string_view effect_name(Effect effect);  // "read"
std::string_view param_type_name(ParamType type);

}  // namespace runbook
