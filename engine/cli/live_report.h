// LiveReport: how a run is shown while it goes on, chosen from the command line and the terminal, and its last words.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/wall_time.h"
#include "drive/observer.h"
#include "journal/json_line.h"
#include "report/terminal.h"
#include "report/words/exit_code.h"
#include "report/words/failure.h"
#include "view/run_view.h"

namespace runbook {

struct LiveReportOptions {
  OutputMode mode = OutputMode::automatic;
  ColorWhen color = ColorWhen::automatic;
  std::string events;   // a file for the event stream; empty: none
  bool ladder = false;  // the first Ctrl-C finishes the step, then rolls back
  Redact redact;
  std::function<WallTime()> recorded_at;  // of the event that is being told
  const RunView* before = nullptr;        // of a resumed run: what its journal holds
};

class LiveReport {
 public:
  // An error when the file of the event stream cannot be created.
  static Result<std::unique_ptr<LiveReport>> open(const Plan& plan, LiveReportOptions options);
  virtual ~LiveReport() = default;

  virtual Observer& observer() = 0;
  // A question below the live region, where there is one, as rows narrower than `columns`; asked again and again.
  virtual bool shows_rows() const = 0;
  virtual void show_prompt(std::function<std::vector<std::string>(std::size_t columns)> rows) = 0;
  // The last words: progress on stderr ends, the result goes to stdout. Returns the exit code.
  virtual int close(RunEnd end, const std::string& journal_error, LogSource logs) = 0;
};

}  // namespace runbook
