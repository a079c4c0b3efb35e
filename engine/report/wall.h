// Wall clock times for people: UTC, like the run ids, so that a log, a run id and a history line can be laid side by
// side.
#pragma once

#include <functional>
#include <string>

#include "base/wall_time.h"
#include "report/wall.h"

namespace runbook {

// What the wall shows now; of a recorded run, when the record that is being told was written.
using WallClock = std::function<WallTime()>;

std::string show_wall(WallTime time);          // `2026-11-20T22:13:02Z`
std::string show_wall_exactly(WallTime time);  // `2026-11-20T22:13:02.118Z`: for programs
// Seen from `now`: `today 22:13`, `yesterday 17:40`, `Mon 03:00` within six days, else `2026-11-03 22:13`.
std::string show_when(WallTime time, WallTime now);

}  // namespace runbook
