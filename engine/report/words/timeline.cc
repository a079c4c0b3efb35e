#include "report/words/timeline.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "report/words/outcome_text.h"
#include "report/words/step_text.h"

namespace runbook {
namespace {

constexpr Duration quick = std::chrono::seconds(5);
constexpr Duration noticeable = std::chrono::milliseconds(50);  // less is shown as 0.0s
const Style style{false, true};

std::string_view end_word(NodeKind kind, Outcome outcome) {
  const bool good = satisfies(outcome);
  if (kind == NodeKind::undo) return good ? "undone" : outcome == Outcome::unknown ? "undo unknown" : "undo failed";
  const bool condition = kind == NodeKind::precondition || kind == NodeKind::check;
  if (condition && outcome == Outcome::succeeded) return "holds";
  if (condition && outcome == Outcome::failed) return "does not hold";
  switch (outcome) {
    case Outcome::succeeded: return "succeeded";
    case Outcome::unchanged: return "already in place";
    case Outcome::warned: return "succeeded with a warning";
    case Outcome::failed: return "failed";
    case Outcome::timed_out: return "timed out";
    case Outcome::skipped: return "skipped";
    case Outcome::cancelled: return "cancelled";
    case Outcome::unknown: return "unknown";
  }
  return "unknown";
}

Symbol end_symbol(NodeKind kind, Outcome outcome) {
  if (kind == NodeKind::undo && satisfies(outcome)) return Symbol::undone;
  switch (outcome) {
    case Outcome::succeeded:
    case Outcome::unchanged: return Symbol::succeeded;
    case Outcome::warned: return Symbol::warned;
    case Outcome::failed:
    case Outcome::timed_out: return Symbol::failed;
    case Outcome::skipped: return Symbol::skipped;
    case Outcome::cancelled: return Symbol::cancelled;
    case Outcome::unknown: return Symbol::unknown;
  }
  return Symbol::unknown;
}

Symbol end_symbol(RunOutcome outcome) {
  switch (color_of(outcome)) {
    case Color::green: return Symbol::succeeded;
    case Color::magenta: return Symbol::undone;
    case Color::yellow: return outcome == RunOutcome::cancelled ? Symbol::cancelled : Symbol::warned;
    default: return Symbol::failed;
  }
}

std::string person(const std::string& user, const std::string& host) {
  return style.clean(user.empty() ? host : host.empty() ? user : user + " on " + host);
}

class Timeline {
 public:
  explicit Timeline(const RecordedRun& run) : run_(run), nodes_(run.view.size()) {
    for (const auto& record : run.events)
      if (const auto* end = std::get_if<AttemptFinished>(&record.event))
        ends_.insert_or_assign({end->node, end->attempt}, record.at);
  }

  std::vector<TimelineEntry> told() {
    for (const auto& record : run_.events) {
      now_ = &record;
      std::visit([this](const auto& event) { on(event); }, record.event);
    }
    return std::move(entries_);
  }

 private:
  // What is known of a node up to now.
  struct Known {
    std::optional<Time> ready;
    int attempts = 0;
    bool lost = false;
    std::string message;
    std::vector<std::string> warnings;
    std::optional<std::size_t> retries;  // the entry of its last failed attempts
  };

  TimelineEntry& add(std::optional<Symbol> symbol, std::string what, std::string detail = {}) {
    TimelineEntry entry;
    entry.at = now_->wall;
    entry.since_start = std::max(Duration(0), now_->wall - run_.events.front().wall);
    entry.symbol = symbol;
    entry.what = std::move(what);
    entry.detail = std::move(detail);
    return entries_.emplace_back(std::move(entry));
  }
  TimelineEntry& add(NodeId node, std::optional<Symbol> symbol, std::string what, std::string detail = {}) {
    auto& entry = add(symbol, std::move(what), std::move(detail));
    entry.node = node;
    return entry;
  }
  NodeKind kind(NodeId id) const { return run_.view.names()[id].kind; }

  void on(const RunStarted& e) {
    const bool rollback = !e.rollback_of.empty();
    auto& entry =
        rollback ? add({}, "rollback asked for", "of run " + style.clean(e.rollback_of)) : add({}, "run started");
    entry.who = person(e.user, e.host);
  }

  void on(const RunResumed& e) { add({}, "run resumed").who = person(e.user, e.host); }

  void on(const NodeReady& e) { nodes_[e.node].ready = now_->at; }

