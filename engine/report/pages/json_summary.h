// A past run as one JSON object, for programs. Keys are only ever added; what is not known is null or left out where
// marked `?`. Times are RFC 3339 UTC, durations whole milliseconds.
//
//   report      "runbook.report/1"
//   run         id outcome(`rolled_back`…, null: no end) headline text exit_code? running needs_human started ended
//               duration_ms user host engine argv resumed[at user host] stopped[at by mode]
//   runbook     name path sha256, title? kind? owner? links? when the snapshot could be read
//   params      as given and by default; secrets: names
//   journal     intact summary records head problems checked not_checked
//   preconditions steps undo handlers: lists, undo newest first, of
//               id kind status outcome(null: none) word title? started ended duration_ms attempts command? message?
//               warnings? outputs? exit_code? http_status? log? log_sha256? log_size? of? (undo: the step) undo? (its
//               command) unkillable?
//   failures    step code message cause command place? log?
//   aftermath   not_undone unknown interrupted still_there: lists of step reason did? undo?;
//               undone did_not_run: lists of names
//   timeline    at until? since_start_ms step? who? what duration_ms? detail?
#pragma once

#include <string>

#include "view/recorded_run.h"

namespace runbook {

// Indented, ended by "\n".
std::string json_summary(const RecordedRun& run);

}  // namespace runbook
