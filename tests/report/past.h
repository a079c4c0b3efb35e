// Past runs of the deploy runbook, with the wall times, the proof and the logs that a report of them needs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/story.h"
#include "view/recorded_run.h"

namespace runbook::test {

// Keeps what a RecordedRun refers to. The wall shows 2026-11-20T22:13:02.118Z when the run begins.
class Past {
 public:
  explicit Past(Story story, bool with_plan = true);
  Past(const Past&) = delete;  // the view points into it

  RecordedRun run() const;

  Story story;
  RunView view;
  std::vector<RecordedEvent> events;
  std::map<std::string, std::string, std::less<>> log_ends;  // by file name; what is not here cannot be read
  LogSource logs;
  Proof proof;
  bool running = false;
};

// Deploys that went well, were rolled back, were not rolled back completely, were refused.
Story success_story();
Story rolled_back_story();
Story incomplete_story();
Story refused_story();
// With people, probes, a budget and artifacts: paused, approved, resumed, noted, and rolled back in the end.
Story incident_story();
// A run that undoes what a successful one did.
Story undone_later_story();
// Every text in it is meant to break out of a format: markup, quotes, pipes, backticks, escape sequences, half
// characters.
Story hostile_story();
extern const std::string hostile;

}  // namespace runbook::test
