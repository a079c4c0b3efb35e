#include "store/files/verify.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/io.h"
#include "base/text.h"
#include "journal/journal_file.h"
#include "store/files/notes.h"
#include "store/files/run_directory.h"
#include "store/files/run_lock.h"
#include "store/files/snapshot.h"

namespace runbook {
namespace {

// Checks the files that passing records name.
class FileCheck {
 public:
  FileCheck(const std::string& run_directory, Verification& result) : run_(run_directory), result_(result) {}

  void pass(const Record& record) {
    const auto* event = std::get_if<Event>(&record.body);
    if (!event) return;
    if (const auto* started = std::get_if<RunStarted>(event)) {
      check_id(*started);
      if (!started->rollback_of.empty()) check_link(*started);
      check_snapshot(*started);
    } else if (const auto* finished = std::get_if<AttemptFinished>(event)) {
      if (!finished->log.empty() &&
          check_file("log", "logs", finished->log, finished->log_size, finished->log_sha256, record.seq))
        ++logs_;
      for (const auto& file : finished->artifacts)
        artifacts_ += check_file("artifact", "artifacts", file.path, file.size, file.sha256, record.seq);
    }
  }

  void report() {
    if (logs_ > 0) result_.checked.push_back(count_of(logs_, "log"));
    if (artifacts_ > 0) result_.checked.push_back(count_of(artifacts_, "artifact"));
  }

 private:
  void check_id(const RunStarted& started) {
    if (started.run_id != result_.run_id)
      result_.problems.push_back("the journal is that of run `" + printable(started.run_id) + "`");
  }

  // A run that rolls back another begins where that one's journal ended.
  void check_link(const RunStarted& started) {
    const auto before = "run `" + printable(started.rollback_of) + "`, which it rolls back";
    if (!is_run_id(started.rollback_of)) {
      result_.problems.push_back(before + ", has no id that a run could have");
      return;
    }
    const auto path = run_ + "/../" + started.rollback_of + "/" + std::string(journal_name);
    const auto state = scan_journal(path, [](const Record&, const Digest&, const NodeNames&) {});
    if (!state && (state.error().number == ENOENT || state.error().number == ENOTDIR))
      result_.not_checked.push_back(before + ": its journal is gone");
    else if (!state)
      result_.not_checked.push_back(before + ": " + state.error().message());
    else if (state->integrity != Integrity::intact || hex(state->head) != started.rollback_of_head)
      result_.problems.push_back("the journal of " + before + ", is not the one it began with");
    else
      result_.checked.push_back("the link to " + before);
  }

  void check_snapshot(const RunStarted& started) {
    if (started.runbook_hash.empty()) {
      result_.not_checked.push_back("the runbook: the journal has no hash of it");
      return;
    }
    const auto hash = hash_snapshot(run_);
    if (!hash)
      result_.problems.push_back("the runbook's snapshot cannot be checked: " + hash.error().message());
    else if (*hash != started.runbook_hash)
      result_.problems.push_back("the files in " + run_ + "/runbook are not those the run started with");
    else
      result_.checked.push_back("the runbook's snapshot");
  }

  bool check_file(const std::string& what, const std::string& folder, const std::string& path, std::uint64_t size,
                  const std::string& sha256, std::uint64_t seq) {
    const std::string name = what + " `" + printable(path) + "`, named by record " + std::to_string(seq) + ",";
    const auto digest = digest_below(run_ + "/" + folder, path);
    if (!digest && digest.error().number == ENOENT)
      result_.problems.push_back(name + " is missing");
    else if (!digest)
      result_.problems.push_back(name + " cannot be checked: " + digest.error().message());
    else if (digest->size != size)
      result_.problems.push_back(name + " has " + std::to_string(digest->size) + " bytes and was recorded with " +
                                 std::to_string(size));
    else if (digest->sha256 != sha256)
      result_.problems.push_back(name + " was changed: its SHA-256 is not the recorded one");
    else
      return true;
    return false;
  }

  // Directory by directory, so that a planted link leads nowhere.
  static Result<FileDigest> digest_below(std::string folder, std::string_view path) {
    auto directory = open_directory(folder);
    for (auto slash = path.find('/'); directory && slash != std::string_view::npos; slash = path.find('/')) {
      const std::string part(path.substr(0, slash));
      if (!is_plain_name(part))
        return failure("open", folder + "/" + std::string(path), "the name leads out of its directory");
      folder += "/" + part;
      directory = open_directory_at(*directory, part, folder);
      path.remove_prefix(slash + 1);
    }
    if (!directory) return tl::unexpected(directory.error());
    const auto full = folder + "/" + std::string(path);
    const auto file = open_file_at(*directory, std::string(path), full);
    if (!file) return tl::unexpected(file.error());
    return digest_file(*file, full);
  }

