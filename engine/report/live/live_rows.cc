#include "report/live/live_rows.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"

namespace runbook {
namespace {

constexpr std::size_t most_rows = 12;
constexpr std::size_t most_waiting = 3;

// `41s of 5m`, `attempt 3`, why it is being tried again, what it is being asked to do.
std::string running_detail(const RunView& view, NodeId id, const Style& style, Time now) {
  const auto& node = view[id];
  std::vector<std::string> parts;
  if (view.names()[id].kind == NodeKind::undo) parts.push_back("undoing");
  if (node.over_budget) parts.push_back("OVER its budget of " + show_duration(*node.over_budget));
  if (node.stopping)
    parts.push_back(node.killed ? "killed, waiting for it to end"
                                : "stopping: " + std::string(stop_reason_name(*node.stopping)));
  if (node.status == NodeStatus::backing_off) {
    const auto wait = node.retry_due ? std::max(Duration(0), *node.retry_due - now) : Duration(0);
    parts.push_back("attempt " + std::to_string(node.attempts + 1) + " in " + show_elapsed(wait + Duration(999)));
  } else if (node.attempts > 1) {
    parts.push_back("attempt " + std::to_string(node.attempts));
  }
  if (!node.message.empty()) {
    parts.push_back("last: " + one_line(node.message, style));
  } else if (!node.command.empty()) {
    parts.push_back(one_line(node.command, style));
  } else if (node.attempts == 0) {
    parts.push_back("about to start");
  }
  return join(parts, "   ");
}

std::string running_row(const RunView& view, NodeId id, const StepColumns& columns, const LiveOptions& options,
                        std::size_t width, std::size_t frame, Time now) {
  const auto& node = view[id];
  const auto& style = options.style;
  const auto sign = options.reduced_motion ? style.symbol(Symbol::running) : style.spinner(frame);
  if (node.status == NodeStatus::waiting) {
    auto text = waiting_text(node, style);
    if (node.deadline && node.ready) text = "of " + show_limit(*node.deadline - *node.ready) + "   " + text;
    return columns.line(style.symbol(Symbol::paused), Color::yellow, shown_name(view, id), show_elapsed(node.took(now)),
                        text, style, width);
  }
  auto detail = running_detail(view, id, style, now);
  if (node.deadline && node.ready) {
    const auto limit = "of " + show_limit(*node.deadline - *node.ready);
    detail = detail.empty() ? limit : limit + "   " + detail;
  }
  // One blank only: `41s of 5m` is one thing.
  auto text = columns.line(sign, Color::cyan, shown_name(view, id), show_elapsed(node.took(now)), "", style, 0);
  const auto used = 2 + style.symbol_width() + 1 + columns.name + 8;
  if (detail.empty() || width < used + 8)
    return columns.line(sign, Color::cyan, shown_name(view, id), show_elapsed(node.took(now)), detail, style, width);
  return text + " " + style.fit(detail, width - used - 1);
}

std::string output_row(std::string_view line, const Style& style, std::size_t width) {
  const std::string lead = "      " + std::string(style.bar()) + " ";
  const auto used = display_width(lead);
  if (width <= used + 4) return style.fit(line, width);
  return style.paint(Color::dim, lead + style.fit(line, width - used));
}

// Steps whose turn comes as soon as what runs now has ended. Needs a plan.
std::vector<std::string> waiting_rows(const RunView& view, const StepColumns& columns, const Style& style,
                                      std::size_t width, std::size_t most) {
  std::vector<std::string> rows;
  if (!view.plan() || view.stage() != RunView::Stage::steps || view.stop() || !view.failures().empty()) return rows;
  for (const auto& node : view.plan()->nodes) {
    if (rows.size() == most) break;
    if (!node.is_step() || node.parent == no_node || view[node.id].status != NodeStatus::pending) continue;
    std::vector<std::string> awaited;
    bool all_active = true;
    for (const auto need : node.needs) {
      const auto& needed = view[need];
      if (needed.finished) continue;
      all_active = all_active && needed.ready.has_value();
      awaited.push_back(view.names()[need].name);
    }
    if (awaited.empty() || !all_active) continue;
    rows.push_back(columns.line(style.symbol(Symbol::waiting), Color::dim, node.name, "",
                                "waits for " + join(awaited, ", "), style, width));
  }
  return rows;
}

std::string names_of(const RunView& view, const std::vector<NodeId>& ids) {
  std::vector<std::string> names;
  for (const auto id : ids) names.push_back(view.names()[id].name);
  return join(names, ", ");
}

std::string if_it_fails(const RunView& view) {
  const auto stack = view.undo_stack();
  if (stack.empty()) return "if it fails now: nothing to undo";
  const auto names = names_of(view, stack);
  switch (view.policy()) {
    case Plan::Rollback::automatic: return "if it fails now: undo " + names;
    case Plan::Rollback::manual: return "if it fails now: stop; to undo by hand: " + names;
    case Plan::Rollback::never: return "if it fails now: stop, undo nothing";
  }
  return {};
}

std::string what_next(const RunView& view) {
  if (view.stage() == RunView::Stage::handlers) return "handlers run";
  if (view.stage() == RunView::Stage::undoing) {
    const auto left = view.undo_stack();
    std::vector<NodeId> open;
    for (const auto id : left)
      if (view[id].status != NodeStatus::undo_failed) open.push_back(id);
    return open.empty() ? "undo done" : "left to undo: " + names_of(view, open);
  }
  const auto failed = view.failures();
  if (!view.stop() && failed.empty()) return if_it_fails(view);
  const auto stack = view.undo_stack();
  const auto then =
      stack.empty() || view.policy() != Plan::Rollback::automatic ? "" : ", then undo " + names_of(view, stack);
  if (!view.stop()) return view.names()[failed.front()].name + " failed: what runs may finish" + then;
  switch (view.stop()->mode) {
    case StopMode::finish_current: return "stopping: what runs may finish" + then;
    case StopMode::stop_now:
    case StopMode::roll_back: return "stopping now" + then;
    case StopMode::leave: return "stopping now, leaving everything as it is";
  }
  return {};
}

std::string hint(const RunView& view, const LiveOptions& options) {
  if (!view.stop()) return view.stage() == RunView::Stage::steps ? options.interrupt_hint : "";
  if (options.interrupt_hint.empty()) return "";
  switch (view.stop()->mode) {
    case StopMode::finish_current: return "Ctrl-C: stop it now";
    case StopMode::stop_now:
    case StopMode::roll_back: return "Ctrl-C: leave everything";
    case StopMode::leave: return "";
  }
  return "";
}

}  // namespace

std::string live_footer(const RunView& view, const LiveOptions& options, std::size_t columns, Time now) {
  const auto& style = options.style;
  const auto progress = " " + std::to_string(view.steps_ended()) + "/" + std::to_string(view.steps()) + " done  " +
                        show_elapsed(now - Time{}) + "  ";
  const auto end = hint(view, options);
  const auto next = what_next(view);
  // What would be undone matters more than the hint.
  const auto room = columns > progress.size() ? columns - progress.size() : 0;
  auto text = progress + style.fit(next, room);
  if (!end.empty() && display_width(text) + 2 + display_width(end) <= columns) text += "  " + end;
  return style.paint(Color::bold, style.fit(text, columns));
}

std::vector<std::string> live_rows(const RunView& view, const NodeOutput& output, const StepColumns& columns,
                                   const LiveOptions& options, TerminalSize size, std::size_t frame, Time now) {
  // The last column stays free (a full line would wrap), the last row is the cursor's.
  const auto width = static_cast<std::size_t>(std::max(1, size.columns - 1));
  const auto most = std::min(most_rows, static_cast<std::size_t>(std::max(0, size.rows - 1)));
  if (most == 0) return {};
  if (most == 1) return {live_footer(view, options, width, now)};
  auto room = most - 1;

  // A step whose own check or probe runs is spoken for by that.
  std::unordered_set<NodeId> checked;
  for (const auto id : view.active())
    if (view.names()[id].kind == NodeKind::check || view.names()[id].kind == NodeKind::probe)
      checked.insert(view.names()[id].owner);
  std::vector<NodeId> busy;
  for (const auto id : view.active())
    if (checked.count(id) == 0) busy.push_back(id);
  std::size_t hidden = 0;
  if (busy.size() > room) {
    hidden = busy.size() - (room - 1);
    busy.resize(room - 1);
    --room;
  }
  room -= busy.size();
  const auto lines_each = busy.empty() ? 0 : std::min<std::size_t>(2, room / busy.size());

  std::vector<std::string> rows;
  for (const auto id : busy) {
    rows.push_back(running_row(view, id, columns, options, width, frame, now));
    if (lines_each == 0) continue;
    for (const auto& line : output.tail(id, lines_each)) {
      rows.push_back(output_row(line, options.style, width));
      --room;
    }
  }
  if (hidden > 0) rows.push_back(options.style.fit("    and " + std::to_string(hidden) + " more running", width));
  for (auto& row : waiting_rows(view, columns, options.style, width, std::min(most_waiting, room)))
    rows.push_back(std::move(row));
  rows.push_back(live_footer(view, options, width, now));
  return rows;
}

}  // namespace runbook
