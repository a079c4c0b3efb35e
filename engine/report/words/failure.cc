#include "report/words/failure.h"

#include <algorithm>

#include "base/text.h"
#include "report/output_lines.h"
#include "report/words/step_text.h"
#include "runbook/runbook.h"
#include "source/codes.h"
#include "source/render.h"

namespace runbook {
namespace {

constexpr std::size_t last_lines = 20;
constexpr std::size_t longest_output_line = 400;
constexpr std::size_t longest_label = 100;
constexpr std::size_t most_command_lines = 12;
constexpr std::size_t note_lead = 9;  // `command  `

// The action itself did what it should, or an answer came: it is the result that is not as wanted.
bool is_expectation(const RunView& view, NodeId id) {
  const auto& node = view[id];
  if (node.http_status) return true;
  if (!node.exit_code) return false;
  std::vector<int> good{0};
  if (const auto* step = view.step(id)) {
    if (const auto* shell = std::get_if<ShellAction>(&step->action)) good = shell->ok_exit_codes;
    if (const auto* exec = std::get_if<ExecAction>(&step->action)) good = exec->ok_exit_codes;
  }
  return std::find(good.begin(), good.end(), *node.exit_code) != good.end();
}

std::string named(const RunView& view, NodeId id) {
  const auto& label = view.names()[id];
  const auto title = title_of(view, id);
  const auto* step = view.step(id);
  const auto name =
      "`" + label.name + "`" + (step && !step->name.empty() && !title.empty() ? " (" + step->name + ")" : "");
  switch (label.kind) {
    case NodeKind::group: return "group " + name;
    case NodeKind::step: return "step " + name;
    case NodeKind::precondition: return "precondition " + name;
    case NodeKind::check: return "precondition " + name + " of step `" + view.names()[label.owner].name + "`";
    case NodeKind::undo: return "undo of `" + view.names()[label.owner].name + "`";
    case NodeKind::handler: return "handler " + name;
    case NodeKind::probe: return "probe of `" + view.names()[label.owner].name + "`";
    case NodeKind::overrun: return "`on_overrun` step " + name;
  }
  return name;
}

struct What {
  std::string_view code;
  std::string message;
};

What what_happened(const RunView& view, NodeId id) {
  const auto& node = view[id];
  const auto kind = view.names()[id].kind;
  const auto subject = named(view, id);
  const bool timed_out = node.outcome == Outcome::timed_out;
  const auto verb = timed_out ? " timed out" : " failed";
  if (kind == NodeKind::undo) {
    const auto other = node.outcome == Outcome::unknown     ? " is unknown"
                       : node.outcome == Outcome::cancelled ? " was stopped"
                                                            : verb;
    return {code::undo_failed, subject + other};
  }
  if (kind == NodeKind::precondition || kind == NodeKind::check)
    return {code::precondition_unmet, subject + (timed_out ? " timed out" : " does not hold")};
  if (kind == NodeKind::probe) {
    const auto& owner = view.names()[view.names()[id].owner].name;
    const auto answer = probe_answer(node.outcome.value_or(Outcome::unknown));
    const bool undo = probe_moment_of(view.names()[id].name) == ProbeMoment::undo;
    if (answer == ProbeAnswer::none) return {undo ? code::undo_failed : code::step_failed, subject + " gave no answer"};
    if (undo) return {code::undo_failed, "the effect of `" + owner + "` is still in place after its undo"};
    return {code::expectation_unmet, "the effect of `" + owner + "` was not observed"};
  }
  if (timed_out) return {code::step_timed_out, subject + verb};
  if (view[id].answer && !view[id].answer->approved) return {code::step_failed, subject + " was rejected"};
  if (is_expectation(view, id)) return {code::expectation_unmet, subject + " did not reach its expected result"};
  return {code::step_failed, subject + verb};
}

std::string note(std::string_view lead, std::string_view text) {
  std::string out;
  std::size_t count = 0;
  const auto lines = split_lines(text);
  for (const auto line : lines) {
    if (++count > most_command_lines) break;
    out += out.empty() ? pad_right(std::string(lead), note_lead) : "\n" + std::string(note_lead, ' ');
    out += line;
  }
  if (lines.size() > most_command_lines)
    out += "\n" + std::string(note_lead, ' ') + "(" + count_of(lines.size() - most_command_lines, "more line") + ")";
  return out;
}

// `log      …/logs/migrate.1.log, its last 3 lines:` and the lines.
std::string log_note(const std::string& log, const LogSource& logs, const Style& style) {
  auto text = note("log", logs.directory.empty() ? log : logs.directory + "/" + log);
  if (!logs.read_end) return text;
  const auto end = logs.read_end(log);
  auto lines = split_lines(end);
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  if (lines.empty()) return text;
  if (lines.size() > last_lines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(last_lines));
    text += ", its last " + std::to_string(last_lines) + " lines:";
  } else {
    text += ", its last " + (lines.size() == 1 ? "line:" : count_of(lines.size(), "line") + ":");
  }
  for (const auto line : lines)
    text += "\n" + std::string(style.bar()) + " " + style.fit(strip_escapes(line), longest_output_line);
  return text;
}

}  // namespace

Diagnostic failure_diagnostic(const RunView& view, NodeId id, const LogSource& logs, const Style& style) {
  const auto& node = view[id];
  const auto what = what_happened(view, id);
  Diagnostic diagnostic;
  diagnostic.code = what.code;
  diagnostic.message = what.message;
  if (const auto* step = view.step(id)) diagnostic.span = step->action_span ? step->action_span : step->span;

  const auto cause = one_line(node.message, style);
  const bool fits = cause == node.message && display_width(cause) <= longest_label;
  if (diagnostic.span) diagnostic.label = style.fit(cause, longest_label);
  if (!node.message.empty() && (!diagnostic.span || !fits)) diagnostic.notes.push_back(note("cause", node.message));
  if (!node.command.empty()) diagnostic.notes.push_back(note(node.asked ? "asked" : "command", trim(node.command)));
  if (node.ready && node.took(view.last()) > Duration(0) && node.attempts > 1)
    diagnostic.notes.push_back(
        note("tried", std::to_string(node.attempts) + " times in " + show_duration(node.took(view.last()))));
  if (node.unkillable) diagnostic.notes.push_back(note("beware", "something of it survived KILL and still runs"));
  if (!node.log.empty()) diagnostic.notes.push_back(log_note(node.log, logs, style));
  return diagnostic;
}

std::string failure_text(const RunView& view, NodeId id, const LogSource& logs, const Style& style, std::size_t width) {
  RenderOptions options;
  options.color = style.color;
  options.width = width;
  return style.in_charset(render_text(failure_diagnostic(view, id, logs, style), options));
}

}  // namespace runbook
