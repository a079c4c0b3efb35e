#include "report/words/step_text.h"

#include <algorithm>

#include "base/text.h"
#include "runbook/runbook.h"

namespace runbook {
namespace {

constexpr std::size_t time_width = 8;
constexpr std::size_t longest_name = 32;

struct ActionText {
  std::string operator()(const ShellAction& action) const { return std::string(trim(action.script.source.value)); }
  std::string operator()(const ExecAction& action) const {
    std::vector<std::string> words;
    for (const auto& word : action.argv) words.push_back(word.source.value);
    return join(words, " ");
  }
  std::string operator()(const HttpAction& action) const { return action.method + " " + action.url.source.value; }
  std::string operator()(const WaitAction& action) const { return "wait " + write_duration(action.duration); }
  std::string operator()(const LuaAction& action) const { return std::string(trim(action.script.text.value)); }
  std::string operator()(const ManualAction& action) const {
    return std::string(trim(action.instructions.source.value));
  }
  std::string operator()(const GroupAction& action) const { return count_of(action.steps.size(), "step"); }
  std::string operator()(const UseAction& action) const { return "use " + action.reference.value; }
};

// In the words of the question: is the effect in place?
std::string probe_text(const RunView& view, NodeId id, const Style& style) {
  const auto& node = view[id];
  const auto reason = one_line(node.message, style);
  const bool undo = probe_moment_of(view.names()[id].name) == ProbeMoment::undo;
  switch (probe_answer(*node.outcome)) {
    case ProbeAnswer::yes: return undo ? "still in place" : "in place";
    case ProbeAnswer::no: return undo ? "no longer in place" : "not in place" + (reason.empty() ? "" : ": " + reason);
    case ProbeAnswer::none: return "no answer" + (reason.empty() ? "" : ": " + reason);
  }
  return {};
}

std::string outputs_text(const NodeView& node, const Style& style) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : node.outputs) pairs.push_back(name + "=" + style.fit(value, 60));
  return join(pairs, " ");
}

std::string reason_text(const NodeView& node, const Style& style) { return one_line(node.message, style); }

std::string unfinished_text(const NodeView& node, const Style& style) {
  if (node.lost) return reason_text(node, style);
  if (node.status == NodeStatus::pending) return "has not run";
  if (node.status == NodeStatus::backing_off) return "waits for attempt " + std::to_string(node.attempts + 1);
  if (node.status == NodeStatus::waiting) return waiting_text(node, style);
  return node.command.empty() ? "about to start" : "running: " + one_line(node.command, style);
}

// The word leads when the message does not say it itself.
std::string with_word(std::string_view word, std::string reason) {
  if (reason.empty() || reason == word) return std::string(word);
  return reason.find(word) != std::string::npos ? reason : std::string(word) + ": " + reason;
}

}  // namespace

std::string waiting_text(const NodeView& node, const Style& style) {
  const auto who = node.asked && !node.asked->role.empty() ? style.clean(node.asked->role) : std::string("a person");
  const auto what = node.asked ? one_line(node.asked->instructions, style) : "";
  return "waits for " + who + (what.empty() ? "" : ": " + what);
}

std::string answer_text(const AnswerView& answer, const Style& style) {
  auto text = std::string(answer.approved ? "approved by " : "rejected by ") + style.clean(answer.by);
  if (answer.via != "terminal") text += ", " + style.clean(answer.via);
  return answer.why.empty() ? text : text + ": " + one_line(answer.why, style);
}

std::string action_text(const Step& step) { return std::visit(ActionText{}, step.action); }

std::string undo_text(const RunView& view, NodeId id, const Style& style) {
  std::vector<std::string> commands;
  for (const auto undo : view.undo_nodes(id)) {
    auto command = view[undo].command;
    if (const auto* step = view.step(undo); command.empty() && step) command = action_text(*step);
    if (!command.empty()) commands.push_back(one_line(command, style));
  }
  return join(commands, "; then ");
}

std::string header_text(const RunView& view, const Style& style) {
  const auto& header = view.header();
  auto text = "run " + header.run_id + std::string(gap) + header.runbook;
  if (view.is_rollback()) text += std::string(gap) + "rollback of " + header.rollback_of;
  if (!header.params.is_map()) return text;
  std::vector<std::string> params;
  for (const auto& [name, value] : header.params.as_map()) params.push_back(name + "=" + style.fit(to_text(value), 60));
  return params.empty() ? text : text + std::string(gap) + join(params, " ");
}

std::string shown_name(const RunView& view, NodeId id) {
  const auto& label = view.names()[id];
  if (label.kind == NodeKind::undo && view.undo_nodes(label.owner).size() == 1) return view.names()[label.owner].name;
  return label.name;
}

std::string title_of(const RunView& view, NodeId id) {
  const auto kind = view.names()[id].kind;
  if (kind == NodeKind::step || kind == NodeKind::group || kind == NodeKind::undo) return {};
  const auto* step = view.step(id);
  if (!step) return view[id].command;
  return step->name.empty() ? action_text(*step) : step->name;
}

bool tells_more(const RunView& view, NodeId probe) {
  const auto moment = probe_moment_of(view.names()[probe].name);
  if (!view[probe].outcome || view[probe].outcome == Outcome::cancelled) return false;
  return moment == ProbeMoment::resume || (moment == ProbeMoment::undo && view.disappoints(probe));
}

