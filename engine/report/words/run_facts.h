// Facts about a past run that all its reports tell, each in its own way: how it ended, who ran what where, why it
// failed, which nodes belong together. Texts are safe to show, but not escaped for any format.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/style.h"
#include "report/words/aftermath.h"
#include "view/recorded_run.h"

namespace runbook {

// Reports are UTF-8 whatever the terminal is, and colours are theirs.
inline constexpr Style report_style{false, true};

struct Ending {
  std::string word;              // `ROLLED BACK`, `NO END`, `RUNNING`
  std::string text;              // `as before the run, except: backup`; may be empty
  std::optional<int> exit_code;  // of a run that has an end
  bool good = false;             // it succeeded, perhaps with warnings, its handlers too
  bool needs_human = false;
};
Ending ending_of(const RecordedRun& run);

using Facts = std::vector<std::pair<std::string, std::string>>;
// Who, where and when: `started`, `ended`, `took`, `by`, `on`, `resumed`, `stopped by`. What is not known is left out.
Facts run_facts(const RecordedRun& run);
// What it ran: `runbook`, `title`, `kind`, `owner`, `file`, `sha256`, `command`, `engine`, `secrets` (names).
Facts runbook_facts(const RecordedRun& run);
// What the journal's proof says: `journal`, `problem`, `checked`, `not checked`, `head`, `check it`.
Facts proof_facts(const RecordedRun& run);

struct FailureFacts {
  NodeId node = no_node;
  std::string code, message;  // `RB201`, "step `healthy` did not reach its expected result"
  std::string place;          // `deploy.yaml:16:5`; empty without the runbook
  std::string cause;          // may have several lines, as has the command
  std::string command;
  std::string tried;  // `12 times in 1m53s`; empty: once
  std::string log;    // its file name; empty: it printed nothing
  bool unkillable = false;
};
std::vector<FailureFacts> failures_of(const RecordedRun& run);

// The nodes a report shows, by section; undo in the order of undoing, all else in the order of the file.
struct Sections {
  std::vector<NodeId> preconditions, steps, probes, undo, handlers;
};
Sections sections_of(const RecordedRun& run);

// How a node ended, in words: `succeeded`, `failed, allowed`, `did not run`, `in flight`; of an undo `undone`.
std::string result_word(const RecordedRun& run, NodeId id);
// What became of a step's effect: `undone`, `undo failed`; empty: nothing did.
std::string undo_word(const RunView& view, NodeId id);

// What a person would run to undo it, in full: the undo that failed, else all of them, one after the other; empty: it
// has none, or nobody knows it.
std::string undo_by_hand(const RunView& view, NodeId id);

// By node: the last attempt's record, or nullptr.
std::vector<const AttemptFinished*> last_attempts(const RecordedRun& run);

struct NodeTimes {
  std::optional<WallTime> began, ended;
};
std::vector<NodeTimes> node_times(const RecordedRun& run);

}  // namespace runbook
