// A Value as bytes and back, nothing lost: text need not be UTF-8, integers stay integers. For values that travel
// between processes of one machine; what is kept is JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/value.h"

namespace runbook {

std::string pack_value(const Value& value);
// nullopt when the bytes are not exactly one packed value; never throws but for want of memory.
std::optional<Value> unpack_value(std::string_view bytes);

}  // namespace runbook
