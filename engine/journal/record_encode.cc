#include "base/check.h"
#include "journal/chain.h"
#include "journal/record.h"
#include "journal/record_types.h"

namespace runbook {
namespace {

const NodeLabel& label(const NodeNames& names, NodeId node) {
  CHECK(node < names.size());
  return names[node];
}

const Redact& no_redaction() {
  static const Redact none;
  return none;
}

struct TypeOf {
  const NodeNames& names;

  NodeTypes types(NodeId node) const { return node_types(label(names, node).kind); }

  std::string_view operator()(const RunStarted&) const { return "run_started"; }
  std::string_view operator()(const NodeReady& event) const { return types(event.node).ready; }
  std::string_view operator()(const NodeSkipped& event) const { return types(event.node).skipped; }
  std::string_view operator()(const LoopExpanded&) const { return "loop_expanded"; }
  std::string_view operator()(const AttemptStarted&) const { return "attempt_started"; }
  std::string_view operator()(const TermSent&) const { return "term_sent"; }
  std::string_view operator()(const KillSent&) const { return "kill_sent"; }
  std::string_view operator()(const AttemptFinished&) const { return "attempt_finished"; }
  std::string_view operator()(const AttemptLost&) const { return "attempt_lost"; }
  std::string_view operator()(const RetryScheduled&) const { return "retry_scheduled"; }
  std::string_view operator()(const NodeFinished& event) const { return types(event.node).finished; }
  std::string_view operator()(const StopRequested&) const { return "stop_requested"; }
  std::string_view operator()(const RollbackStarted&) const { return "rollback_started"; }
  std::string_view operator()(const RunResumed&) const { return "run_resumed"; }
  std::string_view operator()(const RunFinished&) const { return "run_finished"; }
  std::string_view operator()(const BudgetExceeded&) const { return "budget_exceeded"; }
  std::string_view operator()(const ApprovalRequested&) const { return "approval_requested"; }
  std::string_view operator()(const Approved&) const { return "approved"; }
  std::string_view operator()(const Rejected&) const { return "rejected"; }
  std::string_view operator()(const NoteAdded&) const { return "note_added"; }
  std::string_view operator()(const RequestRefused&) const { return "request_refused"; }
  std::string_view operator()(const RunPaused&) const { return "run_paused"; }
  std::string_view operator()(const StepAsked&) const { return "step_asked"; }
  std::string_view operator()(const StepChosen&) const { return "step_chosen"; }
};

// Writes the members of each kind of event. What has its default value is left out.
struct Members {
  JsonLine& json;
  const NodeNames& names;

  void maybe_text(std::string_view key, const std::string& text) const {
    if (!text.empty()) json.text(key, text);
  }
  void maybe_word(std::string_view key, const std::string& word) const {
    if (!word.empty()) json.word(key, word);
  }
  void answer(const std::string& by, const std::string& via, const std::string& why) const {
    json.text("by", by);
    json.text("via", via);
    maybe_text("why", why);
  }
  void maybe_time(std::string_view key, const std::optional<Time>& time) const {
    if (time) json.number(key, time->time_since_epoch().count());
  }
  void nodes(std::string_view key, const std::vector<NodeId>& ids) const {
    std::vector<std::string> words;
    for (const auto id : ids) words.push_back(label(names, id).name);
    json.words(key, words);
  }

  // Of nodes that come after those in `known`.
  void labels(const std::vector<NodeLabel>& added, const std::vector<NodeLabel>& known) const {
    const auto name_of = [&](NodeId id) -> const std::string& {
      CHECK(id < known.size() + added.size());
      return id < known.size() ? known[id].name : added[id - known.size()].name;
    };
    auto& out = json.raw("nodes");
    out += '[';
    for (const auto& node : added) {
      if (&node != &added.front()) out += ',';
      JsonLine member(out, no_redaction());
      member.word("name", node.name);
      member.word("kind", node_kind_name(node.kind));
      for (const auto& [key, other] : {std::pair("parent", node.parent), std::pair("owner", node.owner)})
        if (other != no_node) member.word(key, name_of(other));
      out += '}';
    }
    out += ']';
  }

