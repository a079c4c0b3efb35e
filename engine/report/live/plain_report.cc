#include "report/live/plain_report.h"

#include <algorithm>

#include "base/text.h"
#include "report/wall.h"
#include "report/words/outcome_text.h"
#include "report/words/step_text.h"

namespace runbook {
namespace {

using namespace std::chrono_literals;
constexpr Duration early_beat = 10s;
constexpr Duration late_beat = 60s;

Duration beat_at(Duration running) { return running < late_beat ? early_beat : late_beat; }

// Capitals for what needs eyes: `grep FAILED`.
std::string_view end_word(NodeKind kind, Outcome outcome) {
  if (kind == NodeKind::undo) return satisfies(outcome) ? "undone" : "UNDO-FAILED";
  switch (outcome) {
    case Outcome::succeeded: return "ok";
    case Outcome::unchanged: return "unchanged";
    case Outcome::warned: return "WARNED";
    case Outcome::failed: return "FAILED";
    case Outcome::timed_out: return "TIMED-OUT";
    case Outcome::skipped: return "skipped";
    case Outcome::cancelled: return "CANCELLED";
    case Outcome::unknown: return "UNKNOWN";
  }
  return "UNKNOWN";
}

}  // namespace

PlainReport::PlainReport(RunView view, Style style, WallClock wall, Write write)
    : view_(std::move(view)), style_(style), wall_(std::move(wall)), write_(std::move(write)) {
  style_.color = false;
}

PlainReport::~PlainReport() { close(); }

void PlainReport::close() {
  const auto active = view_.active();
  for (const auto id : active) output_.finish(id, [&](std::string_view text, bool) { output_line(id, text); });
}

void PlainReport::on_event(const Event& event, Time at, const RunState&) {
  output_.seen(at);
  view_.apply(event, at);
  if (const auto* started = std::get_if<AttemptStarted>(&event)) hearts_[started->node] = {at, at + early_beat};
  tell(event);
}

void PlainReport::on_output(NodeId node, Stream stream, std::string_view bytes) {
  // A flood comes in large chunks: one time, one write for all lines of each.
  std::string lines;
  const auto prefix = output_prefix(node);
  output_.feed(node, stream, bytes, [&](std::string_view text, bool) {
    lines += prefix;
    if (is_plain(text)) {
      lines += text;
    } else {
      lines += style_.clean(strip_escapes(text));
    }
    lines += '\n';
  });
  if (!lines.empty()) write_(lines);
}

std::optional<Time> PlainReport::next_tick(Time now) {
  output_.seen(now);
  std::optional<Time> due;
  for (const auto& [id, heart] : hearts_) due = due ? std::min(*due, heart.due) : heart.due;
  return due;
}

void PlainReport::on_tick(Time now, const RunState&) {
  output_.seen(now);
  std::vector<NodeId> due;
  for (const auto& [id, heart] : hearts_)
    if (heart.due <= now) due.push_back(id);
  std::sort(due.begin(), due.end());
  for (const auto id : due) beat(id, hearts_[id], now);
}

void PlainReport::beat(NodeId id, Heart& heart, Time now) {
  const auto interval = beat_at(heart.due - heart.began);
  while (heart.due <= now) heart.due += beat_at(heart.due - heart.began);
  const auto& node = view_[id];
  const auto last = output_.last_at(id);
  if (last && now - *last < interval / 2) return;  // its own lines say that it lives
  auto text = std::string("still running ") + show_elapsed(now - heart.began);
  if (node.status == NodeStatus::backing_off && node.retry_due) {
    text = "waits for attempt " + std::to_string(node.attempts + 1) + ", due in " + show_elapsed(*node.retry_due - now);
  } else {
    if (node.deadline && node.attempts <= 1) text += " of " + show_limit(*node.deadline - heart.began);
    if (node.attempts > 1) text += ", attempt " + std::to_string(node.attempts);
    text += last ? ", last output " + show_elapsed(now - *last) + " ago" : ", no output yet";
    if (const auto begun = output_.begun(id); !begun.empty()) text += ": " + style_.fit(begun, 60);
  }
  fact(id, text);
}

void PlainReport::line(std::string_view text) { write_(show_wall(wall_()) + " " + std::string(text) + "\n"); }

void PlainReport::fact(NodeId id, std::string_view text) {
  const auto undo = view_.names()[id].kind == NodeKind::undo;
  line(style_.clean(shown_name(view_, id)) + (undo ? " undo " : " ") + std::string(text));
}

std::string PlainReport::output_prefix(NodeId id) const {
  return show_wall(wall_()) + " " + style_.clean(view_.names()[id].name) + " | ";
}

void PlainReport::output_line(NodeId id, std::string_view text) {
  write_(output_prefix(id) + style_.clean(strip_escapes(text)) + "\n");
}

void PlainReport::tell(const Event& event) {
  if (std::holds_alternative<RunStarted>(event)) {
    const auto& header = view_.header();
    auto text = style_.clean(header_text(view_, style_));
    if (!header.user.empty()) text += "   by " + style_.clean(header.user);
    if (!header.host.empty()) text += " on " + style_.clean(header.host);
    line(text);
  } else if (const auto* start = std::get_if<AttemptStarted>(&event)) {
    const auto attempt = start->attempt > 1 ? " attempt " + std::to_string(start->attempt) : "";
    fact(start->node, "start" + attempt + "  " + one_line(start->command, style_));
  } else if (const auto* term = std::get_if<TermSent>(&event)) {
    fact(term->node, "stopping: " + std::string(stop_reason_text(term->reason)));
  } else if (const auto* kill = std::get_if<KillSent>(&event)) {
    fact(kill->node, "killed: it did not stop in time");
  } else if (const auto* ended = std::get_if<AttemptFinished>(&event)) {
    hearts_.erase(ended->node);
    output_.finish(ended->node, [&](std::string_view text, bool) { output_line(ended->node, text); });
    if (const auto left = ended->killed_background; left > 0)
      fact(ended->node,
           "left " + std::to_string(left) + (left == 1 ? " process" : " processes") + " in the background: killed");
    if (ended->unkillable) fact(ended->node, "WARNING  something of it survived KILL and still runs");
  } else if (const auto* lost = std::get_if<AttemptLost>(&event)) {
    hearts_.erase(lost->node);
    fact(lost->node, "UNKNOWN  " + view_[lost->node].message);
  } else if (const auto* retry = std::get_if<RetryScheduled>(&event)) {
    hearts_[retry->node] = {view_.last(), view_.last() + early_beat};
    const auto& node = view_[retry->node];
    fact(retry->node, "attempt " + std::to_string(node.attempts) + " failed: " + one_line(node.message, style_) +
                          "; attempt " + std::to_string(retry->next_attempt) + " in " +
                          show_duration(retry->due - view_.last()));
  } else if (const auto* budget = std::get_if<BudgetExceeded>(&event)) {
    fact(budget->node, "OVER-BUDGET  it should take " + show_duration(*view_[budget->node].over_budget));
  } else if (const auto* skipped = std::get_if<NodeSkipped>(&event)) {
    tell_end(skipped->node);
  } else if (const auto* finished = std::get_if<NodeFinished>(&event)) {
    tell_end(finished->node);
  } else if (const auto* stop = std::get_if<StopRequested>(&event)) {
    line("run stop requested by " + style_.clean(stop->by) + ": " + std::string(stop_mode_text(stop->mode)));
  } else if (const auto* rollback = std::get_if<RollbackStarted>(&event)) {
    std::vector<std::string> names;
    for (const auto id : rollback->nodes) names.push_back(view_.names()[id].name);
    line("run undoing " + count_of(names.size(), "step") + ", newest first: " + style_.clean(join(names, ", ")));
  } else if (const auto* asked = std::get_if<ApprovalRequested>(&event)) {
    fact(asked->node, "WAITING " + waiting_text(view_[asked->node], style_).substr(6) +
                          "; answer with: runbook approve " + view_.header().run_id + " " +
                          style_.clean(view_.names()[asked->node].name));
  } else if (const auto* step = std::get_if<StepAsked>(&event)) {
    fact(step->node, "ASKED  whether it shall begin");
  } else if (const auto* chosen = std::get_if<StepChosen>(&event)) {
    fact(chosen->node, "answer of " + style_.clean(chosen->by) + ": " + std::string(step_choice_text(chosen->choice)));
  } else if (const auto* note = std::get_if<NoteAdded>(&event)) {
    line("run note by " + style_.clean(note->by) + ": " + style_.clean(note->text));
  } else if (const auto* refused = std::get_if<RequestRefused>(&event)) {
    line("run REFUSED request of " + style_.clean(refused->by) +
         (refused->what.empty() ? "" : ", `" + style_.clean(refused->what) + "`") + ": " +
         style_.clean(refused->reason));
  } else if (std::holds_alternative<RunPaused>(event)) {
    line("run PAUSED: it waits for people");
  } else if (std::holds_alternative<RunResumed>(event)) {
    line("run resumed " + style_.clean(view_.header().run_id));
  } else if (const auto* end = std::get_if<RunFinished>(&event)) {
    auto word = std::string(headline(end->outcome));
    std::replace(word.begin(), word.end(), ' ', '-');
    line("run " + style_.clean(view_.header().run_id) + " " + word + " " + show_duration(view_.last() - Time{}));
  }
}

void PlainReport::tell_end(NodeId id) {
  hearts_.erase(id);
  output_.finish(id);
  const auto kind = view_.names()[id].kind;
  const auto& node = view_[id];
  const auto outcome = *node.outcome;
  if (kind == NodeKind::group && satisfies(outcome) && outcome != Outcome::skipped) return;  // its members have said it
  auto text = kind != NodeKind::probe ? std::string(end_word(kind, outcome))
              : view_.disappoints(id) ? std::string("PROBE-FAILED")
                                      : std::string("probed");
  if (node.ready) text += " " + show_duration(node.took(view_.last()));
  auto detail = detail_text(view_, id, style_);
  constexpr std::string_view said = "undo failed: ";
  if (kind == NodeKind::undo && detail.compare(0, said.size(), said) == 0) detail.erase(0, said.size());
  if (!detail.empty()) text += "  " + detail;
  line(style_.clean(shown_name(view_, id)) + " " + text);
}

}  // namespace runbook