  void on(const LoopExpanded&) {}  // its instances speak for themselves
  void on(const NodeSkipped& e) { add(e.node, Symbol::skipped, "skipped", one_line(e.reason, style)); }

  void on(const AttemptStarted& e) {
    auto& node = nodes_[e.node];
    const bool again = std::exchange(node.lost, false);
    if (!node.ready) node.ready = now_->at;
    node.attempts = e.attempt;
    // Later attempts are told by the entry of the one that failed.
    if (e.attempt > 1 && !again) return;
    const auto end = ends_.find({e.node, e.attempt});
    if (end != ends_.end() && end->second - now_->at < quick) return;
    const auto what = kind(e.node) == NodeKind::undo ? "undo started" : again ? "started again" : "started";
    add(e.node, Symbol::running, what, one_line(e.command, style));
  }

  void on(const TermSent& e) { add(e.node, Symbol::cancelled, "stopping", std::string(stop_reason_text(e.reason))); }

  void on(const KillSent& e) { add(e.node, Symbol::cancelled, "killed", "it did not stop in time"); }

  void on(const AttemptFinished& e) {
    auto& node = nodes_[e.node];
    node.message = e.message;
    node.warnings = e.warnings;
    if (e.killed_background > 0) {
      const auto left = static_cast<std::size_t>(e.killed_background);
      add(e.node, Symbol::warned, "left " + std::to_string(left) + (left == 1 ? " process" : " processes"),
          "in the background: killed");
    }
    if (e.unkillable) add(e.node, Symbol::failed, "still runs", "something of it survived KILL");
  }

  void on(const AttemptLost& e) {
    nodes_[e.node].lost = true;
    add(e.node, Symbol::unknown, "unknown", "the engine died while it was running");
  }

  void on(const RetryScheduled& e) {
    auto& node = nodes_[e.node];
    if (!e.by.empty()) {
      add(e.node, {}, "taken as not done", "it runs again").who = style.clean(e.by);
      return;
    }
    const auto why = node.lost ? "" : one_line(node.message, style);
    if (node.retries && entries_[*node.retries].detail == why) {
      auto& entry = entries_[*node.retries];
      const auto count = ++alike_[*node.retries] + 1;
      entry.what = std::to_string(count) + " attempts failed";
      entry.until = now_->wall;
      return;
    }
    node.retries = entries_.size();
    add(e.node, Symbol::warned, "attempt " + std::to_string(node.attempts) + " failed", why);
  }

  void on(const NodeFinished& e) {
    auto& node = nodes_[e.node];
    const auto kind_of = kind(e.node);
    const bool bad = !satisfies(e.outcome);
    // Of groups and checks only what their members and steps do not say themselves.
    if (!bad && (kind_of == NodeKind::group || kind_of == NodeKind::check)) return;
    if (kind_of == NodeKind::probe) return tell_probe(e);
    const auto message = e.message.empty() ? node.message : e.message;
    std::vector<std::string> parts;
    if (kind_of != NodeKind::step && kind_of != NodeKind::group && kind_of != NodeKind::undo)
      parts.push_back(one_line(title_of(run_.view, e.node), style));
    // Of a lost attempt the message says who settled it.
    if (bad || node.lost || e.outcome == Outcome::skipped) parts.push_back(one_line(message, style));
    if (e.outcome == Outcome::warned)
      for (const auto& warning : node.warnings) parts.push_back(one_line(warning, style));
    if (bad && run_.view.failure_allowed(e.node)) parts.push_back("allowed to fail");
    if (!bad && node.attempts > 1) parts.push_back(count_of(static_cast<std::size_t>(node.attempts), "attempt"));
    parts.erase(std::remove(parts.begin(), parts.end(), std::string()), parts.end());
    auto& entry =
        add(e.node, end_symbol(kind_of, e.outcome), std::string(end_word(kind_of, e.outcome)), join(parts, " · "));
    node.lost = false;
    if (node.ready) entry.took = now_->at - *node.ready;
  }