std::string verified_text(const RunView& view, NodeId undo) {
  const auto owner = view.names()[undo].owner;
  if (view.names()[undo].kind != NodeKind::undo || view.undo_nodes(owner).back() != undo) return {};
  const auto probe = view.undo_probe(owner);
  if (probe == no_node || !view[probe].outcome || probe_answer(*view[probe].outcome) != ProbeAnswer::no) return {};
  return "verified: no longer in place";
}

Symbol symbol_of(const RunView& view, NodeId id) {
  const auto& node = view[id];
  const bool undo = view.names()[id].kind == NodeKind::undo;
  if (view.names()[id].kind == NodeKind::probe && node.outcome && node.outcome != Outcome::cancelled)
    return view.disappoints(id) ? Symbol::failed : Symbol::succeeded;
  if (!node.outcome) {
    if (node.lost) return Symbol::unknown;
    if (node.status == NodeStatus::waiting) return Symbol::paused;
    return node.status == NodeStatus::pending ? Symbol::waiting : Symbol::running;
  }
  switch (*node.outcome) {
    case Outcome::succeeded:
    case Outcome::unchanged: return undo ? Symbol::undone : Symbol::succeeded;
    case Outcome::warned: return undo ? Symbol::undone : Symbol::warned;
    case Outcome::failed:
    case Outcome::timed_out: return view.failure_allowed(id) ? Symbol::warned : Symbol::failed;
    case Outcome::skipped: return Symbol::skipped;
    case Outcome::cancelled: return Symbol::cancelled;
    case Outcome::unknown: return Symbol::unknown;
  }
  return Symbol::unknown;
}

std::string detail_text(const RunView& view, NodeId id, const Style& style) {
  const auto& node = view[id];
  const auto kind = view.names()[id].kind;
  std::vector<std::string> parts;
  if (!node.outcome) return unfinished_text(node, style);
  const auto outcome = *node.outcome;
  if (kind == NodeKind::probe) return probe_text(view, id, style);
  const auto title = title_of(view, id);
  if (node.over_budget) parts.push_back("over its budget of " + show_duration(*node.over_budget));
  if (satisfies(outcome)) {
    if (outcome == Outcome::warned) {
      std::vector<std::string> said;
      for (const auto& warning : node.warnings) said.push_back(one_line(warning, style));
      parts.push_back(said.empty() ? with_word("warned", reason_text(node, style)) : join(said, "; "));
    }
    if (outcome == Outcome::unchanged) parts.push_back("already in place");
    if (outcome == Outcome::skipped && !node.message.empty()) parts.push_back(reason_text(node, style));
    if (node.lost && !node.message.empty()) parts.push_back(reason_text(node, style));  // who settled it
    if (node.attempts > 1) parts.push_back(count_of(node.attempts, "attempt"));
    if (node.answer) parts.push_back(answer_text(*node.answer, style));
    if (!title.empty()) parts.push_back(one_line(title, style));
    if (!node.outputs.empty()) parts.push_back(outputs_text(node, style));
    const bool acted = node.started && outcome != Outcome::unchanged && outcome != Outcome::skipped;
    if (acted && view.has_undo(id)) {
      const auto undo = undo_text(view, id, style);
      parts.push_back(undo.empty() ? "can be undone" : "undo: " + undo);
    }
  } else {
    auto reason = reason_text(node, style);
    if (outcome == Outcome::timed_out) reason = with_word("timed out", reason);
    if (outcome == Outcome::cancelled) reason = with_word("cancelled", reason);
    if (outcome == Outcome::unknown) reason = with_word("unknown", reason);
    if (kind == NodeKind::undo) reason = with_word("undo failed", reason);
    if (view.failure_allowed(id)) reason = "allowed to fail: " + reason;
    if (!title.empty()) reason = one_line(title, style) + (reason.empty() ? "" : ": " + reason);
    if (!reason.empty()) parts.push_back(reason);
  }
  return join(parts, gap);
}

StepColumns::StepColumns(const NodeNames& names) {
  for (const auto& label : names.labels())
    if (label.kind == NodeKind::step) name = std::max(name, display_width(label.name));
  name = std::min(name, longest_name);
}

std::string StepColumns::line(const RunView& view, NodeId id, const Style& style, std::size_t columns) const {
  const auto& node = view[id];
  const auto symbol = symbol_of(view, id);
  // A word instead of a time for what did not run.
  const auto time = node.outcome == Outcome::skipped ? "skipped"
                    : !node.ready                    ? "-"
                                                     : show_duration(node.took(view.last()));
  return line(style.symbol(symbol), color_of(symbol), shown_name(view, id), time, detail_text(view, id, style), style,
              columns);
}

std::string StepColumns::line(std::string_view symbol, Color color, std::string_view label, std::string_view time,
                              std::string_view detail, const Style& style, std::size_t columns) const {
  const auto fixed = 2 + style.symbol_width() + 1 + name + time_width;
  const auto head = pad_right(style.fit(label, name), name) + pad_left(std::string(time), time_width);
  if (columns > 0 && columns < fixed + gap.size() + 4) {  // too narrow for columns: say what fits
    const auto text = std::string(label) + " " + std::string(time) + " " + std::string(detail);
    const auto lead = style.symbol_width() + 1;
    if (columns <= lead) return style.fit(label, columns);
    return style.paint(color, symbol) + " " + style.fit(text, columns - lead);
  }
  auto text = "  " + style.paint(color, symbol) + " " + head;
  if (detail.empty()) return text;
  return text + std::string(gap) +
         (columns > 0 ? style.fit(detail, columns - fixed - gap.size()) : style.clean(detail));
}

}  // namespace runbook