  std::string run_;
  Verification& result_;
  std::size_t logs_ = 0, artifacts_ = 0;
};

// What the chain and the anchors say is wrong, for people; empty when nothing is.
std::string chain_problem(Verdict verdict, const JournalState& state, const AnchorCheck& anchors) {
  const std::string at = "at record " + std::to_string(state.records);
  switch (verdict) {
    case Verdict::torn: return "torn tail " + at + " (byte " + std::to_string(state.good_bytes) + "): " + state.why;
    case Verdict::cut_short:
      return "cut short: anchor says " + count_of(anchors.most(), "record") + ", file has " +
             std::to_string(state.records);
    case Verdict::corrupt:
      if (anchors.rewritten())
        return "CORRUPT: written anew, the first " + count_of(*anchors.rewritten(), "record") +
               " are not those of its anchor";
      return "CORRUPT " + at + " (byte " + std::to_string(state.good_bytes) + "): " + state.why +
             (state.integrity == Integrity::torn ? ", although an anchor has seen it" : "");
    case Verdict::intact_sealed:
    case Verdict::intact_unsealed:
    case Verdict::missing: return "";
  }
  return "";
}

void report_anchors(const Result<Anchors>& anchors, const AnchorCheck& check, Verification& result) {
  if (!anchors) {
    result.not_checked.push_back("anchors: " + anchors.error().message());
    return;
  }
  for (const auto number : anchors->bad_lines)
    result.not_checked.push_back("line " + std::to_string(number) + " of " + std::string(anchors_name) +
                                 ": it is no anchor");
  if (anchors->anchors.empty())
    result.not_checked.push_back(anchors->there ? "anchors: none is of this run" : "anchors: there are none");
  else if (!check.rewritten())
    result.checked.push_back(count_of(anchors->anchors.size(), "anchor") + ", unsigned");
}

// What was said after the end, beside the journal.
void check_notes(const std::string& directory, const Digest& head, Verification& result) {
  const auto notes = read_notes(directory, head);
  if (!notes) {
    result.not_checked.push_back("notes: " + notes.error().message());
  } else if (!notes->problem.empty()) {
    result.problems.push_back(std::string(notes_name) + ", " + notes->problem);
    result.verdict = Verdict::corrupt;
  } else if (!notes->records.empty()) {
    result.checked.push_back(count_of(notes->records.size(), "note"));
  }
}

}  // namespace

int exit_code(Verdict verdict) { return verdict == Verdict::missing ? 66 : static_cast<int>(verdict); }

void AnchorCheck::pass(std::uint64_t records, const Digest& head) {
  for (const auto& anchor : anchors_)
    if (anchor.records == records && anchor.head != head && !rewritten_) rewritten_ = records;
}

std::uint64_t AnchorCheck::most() const {
  std::uint64_t most = 0;
  for (const auto& anchor : anchors_) most = std::max(most, anchor.records);
  return most;
}

Verdict judge(const JournalState& state, const AnchorCheck& anchors) {
  if (state.integrity == Integrity::corrupt || anchors.rewritten()) return Verdict::corrupt;
  if (anchors.most() > state.records) {
    // A file that ends too early was cut; one that goes on with something else was changed.
    const bool ends_there = state.integrity == Integrity::intact || state.cut_in_line;
    return ends_there ? Verdict::cut_short : Verdict::corrupt;
  }
  if (state.integrity == Integrity::torn) return Verdict::torn;
  return state.sealed ? Verdict::intact_sealed : Verdict::intact_unsealed;
}

Result<RunPlace> place_of(const std::string& run_directory) {
  std::error_code error;
  const auto path = std::filesystem::canonical(run_directory, error);
  if (error) return system_error("find", run_directory, error.value());
  return RunPlace{path.parent_path().parent_path().string(), path.filename().string()};
}

Result<Verification> verify_run(const std::string& directory) {
  Verification result;
  const auto place = place_of(directory);
  const auto missing = [&](const Error& error) -> Result<Verification> {
    if (error.number != ENOENT && error.number != ENOTDIR) return tl::unexpected(error);
    result.problems.insert(result.problems.begin(), "no journal: " + error.message());
    return result;
  };
  if (!place) return missing(place.error());
  result.run_id = place->run_id;
  result.live = is_live(directory);

  const auto anchors = read_anchors(place->state_directory, place->run_id);
  AnchorCheck anchor_check(anchors ? anchors->anchors : std::vector<Anchor>());
  FileCheck files(directory, result);
  std::uint64_t records = 0;
  const auto state = scan_journal(directory + "/" + std::string(journal_name),
                                  [&](const Record& record, const Digest& head, const NodeNames&) {
                                    anchor_check.pass(++records, head);
                                    files.pass(record);
                                  });
  if (!state && anchor_check.most() > 0)
    result.problems.push_back("an anchor says " + count_of(anchor_check.most(), "record"));
  if (!state) return missing(state.error());

  result.records = state->records;
  result.head = state->head;
  if (state->sealed) result.outcome = state->sealed->outcome;
  auto verdict = judge(*state, anchor_check);
  // The record that a live engine is just writing is not torn.
  if (verdict == Verdict::torn && result.live && state->cut_in_line) verdict = Verdict::intact_unsealed;
  result.verdict = result.problems.empty() ? verdict : Verdict::corrupt;
  if (auto problem = chain_problem(verdict, *state, anchor_check); !problem.empty())
    result.problems.insert(result.problems.begin(), std::move(problem));

  if (state->integrity == Integrity::intact)
    result.checked.insert(result.checked.begin(), "chain of " + count_of(result.records, "record"));
  if (verdict == Verdict::intact_sealed) result.checked.push_back("seal");
  files.report();
  if (verdict == Verdict::intact_sealed) check_notes(directory, state->head, result);
  report_anchors(anchors, anchor_check, result);
  return result;
}

std::string Verification::summary() const {
  if (!problems.empty()) {
    const bool said = problems.front().starts_with("CORRUPT") || verdict != Verdict::corrupt;
    return (said ? "" : "CORRUPT: ") + problems.front();
  }
  const std::string count = count_of(records, "record");
  if (verdict == Verdict::intact_sealed) return "intact, sealed, " + count;
  return "intact, not sealed, " + count + (live ? "; the run goes on" : "; the run did not end");
}

}  // namespace runbook