  // What a probe said is told where it decides something that its step's own entry does not say.
  void tell_probe(const NodeFinished& e) {
    const auto moment = probe_moment_of(run_.view.names()[e.node].name);
    const auto answer = probe_answer(e.outcome);
    const bool undo = moment == ProbeMoment::undo;
    const bool dull = (moment == ProbeMoment::before && answer != ProbeAnswer::none) ||
                      (moment == ProbeMoment::after && answer == ProbeAnswer::yes) ||
                      (undo && answer == ProbeAnswer::no);
    if (dull || e.outcome == Outcome::cancelled) return;
    const auto symbol = answer == ProbeAnswer::none     ? Symbol::unknown
                        : moment == ProbeMoment::resume ? Symbol::succeeded
                                                        : Symbol::failed;
    add(e.node, symbol,
        answer == ProbeAnswer::none  ? "no answer"
        : answer == ProbeAnswer::yes ? (undo ? "still in place" : "in place")
                                     : "not in place",
        answer == ProbeAnswer::yes ? "" : one_line(e.message, style));
  }

  void on(const BudgetExceeded& e) {
    const auto ready = nodes_[e.node].ready;
    add(e.node, Symbol::warned, "over its budget", ready ? "it has run for " + show_duration(now_->at - *ready) : "");
  }

  void on(const StopRequested& e) {
    add(Symbol::cancelled, "stop requested", std::string(stop_mode_text(e.mode))).who = style.clean(e.by);
  }

  void on(const RollbackStarted& e) {
    std::vector<std::string> names;
    for (const auto id : e.nodes) names.push_back(style.clean(run_.view.names()[id].name));
    add(Symbol::undone, "rollback started", names.empty() ? "nothing to undo" : "newest first: " + join(names, ", "));
  }

  void on(const ApprovalRequested& e) {
    nodes_[e.node].ready = nodes_[e.node].ready.value_or(now_->at);
    const auto who = e.role.empty() ? std::string() : "for " + style.clean(e.role) + ": ";
    add(e.node, Symbol::paused, "waits for a person", who + one_line(e.instructions, style));
  }

  void on(const Approved& e) { answer(e.node, Symbol::succeeded, "approved", e, e.inputs); }
  void on(const Rejected& e) { answer(e.node, Symbol::failed, "rejected", e, {}); }

  template <class Answer>
  void answer(NodeId node, Symbol symbol, std::string what, const Answer& e, const Value& inputs) {
    std::vector<std::string> parts{"via " + style.clean(e.via)};
    if (!e.why.empty()) parts.push_back(one_line(e.why, style));
    if (inputs.is_map())
      for (const auto& [name, value] : inputs.as_map()) parts.push_back(name + "=" + style.fit(to_text(value), 60));
    add(node, symbol, std::move(what), join(parts, " · ")).who = style.clean(e.by);
  }

  void on(const StepAsked&) {}  // its answer says it
  void on(const StepChosen& e) {
    if (e.choice == StepChoice::skip) return;  // told when it is skipped
    add(e.node, Symbol::succeeded, std::string(step_choice_text(e.choice)), "via " + style.clean(e.via)).who =
        style.clean(e.by);
  }

  void on(const NoteAdded& e) { add({}, "note", style.clean(e.text)).who = style.clean(e.by); }

  void on(const RequestRefused& e) {
    const auto what = e.what.empty() ? std::string("a request") : "`" + style.clean(e.what) + "`";
    add(Symbol::failed, "refused", what + ": " + one_line(e.reason, style)).who = style.clean(e.by);
  }

  void on(const RunPaused&) { add(Symbol::paused, "run paused", "it waits for people"); }

  void on(const RunFinished& e) {
    add(end_symbol(e.outcome), "run ended: " + std::string(headline(e.outcome))).took = now_->at - Time{};
  }

  const RecordedRun& run_;
  std::vector<Known> nodes_;
  std::map<std::pair<NodeId, int>, Time> ends_;
  std::unordered_map<std::size_t, std::size_t> alike_;  // entry → how many more it stands for
  const RecordedEvent* now_ = nullptr;
  std::vector<TimelineEntry> entries_;
};

}  // namespace

std::string show_since(Duration since_start) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start).count();
  char text[40];
  if (seconds < 3600) {
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(seconds / 60), static_cast<int>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld:%02d:%02d", static_cast<long long>(seconds / 3600),
                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  }
  return text;
}

std::string told_name(const RunView& view, const TimelineEntry& entry) {
  return entry.node == no_node ? "" : style.clean(shown_name(view, entry.node));
}

std::string told_who(const TimelineEntry& entry) { return entry.who.empty() ? "" : "by " + entry.who; }

std::string told_took(const TimelineEntry& entry) {
  return entry.took && *entry.took >= noticeable ? show_duration(*entry.took) : "";
}

std::vector<TimelineEntry> timeline_of(const RecordedRun& run) { return Timeline(run).told(); }

}  // namespace runbook
