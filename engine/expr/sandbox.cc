#include "expr/sandbox.h"

#include <lauxlib.h>
#include <lua.h>

#include <unordered_map>

#include "base/check.h"
#include "expr/explain.h"
#include "expr/interpreter.h"
#include "expr/lua_values.h"
#include "expr/scope.h"
#include "expr/syntax/lua_syntax.h"

namespace runbook {
namespace {

// A run's expressions are those of its runbook; this bounds only a caller that makes them up.
constexpr std::size_t chunks_kept = 16384;

EvaluationError error_at(const Expression& expression, std::string message, std::string help = {}) {
  return {std::move(message), expression.text.span, std::move(help)};
}

struct Call {
  int chunk;
  Value result;
};

// Runs in protected mode: the chunk, and reading its result, which is as much the author's doing.
int call_chunk(lua_State* state) {
  auto& call = *static_cast<Call*>(lua_touserdata(state, 1));
  lua_rawgeti(state, LUA_REGISTRYINDEX, call.chunk);
  // The chunk may have been compiled in another scope: its first upvalue is _ENV.
  lua_rawgeti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_setupvalue(state, -2, 1);
  lua_call(state, 0, 1);
  call.result = to_value(state, -1);
  return 0;
}

}  // namespace

struct Sandbox::State {
  explicit State(const SandboxLimits& limits) : interpreter(limits) {
    prepare_values(interpreter.state());
    scope::prepare(interpreter);
  }

  // The compiled expression's place in the registry.
  Evaluated<int> chunk(const Expression& expression);
  EvaluationError explain(const Expression& expression, int status);
  // Of a template: nil is an error there.
  Evaluated<Value> evaluate_hole(Sandbox& sandbox, const Expression& expression);

