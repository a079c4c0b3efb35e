#include "report/words/run_facts.h"

#include <algorithm>

#include "base/text.h"
#include "report/wall.h"
#include "report/words/step_text.h"
#include "report/words/summary.h"
#include "runbook/runbook.h"

namespace runbook {
namespace {

SummaryOptions looking_back() {
  SummaryOptions options;
  options.style = report_style;
  options.recorded = true;
  return options;
}

void add(Facts& facts, std::string name, const std::string& value) {
  if (!value.empty()) facts.emplace_back(std::move(name), report_style.clean(value));
}

// As a shell would show them; what holds more than harmless characters is quoted so that words stay apart.
std::string command_line(const std::vector<std::string>& argv) {
  std::vector<std::string> words;
  for (const auto& word : argv) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`&|;<>()*?[]#~!{}") == std::string::npos;
    std::string quoted;
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    words.push_back(plain ? word : "'" + quoted + "'");
  }
  return join(words, " ");
}

bool is_bad(const NodeView& node) { return node.outcome && !satisfies(*node.outcome); }

bool is_shown(const RunView& view, NodeId id) {
  const auto& node = view[id];
  const auto& label = view.names()[id];
  const bool of_before = view.is_rollback() && label.kind != NodeKind::undo && label.kind != NodeKind::handler;
  if (of_before) return false;
  const bool told_by_group = label.parent != no_node && view[label.parent].outcome == Outcome::skipped;
  switch (label.kind) {
    case NodeKind::group:
      return id != root_node && !told_by_group &&
             (node.outcome == Outcome::skipped || node.outcome == Outcome::timed_out || view.has_undo(id) ||
              view.fails_by_itself(id));
    case NodeKind::step: return !told_by_group;
    case NodeKind::precondition: return true;
    case NodeKind::check: return is_bad(node);
    case NodeKind::probe: return view.disappoints(id) || tells_more(view, id);
    case NodeKind::undo:
    case NodeKind::handler:
    case NodeKind::overrun: return node.outcome.has_value() || node.ready.has_value();
  }
  return true;
}

}  // namespace

Ending ending_of(const RecordedRun& run) {
  const auto& view = run.view;
  Ending ending;
  if (run.running) {
    ending.word = "RUNNING";
    ending.text = std::to_string(view.steps_ended()) + " of " + count_of(view.steps(), "step") + " ended so far";
    return ending;
  }
  ending.word = ending_word(view, looking_back());
  ending.text = ending_text(view, looking_back());
  const auto code = exit_code_of(view, {});
  if (view.result()) ending.exit_code = code;
  ending.good = view.result() && code == exit_codes::ok;
  const auto after = aftermath_of(view, report_style);
  const bool undo_failed = view.result() && view.result()->outcome == RunOutcome::rollback_incomplete;
  ending.needs_human = undo_failed || !after.unknown.empty() || !after.interrupted.empty();
  return ending;
}

Facts run_facts(const RecordedRun& run) {
  const auto& view = run.view;
  const auto& header = view.header();
  Facts facts;
  if (!run.events.empty()) {
    add(facts, "started", show_wall(run.events.front().wall));
    add(facts, view.result() ? "ended" : "last record", show_wall(run.events.back().wall));
  }
  add(facts, "took", show_duration(view.last() - Time{}));
  add(facts, "by", header.user);
  add(facts, "on", header.host);
  add(facts, "rollback of", header.rollback_of);
  add(facts, "rolled back", run.rolled_back);
  for (const auto& line : run.locks) add(facts, "lock", line);
  for (const auto& record : run.events) {
    if (const auto* again = std::get_if<RunResumed>(&record.event))
      add(facts, "resumed",
          show_wall(record.wall) + (again->user.empty() ? "" : " by " + again->user) +
              (again->host.empty() ? "" : " on " + again->host));
    if (const auto* stop = std::get_if<StopRequested>(&record.event))
      add(facts, "stopped", show_wall(record.wall) + " by " + stop->by);
    if (const auto* note = std::get_if<NoteAdded>(&record.event))
      add(facts, "note", show_wall(record.wall) + " by " + note->by + ": " + note->text);
  }
  return facts;
}

Facts runbook_facts(const RecordedRun& run) {
  const auto& header = run.view.header();
  const auto* runbook = run.view.plan() ? run.view.plan()->runbook : nullptr;
  Facts facts;
  add(facts, "runbook", header.runbook);
  if (runbook) {
    add(facts, "title", runbook->title);
    add(facts, "kind", std::string(kind_name(runbook->kind)));
    add(facts, "owner", runbook->owner);
  }
  add(facts, "file", header.runbook_path);
  add(facts, "sha256", header.runbook_hash);
  add(facts, "command", command_line(header.argv));
  add(facts, "engine", header.engine_version.empty() ? "" : "runbook " + header.engine_version);
  add(facts, "secrets", header.secrets.empty() ? "" : join(header.secrets, ", ") + " (their values are not recorded)");
  return facts;
}

Facts proof_facts(const RecordedRun& run) {
  Facts facts;
  add(facts, "journal", run.proof.summary);
  for (const auto& problem : run.proof.problems)
    if (problem != run.proof.summary) add(facts, "problem", problem);
  add(facts, "checked", join(run.proof.checked, "; "));
  add(facts, "not checked", join(run.proof.not_checked, "; "));
  add(facts, "head", run.proof.head);
  if (!run.view.header().run_id.empty()) add(facts, "check it", "runbook verify " + run.view.header().run_id);
  return facts;
}

std::vector<FailureFacts> failures_of(const RecordedRun& run) {
  const auto& view = run.view;
  std::vector<FailureFacts> all;
  for (const auto id : view.failures()) {
    const auto& node = view[id];
    const auto diagnostic = failure_diagnostic(view, id, {}, report_style);
    FailureFacts facts;
    facts.node = id;
    facts.code = diagnostic.code;
    facts.message = printable(diagnostic.message);
    if (const auto& span = diagnostic.span)
      facts.place =
          printable(span.file->path()) + ":" + std::to_string(span.line()) + ":" + std::to_string(span.column());
    facts.cause = printable(trim(node.message), true);
    facts.command = printable(trim(node.command), true);
    if (node.attempts > 1)
      facts.tried = std::to_string(node.attempts) + " times in " + show_duration(node.took(view.last()));
    facts.log = printable(node.log);
    facts.unkillable = node.unkillable;
    all.push_back(std::move(facts));
  }
  return all;
}

Sections sections_of(const RecordedRun& run) {
  const auto& view = run.view;
  Sections sections;
  for (const auto id : view.in_order()) {
    if (!is_shown(view, id)) continue;
    switch (view.names()[id].kind) {
      case NodeKind::precondition:
      case NodeKind::check: sections.preconditions.push_back(id); break;
      case NodeKind::probe:
        if (probe_moment_of(view.names()[id].name) != ProbeMoment::undo) sections.probes.push_back(id);
        break;
      case NodeKind::group:
      case NodeKind::step: sections.steps.push_back(id); break;
      case NodeKind::overrun:
      case NodeKind::handler: sections.handlers.push_back(id); break;
      case NodeKind::undo: break;
    }
  }
  for (const auto owner : view.rollback()) {
    for (const auto undo : view.undo_nodes(owner))
      if (is_shown(view, undo)) sections.undo.push_back(undo);
    if (const auto probe = view.undo_probe(owner); probe != no_node && is_shown(view, probe))
      sections.undo.push_back(probe);
  }
  return sections;
}

std::string result_word(const RecordedRun& run, NodeId id) {
  const auto& node = run.view[id];
  const auto kind = run.view.names()[id].kind;
  if (!node.outcome) {
    if (node.lost) return "unknown";
    if (node.status == NodeStatus::waiting) return "waits for a person";
    if (node.status == NodeStatus::pending) return run.running ? "waiting" : "did not run";
    return run.running ? "running" : "in flight";
  }
  const auto outcome = *node.outcome;
  const bool condition = kind == NodeKind::precondition || kind == NodeKind::check;
  if (kind == NodeKind::undo && satisfies(outcome)) return "undone";
  if (kind == NodeKind::probe && outcome != Outcome::cancelled) {
    const auto answer = probe_answer(outcome);
    return answer == ProbeAnswer::yes ? "in place" : answer == ProbeAnswer::no ? "not in place" : "no answer";
  }
  if (condition && outcome == Outcome::succeeded) return "holds";
  if (condition && outcome == Outcome::failed) return "does not hold";
  const auto word = outcome == Outcome::timed_out ? std::string("timed out") : std::string(outcome_name(outcome));
  return run.view.failure_allowed(id) && !satisfies(outcome) ? word + ", allowed" : word;
}

std::string undo_word(const RunView& view, NodeId id) {
  const auto status = view[id].status;
  const bool said = status == NodeStatus::undoing || status == NodeStatus::undone || status == NodeStatus::undo_failed;
  return said ? std::string(status_word(status)) : "";
}

std::string undo_by_hand(const RunView& view, NodeId id) {
  std::vector<std::string> commands;
  for (const auto undo : view.undo_nodes(id)) {
    const auto& node = view[undo];
    auto command = node.command;
    if (const auto* step = view.step(undo); command.empty() && step) command = action_text(*step);
    command = printable(trim(command), true);
    const bool failed = node.outcome && !satisfies(*node.outcome);
    if (failed && !command.empty()) return command;
    if (!command.empty()) commands.push_back(std::move(command));
  }
  return join(commands, "\n");
}

std::vector<const AttemptFinished*> last_attempts(const RecordedRun& run) {
  std::vector<const AttemptFinished*> last(run.view.size(), nullptr);
  for (const auto& record : run.events)
    if (const auto* end = std::get_if<AttemptFinished>(&record.event)) last[end->node] = end;
  return last;
}

std::vector<NodeTimes> node_times(const RecordedRun& run) {
  std::vector<NodeTimes> times(run.view.size());
  for (const auto& record : run.events) {
    const auto id = node_of(record.event);
    if (id == no_node || id >= times.size()) continue;
    const bool begins = std::holds_alternative<NodeReady>(record.event) ||
                        std::holds_alternative<ApprovalRequested>(record.event) ||
                        std::holds_alternative<AttemptStarted>(record.event);
    if (begins && !times[id].began) times[id].began = record.wall;
    const bool ends =
        std::holds_alternative<NodeFinished>(record.event) || std::holds_alternative<NodeSkipped>(record.event);
    if (ends) times[id].ended = record.wall;
  }
  return times;
}

}  // namespace runbook
