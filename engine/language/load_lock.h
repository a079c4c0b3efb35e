// `lock`, as a name or as a map.
#pragma once

#include "language/loader.h"

namespace runbook {

void load_lock(Loader& loader, const Field& field, Runbook& runbook);

}  // namespace runbook
