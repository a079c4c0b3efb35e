#include "expr/interpreter.h"

#include <lauxlib.h>
#include <re2/re2.h>
#include <time.h>

#include <cstdlib>
#include <new>

#include "base/check.h"
#include "base/duration.h"

namespace runbook {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int instructions_per_hook = 100;
// Smaller blocks come by the hook often enough; reading the clock for each of them would cost more than they do.
constexpr std::size_t large_block = 4096;
// An engine that the machine does not let run has not used its time: the limit is the processor's, up to this many
// times the wall's.
constexpr int starved_factor = 20;
constexpr std::size_t patterns_kept = 32;

std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Interpreter::Interpreter(const SandboxLimits& limits) : limits_(limits) {
  state_ = lua_newstate(allocate, this);
  CHECK(state_ != nullptr);
  *static_cast<Interpreter**>(lua_getextraspace(state_)) = this;
  if (limited()) lua_sethook(state_, hook, LUA_MASKCOUNT, instructions_per_hook);
}

Interpreter::~Interpreter() {
  disarm();
  lua_close(state_);
}

Interpreter& Interpreter::of(lua_State* state) { return **static_cast<Interpreter**>(lua_getextraspace(state)); }

void Interpreter::arm() {
  stopped_ = false;
  failure_.clear();
  memory_limit_ = memory_ + limits_.memory_bytes;
  armed_ = true;
  if (!limited()) return;
  instructions_left_ = static_cast<std::int64_t>(limits_.instructions);
  deadline_ = Clock::now() + limits_.time;
  last_deadline_ = deadline_ + limits_.time * (starved_factor - 1);
  cpu_start_ = processor_time();
}

void Interpreter::disarm() { armed_ = false; }

std::string Interpreter::limit_reached(int status) const {
  return stopped_ || status == LUA_ERRMEM ? limit_ : std::string();
}

bool Interpreter::out_of_time() {
  if (paused_ || !limited()) return false;
  const auto now = Clock::now();
  if (now < deadline_) return false;
  const auto used = processor_time() - cpu_start_;
  if (used >= limits_.time || now >= last_deadline_) return true;
  deadline_ = now + (limits_.time - used);
  return false;
}

void Interpreter::stop(std::string reason) {
  stopped_ = true;
  limit_ = std::move(reason);
  if (limited())
    lua_sethook(state_, hook, LUA_MASKCOUNT, 1);  // nothing more runs, whatever else happens on the way out
  lua_pushliteral(state_, "limit");
  lua_error(state_);
  std::abort();  // lua_error does not return; its declaration does not say so
}

void Interpreter::charge(std::size_t steps) {
  if (!armed_ || paused_ || !limited()) return;
  instructions_left_ -= static_cast<std::int64_t>(steps);
  if (instructions_left_ < 0) stop("stopped after " + std::to_string(limits_.instructions) + " instructions");
  if (out_of_time()) stop("stopped after " + write_duration(limits_.time));
}

void Interpreter::hook(lua_State* state, lua_Debug*) {
  auto& self = of(state);
  if (self.armed_) {
    lua_sethook(self.state_, hook, LUA_MASKCOUNT, instructions_per_hook);
    self.charge(instructions_per_hook);
  }
}

void* Interpreter::allocate(void* data, void* block, std::size_t old_size, std::size_t new_size) {
  auto& self = *static_cast<Interpreter*>(data);
  if (block == nullptr) old_size = 0;  // then it is a kind of object, not a size
  if (new_size == 0) {
    std::free(block);
    self.memory_ -= old_size;
    return nullptr;
  }
  if (self.armed_ && new_size > old_size) {  // Lua relies on shrinking to succeed
    if (self.memory_ + (new_size - old_size) > self.memory_limit_) {
      self.limit_ = "used more than " + show_size(self.limits_.memory_bytes) + " of memory";
      return nullptr;
    }
    if (new_size >= large_block && self.out_of_time()) {
      self.limit_ = "stopped after " + write_duration(self.limits_.time);
      return nullptr;
    }
  }
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) {
    self.memory_ += new_size - old_size;
  } else if (self.armed_) {
    self.limit_ = "found no more memory";
  }
  return moved;
}

void Interpreter::fail(std::string message) {
  failure_ = std::move(message);
  lua_pushliteral(state_, "failure");
  lua_error(state_);
  std::abort();  // as in stop()
}

std::string Interpreter::take_failure() { return std::exchange(failure_, {}); }

const re2::RE2& Interpreter::pattern(std::string_view text) {
  if (const auto known = patterns_.find(text); known != patterns_.end()) return *known->second;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(4 << 20);
  auto compiled = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!compiled->ok()) fail("`matches` cannot read its pattern: " + compiled->error());
  if (patterns_.size() >= patterns_kept) patterns_.clear();
  return *patterns_.emplace(std::string(text), std::move(compiled)).first->second;
}

Interpreter::Pause::Pause(Interpreter& interpreter)
    : interpreter_(interpreter), since_(Clock::now()), cpu_since_(processor_time()) {
  interpreter_.paused_ = true;
}

Interpreter::Pause::~Pause() {
  interpreter_.paused_ = false;
  const auto lost = Clock::now() - since_;
  interpreter_.deadline_ += lost;
  interpreter_.last_deadline_ += lost;
  interpreter_.cpu_start_ += processor_time() - cpu_since_;
}

}  // namespace runbook