  Interpreter interpreter;
  std::unordered_map<std::string, int> chunks;
  int entered = 0;
};

Evaluated<int> Sandbox::State::chunk(const Expression& expression) {
  const auto& text = expression.text.value;
  if (const auto known = chunks.find(text); known != chunks.end()) return known->second;
  // Again, although whoever made the expression has checked it: what it may not do must not depend on that.
  Diagnostics diagnostics;
  parse_expression(Text{text, {}, false, false}, diagnostics);
  if (diagnostics.errors() > 0) {
    const auto& first = diagnostics.all().front();
    return tl::unexpected(error_at(expression, first.message, first.help));
  }
  auto* state = interpreter.state();
  if (chunks.size() >= chunks_kept) {
    for (const auto& [key, reference] : chunks) luaL_unref(state, LUA_REGISTRYINDEX, reference);
    chunks.clear();
  }
  const auto source = lua_chunk(text);
  CHECK(luaL_loadbufferx(state, source.data(), source.size(), "=expression", "t") == LUA_OK);
  const int reference = luaL_ref(state, LUA_REGISTRYINDEX);
  chunks.emplace(text, reference);
  return reference;
}

EvaluationError Sandbox::State::explain(const Expression& expression, int status) {
  auto* state = interpreter.state();
  std::string message;
  if (lua_type(state, -1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* bytes = lua_tolstring(state, -1, &size);
    message.assign(bytes, size);
  }
  lua_settop(state, 0);
  if (const auto limit = interpreter.limit_reached(status); !limit.empty()) {
    lua_gc(state, LUA_GCCOLLECT);
    return error_at(expression, "the expression " + limit);
  }
  auto failure = interpreter.take_failure();
  if (failure.empty()) {
    if (const auto colon = message.find(": "); message.starts_with("expression:") && colon != std::string::npos)
      message.erase(0, colon + 2);
    return error_at(expression, explain_lua_error(interpreter, expression.references, std::move(message)));
  }
  if (failure.rfind("gives ", 0) == 0) failure = "the expression " + failure;
  if (failure.ends_with("nil"))
    if (const auto why = explain_nil(interpreter, expression.references); !why.empty()) failure += ": " + why;
  return error_at(expression, std::move(failure));
}

Sandbox::Sandbox(SandboxLimits limits) : state_(std::make_unique<State>(limits)) {}
Sandbox::~Sandbox() = default;
Sandbox::Sandbox(Sandbox&&) noexcept = default;

void Sandbox::open_scope(int id, std::optional<int> around) { scope::open(state_->interpreter, id, around); }
bool Sandbox::has_scope(int id) const { return scope::is_open(state_->interpreter, id); }
int Sandbox::scope() const { return state_->entered; }
void Sandbox::enter_scope(int id) {
  if (state_->entered != id) scope::enter(state_->interpreter, id);
  state_->entered = id;
}

void Sandbox::set(std::string_view name, const Value& value) { scope::set(state_->interpreter, name, value); }
void Sandbox::unset(std::string_view name) { scope::unset(state_->interpreter, name); }
void Sandbox::set_step(std::string_view id, const Value& result) { scope::set_step(state_->interpreter, id, result); }
Value Sandbox::seen_by(const std::vector<Reference>& references) {
  return scope::seen_by(state_->interpreter, references);
}

Evaluated<Value> Sandbox::evaluate(const Expression& expression) {
  const auto chunk = state_->chunk(expression);
  if (!chunk) return tl::unexpected(chunk.error());
  auto& interpreter = state_->interpreter;
  auto* state = interpreter.state();
  Call call{*chunk, {}};
  lua_pushcfunction(state, call_chunk);
  lua_pushlightuserdata(state, &call);
  interpreter.arm();
  const int status = lua_pcall(state, 1, 0, 0);
  interpreter.disarm();
  if (status != LUA_OK) return tl::unexpected(state_->explain(expression, status));
  return std::move(call.result);
}

Evaluated<bool> Sandbox::test(const Expression& expression) {
  const auto value = evaluate(expression);
  if (!value) return tl::unexpected(value.error());
  if (value->is_null()) return false;
  if (value->is_bool()) return value->as_bool();
  return tl::unexpected(error_at(expression,
                                 "the condition gives " + std::string(value->kind_name()) + ", neither true nor false",
                                 "compare it with something, such as `… == \"ok\"` or `… > 0`"));
}

Evaluated<Value> Sandbox::State::evaluate_hole(Sandbox& sandbox, const Expression& expression) {
  auto value = sandbox.evaluate(expression);
  if (!value || !value->is_null()) return value;
  const auto why = explain_nil(interpreter, expression.references);
  return tl::unexpected(error_at(expression, why.empty() ? "the expression gives nil, which is no text" : why,
                                 "if it may be missing, write `default(…, \"\")`"));
}

Evaluated<Value> Sandbox::render(const Template& text) {
  if (text.parts.size() == 1)
    if (const auto* hole = std::get_if<Expression>(&text.parts.front())) return state_->evaluate_hole(*this, *hole);
  auto rendered = render_text(text);
  if (!rendered) return tl::unexpected(std::move(rendered.error()));
  return Value(std::move(*rendered));
}

Evaluated<std::string> Sandbox::render_text(const Template& text) {
  std::string out;
  for (const auto& part : text.parts) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      out += *literal;
      continue;
    }
    auto value = state_->evaluate_hole(*this, std::get<Expression>(part));
    if (!value) return tl::unexpected(std::move(value.error()));
    out += to_text(*value);
  }
  return out;
}

Evaluated<Value> Sandbox::render(const ValueTemplate& value) {
  if (const auto* literal = std::get_if<Value>(&value.data)) return *literal;
  if (const auto* text = std::get_if<Template>(&value.data)) return render(*text);
  if (const auto* items = std::get_if<ValueTemplate::List>(&value.data)) {
    Value::List list;
    for (const auto& item : *items) {
      auto rendered = render(item);
      if (!rendered) return rendered;
      list.push_back(std::move(*rendered));
    }
    return Value(std::move(list));
  }
  Value::Map map;
  for (const auto& [key, item] : std::get<ValueTemplate::Map>(value.data)) {
    auto rendered = render(item);
    if (!rendered) return rendered;
    map.emplace_back(key.value, std::move(*rendered));
  }
  return Value(std::move(map));
}

}  // namespace runbook
