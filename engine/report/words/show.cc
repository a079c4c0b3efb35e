#include "report/words/show.h"

#include <algorithm>

#include "base/text.h"
#include "report/live/live_rows.h"
#include "report/wall.h"
#include "report/words/step_text.h"

namespace runbook {
namespace {

bool has_row(const RunView& view, NodeId id) {
  const auto& node = view[id];
  const auto& label = view.names()[id];
  const bool bad = node.outcome && !satisfies(*node.outcome);
  const bool told_by_group = label.parent != no_node && view[label.parent].outcome == Outcome::skipped;
  switch (label.kind) {
    case NodeKind::group:
      return id != root_node && !told_by_group &&
             (node.outcome == Outcome::skipped || node.outcome == Outcome::timed_out || view.fails_by_itself(id));
    case NodeKind::step: return !told_by_group;
    case NodeKind::precondition: return true;
    case NodeKind::check: return bad;
    case NodeKind::probe: return view.disappoints(id) || tells_more(view, id);
    case NodeKind::undo:
    case NodeKind::handler:
    case NodeKind::overrun: return node.outcome.has_value() || node.ready.has_value();
  }
  return true;
}

std::string table(const RunView& view, const StepColumns& columns, const Style& style, std::string_view title,
                  std::initializer_list<NodeKind> kinds) {
  std::string rows;
  for (const auto id : view.in_order()) {
    const auto kind = view.names()[id].kind;
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end() || !has_row(view, id)) continue;
    rows += columns.line(view, id, style, 0) + "\n";
  }
  return rows.empty() ? "" : "\n" + std::string(title) + "\n" + rows;
}

// In the order in which they were done, not of the file.
std::string undo_table(const RunView& view, const StepColumns& columns, const Style& style) {
  std::string rows;
  for (const auto owner : view.rollback())
    for (const auto undo : view.undo_nodes(owner)) {
      if (!has_row(view, undo)) continue;
      auto detail = detail_text(view, undo, style);
      const auto command = one_line(view[undo].command, style);
      if (!command.empty()) detail = detail.empty() ? command : detail + "   " + command;
      const auto symbol = symbol_of(view, undo);
      rows += columns.line(style.symbol(symbol), color_of(symbol), shown_name(view, undo),
                           show_duration(view[undo].took(view.last())), detail, style, 0) +
              "\n";
    }
  return rows.empty() ? "" : "\nundo, newest first\n" + rows;
}

std::string artifact_table(const RunView& view, const Style& style) {
  std::string rows;
  for (NodeId id = 0; id < view.size(); ++id)
    for (const auto& file : view[id].artifacts)
      rows += "  " + style.clean(file.path) + "   " + show_size(file.size) + "   sha256 " + file.sha256.substr(0, 12) +
              "\n";
  return rows.empty() ? "" : "\nartifacts\n" + rows;
}

}  // namespace

std::string show_text(const RunView& view, const ShowOptions& options) {
  const auto& style = options.summary.style;
  const auto& header = view.header();
  const StepColumns columns(view.names());
  auto text = style.paint(Color::bold, style.clean(header_text(view, style))) + "\n";
  const auto field = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += "  " + pad_right(std::string(name) + " ", 10) + style.clean(value) + "\n";
  };
  field("started", show_wall(options.started) + (header.user.empty() ? "" : " by " + header.user) +
                       (header.host.empty() ? "" : " on " + header.host));
  field("runbook",
        header.runbook_path + (header.runbook_hash.empty() ? "" : "   sha256 " + header.runbook_hash.substr(0, 12)));
  field("engine", header.engine_version);
  field("journal", options.verification);
  field("rollback of", header.rollback_of);
  field("rolled back", options.rolled_back);
  for (const auto& line : options.locks) field("lock", line);
  if (view.resumes() > 0) field("resumed", count_of(static_cast<std::size_t>(view.resumes()), "time"));
  for (const auto& note : view.notes()) field("note", "by " + note.by + ": " + note.text);

  // Of a run that rolls back another only the undoing is its own.
  if (!view.is_rollback()) {
    text += table(view, columns, style, "preconditions", {NodeKind::precondition, NodeKind::check});
    text += table(view, columns, style, "steps", {NodeKind::group, NodeKind::step});
    text += table(view, columns, style, "probes", {NodeKind::probe});
    text += table(view, columns, style, "on overrun", {NodeKind::overrun});
  }
  text += undo_table(view, columns, style);
  text += table(view, columns, style, "handlers", {NodeKind::handler});
  text += artifact_table(view, style);
  text += "\n";
  if (options.running) {
    const auto still = live_footer(view, {style, "", true}, 1000, view.last());
    return text + "RUNNING " + still + "\n";
  }
  auto summary = options.summary;
  summary.next = false;
  summary.recorded = true;
  text += summary_text(view, summary);
  return text;
}

}  // namespace runbook
