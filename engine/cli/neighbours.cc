#include "cli/neighbours.h"

#include <algorithm>

#include "base/text.h"
#include "base/wall_time.h"
#include "journal/journal_file.h"
#include "journal/reader.h"
#include "report/wall.h"
#include "report/words/step_text.h"
#include "store/files/kept_lock.h"
#include "store/files/state_directory.h"
#include "view/run_view.h"

namespace runbook {

std::string doing_now(const std::string& state_directory, const std::string& run) {
  if (run.empty()) return {};
  RunView view;
  const auto state = scan_journal(runs_directory(state_directory) + "/" + run + "/" + std::string(journal_name),
                                  [&](const Record& record, const Digest&, const NodeNames&) {
                                    if (const auto* event = std::get_if<Event>(&record.body))
                                      view.apply(*event, record.time);
                                  });
  if (!state || view.stage() == RunView::Stage::not_started) return {};
  std::vector<std::string> names;
  for (const auto id : view.active()) {
    const bool undo = view.names()[id].kind == NodeKind::undo;
    names.push_back((undo ? "undoing `" : "`") + printable(shown_name(view, id)) + "`");
    if (names.size() == 3 && view.active().size() > 3) {
      names.back() = count_of(view.active().size() - 2, "other");
      break;
    }
  }
  return join(names, ", ");
}

std::string holder_text(const std::string& state_directory, const LockUser& user) {
  auto text = user.run.empty() ? "a run that is about to begin" : "run " + printable(user.run);
  if (!user.user.empty())
    text += " (" + printable(user.user) + " on " + printable(user.host) + ", process " + std::to_string(user.pid) + ")";
  if (const auto since = parse_wall_time(user.since)) text += " since " + show_wall(*since);
  if (const auto now = doing_now(state_directory, user.run); !now.empty()) text += ", now " + now;
  return text;
}

std::vector<std::string> lock_lines(const std::string& state_directory, const std::string& run,
                                    const std::vector<std::string>& locks) {
  std::vector<std::string> lines;
  const auto at = [](const std::string& time) {
    const auto wall = parse_wall_time(time);
    return wall ? show_wall(*wall) : "an unknown time";
  };
  const auto kept = locks_kept_by(state_directory, run);
  const auto resolutions = resolutions_of(state_directory, run);
  for (const auto& name : locks) {
    const bool told =
        (kept && std::any_of(kept->begin(), kept->end(), [&](const auto& k) { return k.lock == name; })) ||
        (resolutions &&
         std::any_of(resolutions->begin(), resolutions->end(), [&](const auto& r) { return r.lock == name; }));
    if (!told) lines.push_back("`" + name + "`");
  }
  if (kept)
    for (const auto& one : *kept)
      lines.push_back("`" + one.lock + "` is kept since " + at(one.since) + ": " + one.why + "; `runbook resolve " +
                      run + " -m WHY` gives it back");
  if (resolutions)
    for (const auto& one : *resolutions)
      lines.push_back("`" + one.lock + "` resolved at " + at(one.at) + " by " + one.user + " on " + one.host + ": " +
                      one.why);
  for (const auto* error : {kept ? nullptr : &kept.error(), resolutions ? nullptr : &resolutions.error()})
    if (error) lines.push_back(error->message());
  return lines;
}

std::string rolled_back_text(const std::string& state_directory, const std::string& run) {
  const auto by = rollback_of_run(state_directory, run);
  if (!by) return by.error().message();
  return *by ? rolled_back_words(**by).substr(std::string_view("rolled back ").size()) : "";
}

std::string rolled_back_words(const RunSummary& by) {
  if (by.outcome == RunOutcome::rolled_back) return "rolled back later by " + by.id;
  if (by.status == RunSummary::Status::live) return "rolled back right now by " + by.id;
  return "rolled back in part by " + by.id;
}

std::string position_text(std::size_t ahead) {
  if (ahead == 1) return "next in the queue";
  const auto number = std::to_string(ahead);
  const bool teen = ahead % 100 >= 11 && ahead % 100 <= 13;
  const auto* ending = teen ? "th" : ahead % 10 == 1 ? "st" : ahead % 10 == 2 ? "nd" : ahead % 10 == 3 ? "rd" : "th";
  return number + ending + " in the queue";
}

}  // namespace runbook
