// What the tests of the journal share: a directory of their own, a plan's names, a run that was really written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "journal/writer.h"

namespace runbook::test {

// Removed with all that is in it. In memory where the system has a place for that: thousands of journals are synced
// here; or on a real disk.
class TempDirectory {
 public:
  enum class Where { memory, disk };
  explicit TempDirectory(Where where = Where::memory);
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string read_text(const std::string& path);
void write_text(const std::string& path, std::string_view bytes);

// root, a group `data` with `backup` and `migrate`, `switch`, and one node of every other kind.
std::vector<NodeLabel> sample_labels();
inline NodeNames sample_names() { return NodeNames(sample_labels()); }
NodeId node(std::string_view name);

// Every kind of event with every field set to something else than its default.
std::vector<Event> every_event();

// The events of a run that fails at `migrate` and is rolled back; each inner list is one group commit.
std::vector<std::vector<Event>> failing_run(const std::string& run_id);

// A state directory with that run in it, sealed: journal, logs, snapshot; no anchor.
struct SampleRun {
  TempDirectory state;
  std::string id = "20261120-231502-deploy-checkout-k3f9";
  std::string directory, journal;  // paths
  std::string bytes;               // of the journal
  std::vector<std::size_t> ends;   // of each record in it, newline included
  Digest head{};

  SampleRun();
  void anchor();
};

// Options with a clock that stands still.
JournalOptions fixed_clock();

}  // namespace runbook::test
