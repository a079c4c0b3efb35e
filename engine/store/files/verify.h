// Verifying a run: is its journal what the engine wrote, whole, and do the files it names still say what they said?
// Without an anchor that is out of an attacker's reach it can show that a run was changed, never that it was not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "journal/reader.h"
#include "store/files/anchor.h"

namespace runbook {

enum class Verdict {
  intact_sealed,
  intact_unsealed,  // the run is live, waits to be resumed, or its engine died between two records
  torn,             // ends in what a crash left of records that nobody had acknowledged
  cut_short,        // an anchor knows of more records
  corrupt,          // something changed it, or a file it names
  missing,          // there is no journal
};

// 0, 1, 2, 3, 4 in the order above; 66 (not found) for missing.
int exit_code(Verdict verdict);

struct Verification {
  Verdict verdict = Verdict::missing;
  std::string run_id;
  std::uint64_t records = 0;             // good ones
  Digest head{};                         // after them
  std::optional<RunOutcome> outcome;     // of the seal
  bool live = false;                     // an engine drives it now
  std::vector<std::string> problems;     // what is wrong, worst first; empty when intact
  std::vector<std::string> checked;      // "chain of 41 records", "2 logs", …
  std::vector<std::string> not_checked;  // "anchors: there are none", …

  // One line: `intact, sealed, 41 records`, `torn tail at record 12`, `CORRUPT at record 12: …`,
  // `cut short: anchor says 41 records, file has 38`.
  std::string summary() const;
};

// `directory` is <state>/runs/<run-id>. An error means that something could not be read, and nothing else.
Result<Verification> verify_run(const std::string& directory);

// Compares the heads of a journal, as they pass by, with the anchors of its run.
class AnchorCheck {
 public:
  explicit AnchorCheck(std::vector<Anchor> anchors) : anchors_(std::move(anchors)) {}

  void pass(std::uint64_t records, const Digest& head);
  // How many records an anchor has seen at most.
  std::uint64_t most() const;
  // Records after which the head is not the anchor's: the journal was written anew.
  const std::optional<std::uint64_t>& rewritten() const { return rewritten_; }

 private:
  std::vector<Anchor> anchors_;
  std::optional<std::uint64_t> rewritten_;
};

// Raises what the chain says of itself to what the anchors prove.
Verdict judge(const JournalState& state, const AnchorCheck& anchors);

// The directory of the state that <state>/runs/<run-id> is in, and the run's id. The directory must exist.
struct RunPlace {
  std::string state_directory, run_id;
};
Result<RunPlace> place_of(const std::string& run_directory);

}  // namespace runbook
