// CHECK: what must be true unless we made a mistake. On in release: an engine that is wrong about its own state
// must stop before it touches production again.
#pragma once

namespace runbook {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define CHECK(condition) ((condition) ? static_cast<void>(0) : ::runbook::check_failed(#condition, __FILE__, __LINE__))
