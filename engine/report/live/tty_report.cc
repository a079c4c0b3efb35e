#include "report/live/tty_report.h"

#include <algorithm>

#include "base/text.h"
#include "report/words/outcome_text.h"

namespace runbook {
namespace {

using namespace std::chrono_literals;
constexpr Duration least_between_frames = 100ms;
constexpr Duration spinner_turn = 200ms;
constexpr Duration calm_redraw = 1s;

std::string_view handler_title(std::string_view name) {
  if (name.substr(0, 10) == "on_failure") return "on failure";
  if (name.substr(0, 10) == "on_success") return "on success";
  return "finally";
}

}  // namespace

TtyReport::TtyReport(RunView view, TtyOptions options, Write write)
    : view_(std::move(view)), options_(std::move(options)), region_(std::move(write)), columns_(view_.names()) {
  preconditions_said_ = view_.stage() != RunView::Stage::not_started;
}

TtyReport::~TtyReport() { close(); }

void TtyReport::on_event(const Event& event, Time at, const RunState&) {
  if (closed_) return;
  output_.seen(at);
  view_.apply(event, at);
  tell(event);
  changed_ = true;
  if (std::holds_alternative<RunFinished>(event)) {
    say("");  // the closing block follows
    return close();
  }
  if (!drawn_ || at - *drawn_ >= least_between_frames) draw(at);
}

void TtyReport::on_output(NodeId node, Stream stream, std::string_view bytes) {
  if (closed_) return;
  output_.feed(node, stream, bytes);
  changed_ = true;
}

std::optional<Time> TtyReport::next_tick(Time now) {
  output_.seen(now);
  if (closed_ || view_.stage() == RunView::Stage::not_started) return std::nullopt;
  if (!drawn_ || prompt_changed_) return now;
  if (changed_) return *drawn_ + least_between_frames;
  if (view_.active().empty()) return std::nullopt;
  return *drawn_ + (options_.live.reduced_motion ? calm_redraw : spinner_turn);
}

void TtyReport::on_tick(Time now, const RunState&) {
  if (const auto due = next_tick(now); due && now >= *due) draw(now);
}

void TtyReport::show_prompt(std::function<std::vector<std::string>(std::size_t)> rows) {
  prompt_ = std::move(rows);
  prompt_changed_ = true;
}

// What is asked stays in the scroll-back: who approved must be able to look up what.
void TtyReport::say_asked(const ApprovalRequested& asked) {
  const auto& style = options_.live.style;
  const auto name = shown_name(view_, asked.node);
  say("");
  say(style.paint(Color::yellow, style.symbol(Symbol::paused)) + " " +
      style.fit(name + " waits for " + (asked.role.empty() ? "a person" : asked.role), width() - 3));
  for (const auto line : split_lines(trim(asked.instructions))) say("  " + style.fit(line, width() - 2));
  for (const auto& item : asked.checklist) say("  [ ] " + style.fit(item, width() - 6));
  say("  " + style.paint(Color::dim, style.fit("elsewhere: runbook approve " + view_.header().run_id + " " +
                                                   view_.names()[asked.node].name,
                                               width() - 2)));
}

void TtyReport::close() {
  if (std::exchange(closed_, true)) return;
  region_.draw(lines_, {});
  lines_.clear();
}

std::size_t TtyReport::width() const {
  const auto size = options_.size ? options_.size() : TerminalSize{};
  return static_cast<std::size_t>(std::max(1, size.columns - 1));
}

void TtyReport::draw(Time now) {
  if (!drawn_ || now - *drawn_ >= spinner_turn / 2) ++frame_;
  const auto size = options_.size ? options_.size() : TerminalSize{};
  const auto columns = static_cast<std::size_t>(std::max(1, size.columns - 1));
  auto asked = prompt_ ? prompt_(columns) : std::vector<std::string>();
  const auto most = static_cast<std::size_t>(std::max(1, size.rows - 2));
  if (asked.size() > most) asked.erase(asked.begin(), asked.end() - static_cast<std::ptrdiff_t>(most));
  auto left = size;
  left.rows -= static_cast<int>(asked.size());
  auto rows = live_rows(view_, output_, columns_, options_.live, left, frame_, now);
  rows.insert(rows.end(), asked.begin(), asked.end());
  region_.draw(lines_, rows);
  prompt_changed_ = false;
  lines_.clear();
  changed_ = false;
  drawn_ = now;
}

void TtyReport::tell(const Event& event) {
  const auto& style = options_.live.style;
  if (std::holds_alternative<RunStarted>(event)) {
    columns_ = StepColumns(view_.names());
    say_header();
  } else if (const auto* ready = std::get_if<NodeReady>(&event)) {
    const auto& label = view_.names()[ready->node];
    if (label.kind == NodeKind::step || label.kind == NodeKind::group) say_preconditions();
    if (label.kind == NodeKind::handler && handlers_said_ != handler_title(label.name)) {
      handlers_said_ = handler_title(label.name);
      say("");
      say(handlers_said_);
    }
  } else if (const auto* skipped = std::get_if<NodeSkipped>(&event)) {
    say_ended(skipped->node);
  } else if (const auto* ended = std::get_if<NodeFinished>(&event)) {
    say_ended(ended->node);
  } else if (const auto* lost = std::get_if<AttemptLost>(&event)) {
    say(columns_.line(style.symbol(Symbol::unknown), Color::red, shown_name(view_, lost->node), "",
                      view_[lost->node].message, style, width()));
  } else if (const auto* stop = std::get_if<StopRequested>(&event)) {
    say(style.fit("stop requested by " + stop->by + ": " + std::string(stop_mode_text(stop->mode)), width()));
  } else if (const auto* rollback = std::get_if<RollbackStarted>(&event)) {
    say("");
    say(style.fit("undoing " + count_of(rollback->nodes.size(), "step") + ", newest first", width()));
  } else if (const auto* budget = std::get_if<BudgetExceeded>(&event)) {
    const auto& node = view_[budget->node];
    say(columns_.line(style.symbol(Symbol::warned), Color::yellow, shown_name(view_, budget->node),
                      show_duration(node.took(view_.last())), "over its budget of " + show_duration(*node.over_budget),
                      style, width()));
  } else if (const auto* asked = std::get_if<ApprovalRequested>(&event)) {
    say_asked(*asked);
  } else if (const auto* note = std::get_if<NoteAdded>(&event)) {
    say(style.fit("note by " + note->by + ": " + note->text, width()));
  } else if (const auto* refused = std::get_if<RequestRefused>(&event)) {
    say(style.fit("refused: request of " + refused->by + (refused->what.empty() ? "" : ", `" + refused->what + "`") +
                      ": " + refused->reason,
                  width()));
  } else if (std::holds_alternative<RunResumed>(event)) {
    say(style.fit("resumed " + view_.header().run_id, width()));
  }
}

void TtyReport::say_header() { say(options_.live.style.fit(header_text(view_, options_.live.style), width())); }

void TtyReport::say_preconditions() {
  if (std::exchange(preconditions_said_, true)) return;
  std::size_t held = 0;
  Duration took{};
  for (NodeId id = 0; id < view_.size(); ++id) {
    if (view_.names()[id].kind != NodeKind::precondition || !view_[id].finished) continue;
    ++held;
    took += view_[id].took(view_.last());
  }
  if (held == 0) return;
  const auto& style = options_.live.style;
  say(columns_.line(style.symbol(Symbol::succeeded), Color::green, "preconditions", show_duration(took),
                    held == 1 ? "it holds" : "all " + std::to_string(held) + " hold", style, width()));
}

void TtyReport::say_ended(NodeId id) {
  const auto& node = view_[id];
  const bool bad = node.outcome && !satisfies(*node.outcome);
  switch (view_.names()[id].kind) {
    case NodeKind::check: break;  // its step says so
    case NodeKind::probe:
      // Its step says so, but for what it settles, and for what it finds after the step's last word.
      if (tells_more(view_, id)) say(columns_.line(view_, id, options_.live.style, width()));
      break;
    case NodeKind::precondition:
      if (!bad) break;  // said in one line for all, before the first step
      say(columns_.line(view_, id, options_.live.style, width()));
      break;
    case NodeKind::group:
      // A group that ran is told by its members; one that did not is one line for all of them.
      if (node.outcome == Outcome::skipped || node.outcome == Outcome::timed_out)
        say(columns_.line(view_, id, options_.live.style, width()));
      break;
    case NodeKind::step:
    case NodeKind::undo:
    case NodeKind::handler:
    case NodeKind::overrun: say(columns_.line(view_, id, options_.live.style, width())); break;
  }
  output_.finish(id);
}

}  // namespace runbook
