// The actions, each from the value under its key.
#pragma once

#include "language/loader.h"

namespace runbook {

void load_shell(Loader& loader, const Field& field, Step& step);
void load_exec(Loader& loader, const Field& field, Step& step);
void load_http(Loader& loader, const Field& field, Step& step);
void load_lua(Loader& loader, const Field& field, Step& step);
void load_manual(Loader& loader, const Field& field, Step& step);

void load_retry(Loader& loader, const Field& field, Step& step);
void load_expect(Loader& loader, const Field& field, Step& step);

void load_probe(Loader& loader, const Field& field, Step& step);
void load_artifacts(Loader& loader, const Field& field, Step& step);

}  // namespace runbook
