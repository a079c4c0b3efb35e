// Parameters and secrets: declared with a type and limits, which defaults must keep too.
#pragma once

#include <optional>

#include "language/loader.h"

namespace runbook {

std::optional<Param> load_param(Loader& loader, const Field& field);
std::optional<Secret> load_secret(Loader& loader, const Field& field);

}  // namespace runbook
