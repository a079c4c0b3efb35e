// Sandbox: Lua 5.4 without I/O, clock, randomness or any way to reach the host, and with limits that always hold:
// instructions, wall time and memory. The globals and functions are those of design/language.md "Expressions".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"
#include "expr/template.h"

namespace runbook {

struct SandboxLimits {
  static constexpr std::size_t any_number = SIZE_MAX;
  static constexpr std::chrono::milliseconds any_time = std::chrono::milliseconds::max();

  std::size_t instructions = 10'000'000;
  std::chrono::milliseconds time{250};  // any_number and any_time go together
  std::size_t memory_bytes = 64 << 20;
};

// Why an expression gave no value. `message` names the missing field, with "did you mean", or says which limit was
// reached; it never contains addresses.
struct EvaluationError {
  std::string message;
  Span span;         // the expression's place
  std::string help;  // may be empty
};
template <class T>
using Evaluated = tl::expected<T, EvaluationError>;

inline tl::unexpected<EvaluationError> no_value(std::string message, Span span, std::string help = "") {
  return tl::unexpected(EvaluationError{std::move(message), span, std::move(help)});
}

// One Lua state for one run. Not for use from two threads. An evaluation cannot change what later evaluations see.
class Sandbox {
 public:
  explicit Sandbox(SandboxLimits limits = {});
  ~Sandbox();
  Sandbox(Sandbox&&) noexcept;

  // Scopes: what the expressions of one file, or of one instance of a loop, see. All else speaks of the one that is
  // entered; scope 0 is open and entered from the start. One opened `around` another sees all of that too, its steps
  // included, but for what it has itself.
  void open_scope(int id, std::optional<int> around = std::nullopt);
  bool has_scope(int id) const;
  void enter_scope(int id);
  int scope() const;

  // Makes `name` (params, vars, secrets, env, run, result, item, index, attempt) read as `value`. In the maps params,
  // vars, secrets, env, steps and steps.ID.outputs a missing key is an error with a suggestion; elsewhere it is nil.
  void set(std::string_view name, const Value& value);
  // Takes a global away: reading it is an error that says where it exists ("`result` exists only in …").
  void unset(std::string_view name);
  // steps.ID reads as `result`; a result holds the fields of design/language.md. Costs no more with many steps.
  void set_step(std::string_view id, const Value& result);

  // What the references read, as values: for a script that runs elsewhere (script_run.h). A map of globals.
  Value seen_by(const std::vector<Reference>& references);

  Evaluated<Value> evaluate(const Expression& expression);
  // Truth as Lua has it, but an answer that is neither boolean nor nil is an error: `when: 0` is not a guess.
  Evaluated<bool> test(const Expression& expression);

  // Text with every hole filled. A template that is a single hole keeps its value's type. A nil is an error that names
  // the missing field.
  Evaluated<Value> render(const Template& text);
  Evaluated<std::string> render_text(const Template& text);
  Evaluated<Value> render(const ValueTemplate& value);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace runbook
