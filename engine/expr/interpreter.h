// Interpreter: one Lua state with nothing in it, and limits that hold while it is armed. Errors inside Lua are C++
// exceptions (lua5.4-c++), so objects with destructors are safe in functions that Lua calls.
#pragma once

#include <lua.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "expr/sandbox.h"

namespace re2 {
class RE2;
}

namespace runbook {

class Interpreter {
 public:
  explicit Interpreter(const SandboxLimits& limits);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  static Interpreter& of(lua_State* state);
  lua_State* state() const { return state_; }

  // Begins an evaluation: from here to disarm() instructions, time and new memory are counted.
  void arm();
  void disarm();
  // For loops in C++: counts `steps` as that many instructions. Raises a Lua error when a limit is reached.
  void charge(std::size_t steps);
  // Ends what runs: nothing in Lua can catch it. For limits, and for scripts that are over.
  [[noreturn]] void stop(std::string reason);
  bool stopped() const { return stopped_; }
  // Which limit ended a call that gave `status`; empty when none did.
  std::string limit_reached(int status) const;

  // Raises a Lua error whose message is ours and complete.
  [[noreturn]] void fail(std::string message);
  // The message of fail(), once; empty when the error came from Lua itself.
  std::string take_failure();

  // A compiled pattern, kept for next time; raises a Lua error when it is none.
  const re2::RE2& pattern(std::string_view text);

  // While one lives, time and charge() do not count, memory does: for work whose size the host has bounded.
  class Pause {
   public:
    explicit Pause(Interpreter& interpreter);
    ~Pause();

   private:
    Interpreter& interpreter_;
    std::chrono::steady_clock::time_point since_;
    std::chrono::nanoseconds cpu_since_;
  };

 private:
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void hook(lua_State* state, lua_Debug*);
  bool out_of_time();
  bool limited() const { return limits_.instructions != SandboxLimits::any_number; }

  SandboxLimits limits_;
  lua_State* state_ = nullptr;
  bool armed_ = false, paused_ = false;
  std::int64_t instructions_left_ = 0;
  std::chrono::steady_clock::time_point deadline_, last_deadline_;
  std::chrono::nanoseconds cpu_start_{};
  std::size_t memory_ = 0, memory_limit_ = 0;
  bool stopped_ = false;
  std::string limit_;  // the last one met: an allocation that fails may still succeed after a collection
  std::string failure_;
  std::map<std::string, std::unique_ptr<re2::RE2>, std::less<>> patterns_;
};

}  // namespace runbook
