// What the schema says of keys that stand together in one map. What the loader says of it is in its `check_…`.
#pragma once

#include <string>

#include "language/keys/shape.h"

namespace runbook {

// A JSON object, to be merged into the schema of the map's keys.
std::string rules_between_keys_json(const ObjectInfo& object);

}  // namespace runbook