  // The keys before argv hold strings only, and nodes come last: whoever wants a run's summary reads no more.
  void operator()(const RunStarted& event) const {
    json.word("run", event.run_id);
    json.word("runbook", event.runbook);
    json.text("runbook_path", event.runbook_path);
    json.word("runbook_hash", event.runbook_hash);
    json.word("plan_hash", event.plan_hash);
    json.word("user", event.user);
    json.word("host", event.host);
    json.word("boot_id", event.boot_id);
    json.word("engine_version", event.engine_version);
    if (!event.rollback_of.empty()) {
      json.word("rollback_of", event.rollback_of);
      json.word("rollback_of_head", event.rollback_of_head);
    }
    json.texts("argv", event.argv);
    json.words("secrets", event.secrets);
    if (!event.locks.empty()) json.texts("locks", event.locks);
    if (!event.skips.empty()) {
      auto& skips = json.raw("skips");
      skips += '[';
      for (const auto& skip : event.skips) {
        CHECK(skip.node < event.nodes.size());
        if (skips.back() != '[') skips += ',';
        JsonLine member(skips, json.redact());
        member.word("step", event.nodes[skip.node].name);
        member.text("reason", skip.reason);
        skips += '}';
      }
      skips += ']';
    }
    if (event.stepwise) json.flag("stepwise", true);
    json.value("params", event.params);
    labels(event.nodes, {});
  }
  void operator()(const NodeReady& event) const {
    maybe_time("deadline", event.deadline);
    maybe_time("budget", event.budget);
  }
  void operator()(const NodeSkipped& event) const { maybe_text("reason", event.reason); }
  void operator()(const LoopExpanded& event) const {
    json.value("items", Value(event.items));
    labels(event.nodes, names.labels());
  }
  void operator()(const AttemptStarted& event) const {
    json.number("attempt", event.attempt);
    maybe_time("deadline", event.deadline);
    maybe_text("command", event.command);
  }
  void operator()(const TermSent& event) const { json.word("reason", stop_reason_name(event.reason)); }
  void operator()(const KillSent&) const {}
  void operator()(const AttemptFinished& event) const {
    json.number("attempt", event.attempt);
    json.word("outcome", outcome_name(event.outcome));
    maybe_text("message", event.message);
    if (event.retryable) json.flag("retryable", true);
    if (event.retry_after) json.number("retry_after", event.retry_after->count());
    if (!event.result.is_null()) json.value("result", event.result);
    if (!event.log.empty()) {
      json.word("log", event.log);
      json.word("log_sha256", event.log_sha256);
      json.number("log_size", static_cast<std::int64_t>(event.log_size));
    }
    if (event.killed_background != 0) json.number("killed_background", event.killed_background);
    if (event.unkillable) json.flag("unkillable", true);
    if (!event.warnings.empty()) json.texts("warnings", event.warnings);
    if (event.artifacts.empty()) return;
    auto& out = json.raw("artifacts");
    out += '[';
    for (const auto& artifact : event.artifacts) {
      if (&artifact != &event.artifacts.front()) out += ',';
      JsonLine member(out, no_redaction());  // the path is the name of a file: secrets in it are *** already
      member.word("path", artifact.path);
      member.number("size", static_cast<std::int64_t>(artifact.size));
      member.word("sha256", artifact.sha256);
      out += '}';
    }
    out += ']';
  }
  void operator()(const AttemptLost& event) const { json.number("attempt", event.attempt); }
  void operator()(const RetryScheduled& event) const {
    json.number("next_attempt", event.next_attempt);
    json.number("due", event.due.time_since_epoch().count());
    maybe_text("by", event.by);
  }
  void operator()(const NodeFinished& event) const {
    json.word("outcome", outcome_name(event.outcome));
    maybe_text("message", event.message);
    if (!event.outputs.is_null()) json.value("outputs", event.outputs);
  }
  void operator()(const StopRequested& event) const {
    json.word("mode", stop_mode_name(event.mode));
    json.text("by", event.by);
    maybe_word("request", event.request);
  }
  void operator()(const RollbackStarted& event) const { nodes("steps", event.nodes); }
  void operator()(const RunResumed& event) const {
    json.word("user", event.user);
    json.word("host", event.host);
    json.word("boot_id", event.boot_id);
    json.word("engine_version", event.engine_version);
    if (event.stepwise) json.flag("stepwise", true);
  }
  void operator()(const RunFinished& event) const {
    json.word("outcome", run_outcome_name(event.outcome));
    if (event.failed_node != no_node) json.word("failed_step", label(names, event.failed_node).name);
    nodes("undone", event.undone);
    nodes("not_undone", event.not_undone);
    nodes("failed_handlers", event.failed_handlers);
  }
  void operator()(const BudgetExceeded&) const {}
  void operator()(const ApprovalRequested& event) const {
    maybe_time("deadline", event.deadline);
    json.text("instructions", event.instructions);
    if (!event.checklist.empty()) json.texts("checklist", event.checklist);
    maybe_text("confirm", event.confirm);
    maybe_text("role", event.role);
    if (!event.inputs.is_null()) json.value("inputs", event.inputs);
    json.word("plan_hash", event.plan_hash);
  }
  void operator()(const Approved& event) const {
    answer(event.by, event.via, event.why);
    if (!event.inputs.is_null()) json.value("inputs", event.inputs);
    json.word("plan_hash", event.plan_hash);
    maybe_word("request", event.request);
  }
  void operator()(const Rejected& event) const {
    answer(event.by, event.via, event.why);
    json.word("plan_hash", event.plan_hash);
    maybe_word("request", event.request);
  }
  void operator()(const NoteAdded& event) const {
    json.text("text", event.text);
    json.text("by", event.by);
    json.text("via", event.via);
    maybe_word("request", event.request);
  }
  void operator()(const RequestRefused& event) const {
    json.word("request", event.request);
    maybe_text("what", event.what);
    json.text("by", event.by);
    json.text("reason", event.reason);
  }
  void operator()(const RunPaused& event) const { nodes("steps", event.nodes); }
  void operator()(const StepAsked&) const {}
  void operator()(const StepChosen& event) const {
    json.word("choice", step_choice_name(event.choice));
    json.text("by", event.by);
    json.text("via", event.via);
  }
};

void write_stamp(JsonLine& json, const RecordStamp& stamp, std::string_view type) {
  json.number("seq", static_cast<std::int64_t>(stamp.seq));
  json.number("ack", static_cast<std::int64_t>(stamp.ack));
  json.word("at", stamp.at);
  json.number("t", stamp.time.time_since_epoch().count());
  json.word("type", type);
}

}  // namespace

std::string_view event_type(const Event& event, const NodeNames& names) { return std::visit(TypeOf{names}, event); }

std::string_view record_type(const RecordBody& body, const NodeNames& names) {
  const auto* event = std::get_if<Event>(&body);
  return event ? event_type(*event, names) : "sealed";
}

void append_record(std::string& out, const RecordStamp& stamp, const Event& event, const NodeNames& names, Digest& head,
                   const Redact& redact) {
  const auto begin = out.size();
  JsonLine json(out, redact);
  write_stamp(json, stamp, event_type(event, names));
  if (const auto node = node_of(event); node != no_node) json.word("step", label(names, node).name);
  std::visit(Members{json, names}, event);
  append_hash_suffix(out, begin, head);
}

void append_record(std::string& out, const RecordStamp& stamp, const Sealed& sealed, Digest& head) {
  const auto begin = out.size();
  JsonLine json(out, no_redaction());
  write_stamp(json, stamp, "sealed");
  json.word("outcome", run_outcome_name(sealed.outcome));
  json.number("records", static_cast<std::int64_t>(sealed.records));
  append_hash_suffix(out, begin, head);
}

std::string encode_record(const Record& record, const NodeNames& names, Digest& head) {
  std::string line;
  if (const auto* event = std::get_if<Event>(&record.body))
    append_record(line, record, *event, names, head);
  else
    append_record(line, record, std::get<Sealed>(record.body), head);
  return line;
}

}  // namespace runbook
