#include <array>
#include <unordered_map>

#include "journal/record.h"
#include "journal/record_fields.h"
#include "journal/record_types.h"

namespace runbook {
namespace {

using Decode = Event (*)(RecordFields&);

std::optional<NodeKind> parse_node_kind(std::string_view name) {
  for (const auto kind : all_node_kinds)
    if (node_kind_name(kind) == name) return kind;
  return std::nullopt;
}

// Of nodes that come after those in `known`.
std::vector<NodeLabel> decode_labels(RecordFields& fields, const NodeNames& known) {
  const auto& list = fields.list("nodes").as_list();
  std::vector<NodeLabel> labels;
  std::unordered_map<std::string, NodeId> ids;
  const NodeNames none;
  for (const auto& item : list) {
    RecordFields node(item, none);
    labels.push_back({node.text("name"), node.word("kind", parse_node_kind)});
    const auto id = static_cast<NodeId>(known.size() + ids.size());
    if (node.error().empty() && (known.find(labels.back().name) || !ids.emplace(labels.back().name, id).second))
      node.fail("is the second of its name");
    if (!node.error().empty()) fields.fail("node " + std::to_string(labels.size()) + " " + node.error());
  }
  // Parents and owners may stand after what they hold.
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (const auto& [key, member] : {std::pair("parent", &NodeLabel::parent), std::pair("owner", &NodeLabel::owner)}) {
      const auto* name = list[i].find(key);
      if (!name) continue;
      std::optional<NodeId> id;
      if (name->is_string()) id = known.find(name->as_string());
      if (const auto found = name->is_string() ? ids.find(name->as_string()) : ids.end(); found != ids.end())
        id = found->second;
      if (id)
        labels[i].*member = *id;
      else
        fields.fail("node " + std::to_string(i + 1) + " has an unknown `" + key + "`");
    }
  }
  return labels;
}

std::vector<Skip> decode_skips(RecordFields& fields, const std::vector<NodeLabel>& nodes) {
  std::vector<Skip> skips;
  const NodeNames names(nodes);
  for (const auto& item : fields.list("skips").as_list()) {
    RecordFields skip(item, names);
    skips.push_back({skip.node("step"), skip.text("reason")});
    const auto* node = skip.error().empty() ? &nodes[skips.back().node] : nullptr;
    if (node && (skips.back().node == root_node || (node->kind != NodeKind::step && node->kind != NodeKind::group)))
      skip.fail("names no step");
    if (!skip.error().empty()) return fields.fail("skip " + std::to_string(skips.size()) + " " + skip.error()), skips;
  }
  return skips;
}

Event decode_run_started(RecordFields& fields) {
  RunStarted event;
  event.run_id = fields.text("run");
  event.runbook = fields.text("runbook");
  event.runbook_path = fields.text("runbook_path");
  event.runbook_hash = fields.text("runbook_hash");
  event.plan_hash = fields.text("plan_hash");
  event.user = fields.text("user");
  event.host = fields.text("host");
  event.boot_id = fields.text("boot_id");
  event.engine_version = fields.text("engine_version");
  event.argv = fields.texts("argv");
  event.secrets = fields.texts("secrets");
  if (fields.has("locks")) event.locks = fields.texts("locks");
  event.params = fields.value_or_null("params");
  event.nodes = decode_labels(fields, {});
  event.rollback_of = fields.text_or_empty("rollback_of");
  event.rollback_of_head = fields.text_or_empty("rollback_of_head");
  if (fields.has("skips")) event.skips = decode_skips(fields, event.nodes);
  event.stepwise = fields.flag_or_false("stepwise");
  return event;
}

Event decode_ready(RecordFields& fields) {
  return NodeReady{fields.node("step"), fields.maybe_time("deadline"), fields.maybe_time("budget")};
}
Event decode_skipped(RecordFields& fields) { return NodeSkipped{fields.node("step"), fields.text_or_empty("reason")}; }
Event decode_finished(RecordFields& fields) {
  return NodeFinished{fields.node("step"), fields.word("outcome", parse_outcome), fields.text_or_empty("message"),
                      fields.value_or_null("outputs")};
}
Event decode_loop_expanded(RecordFields& fields) {
  LoopExpanded event{fields.node("step"), {}, {}};
  event.items = fields.list("items").as_list();
  event.nodes = decode_labels(fields, fields.names());
  return event;
}

Event decode_attempt_finished(RecordFields& fields) {
  AttemptFinished event{};
  event.node = fields.node("step");
  event.attempt = fields.small("attempt");
  event.outcome = fields.word("outcome", parse_outcome);
  event.message = fields.text_or_empty("message");
  event.retryable = fields.flag_or_false("retryable");
  if (fields.has("retry_after")) event.retry_after = Duration(fields.integer("retry_after"));
  event.result = fields.value_or_null("result");
  if (fields.has("log")) {
    event.log = fields.text("log");
    event.log_sha256 = fields.text("log_sha256");
    event.log_size = fields.count("log_size");
  }
  if (fields.has("killed_background")) event.killed_background = fields.small("killed_background");
  event.unkillable = fields.flag_or_false("unkillable");
  if (fields.has("warnings")) event.warnings = fields.texts("warnings");
  if (fields.has("artifacts")) {
    const NodeNames none;
    for (const auto& item : fields.list("artifacts").as_list()) {
      RecordFields artifact(item, none);
      event.artifacts.push_back({artifact.text("path"), artifact.count("size"), artifact.text("sha256")});
      if (!artifact.error().empty()) fields.fail("has an artifact that " + artifact.error());
    }
  }
  return event;
}

Event decode_run_finished(RecordFields& fields) {
  RunFinished event{};
  event.outcome = fields.word("outcome", parse_run_outcome);
  if (fields.has("failed_step")) event.failed_node = fields.node("failed_step");
  event.undone = fields.nodes("undone");
  event.not_undone = fields.nodes("not_undone");
  event.failed_handlers = fields.nodes("failed_handlers");
  return event;
}

Event decode_approval_requested(RecordFields& fields) {
  ApprovalRequested event{};
  event.node = fields.node("step");
  event.deadline = fields.maybe_time("deadline");
  event.instructions = fields.text("instructions");
  if (fields.has("checklist")) event.checklist = fields.texts("checklist");
  event.confirm = fields.text_or_empty("confirm");
  event.role = fields.text_or_empty("role");
  event.inputs = fields.value_or_null("inputs");
  event.plan_hash = fields.text("plan_hash");
  return event;
}

template <class Answer>
Answer decode_answer(RecordFields& fields) {
  Answer event{};
  event.node = fields.node("step");
  event.by = fields.text("by");
  event.via = fields.text("via");
  event.why = fields.text_or_empty("why");
  event.plan_hash = fields.text("plan_hash");
  event.request = fields.text_or_empty("request");
  return event;
}

Event decode_approved(RecordFields& fields) {
  auto event = decode_answer<Approved>(fields);
  event.inputs = fields.value_or_null("inputs");
  return event;
}

const std::unordered_map<std::string_view, Decode>& decoders() {
  static const auto table = [] {
    std::unordered_map<std::string_view, Decode> decode = {
        {"run_started", decode_run_started},
        {"attempt_started",
         [](RecordFields& f) -> Event {
           return AttemptStarted{f.node("step"), f.small("attempt"), f.maybe_time("deadline"),
                                 f.text_or_empty("command")};
         }},
        {"loop_expanded", decode_loop_expanded},
        {"term_sent",
         [](RecordFields& f) -> Event {
           return TermSent{f.node("step"), f.word("reason", parse_stop_reason)};
         }},
        {"kill_sent", [](RecordFields& f) -> Event { return KillSent{f.node("step")}; }},
        {"attempt_finished", decode_attempt_finished},
        {"attempt_lost",
         [](RecordFields& f) -> Event {
           return AttemptLost{f.node("step"), f.small("attempt")};
         }},
        {"retry_scheduled",
         [](RecordFields& f) -> Event {
           return RetryScheduled{f.node("step"), f.small("next_attempt"), f.time("due"), f.text_or_empty("by")};
         }},
        {"stop_requested",
         [](RecordFields& f) -> Event {
           return StopRequested{f.word("mode", parse_stop_mode), f.text("by"), f.text_or_empty("request")};
         }},
        {"rollback_started", [](RecordFields& f) -> Event { return RollbackStarted{f.nodes("steps")}; }},
        {"run_resumed",
         [](RecordFields& f) -> Event {
           return RunResumed{f.text("user"), f.text("host"), f.text("boot_id"), f.text("engine_version"),
                             f.flag_or_false("stepwise")};
         }},
        {"run_finished", decode_run_finished},
        {"budget_exceeded", [](RecordFields& f) -> Event { return BudgetExceeded{f.node("step")}; }},
        {"approval_requested", decode_approval_requested},
        {"approved", decode_approved},
        {"rejected", [](RecordFields& f) -> Event { return decode_answer<Rejected>(f); }},
        {"note_added",
         [](RecordFields& f) -> Event {
           return NoteAdded{f.text("text"), f.text("by"), f.text("via"), f.text_or_empty("request")};
         }},
        {"run_paused", [](RecordFields& f) -> Event { return RunPaused{f.nodes("steps")}; }},
        {"step_asked", [](RecordFields& f) -> Event { return StepAsked{f.node("step")}; }},
        {"step_chosen",
         [](RecordFields& f) -> Event {
           return StepChosen{f.node("step"), f.word("choice", parse_step_choice), f.text("by"), f.text("via")};
         }},
        {"request_refused",
         [](RecordFields& f) -> Event {
           return RequestRefused{f.text("request"), f.text_or_empty("what"), f.text("by"), f.text("reason")};
         }},
    };
    for (const auto kind : all_node_kinds) {
      const auto types = node_types(kind);
      decode[types.ready] = decode_ready;
      decode[types.skipped] = decode_skipped;
      decode[types.finished] = decode_finished;
    }
    return decode;
  }();
  return table;
}

Unexpected wrong(const std::string& what) { return failure("read", "record", what); }

}  // namespace

Result<Record> decode_record(std::string_view line, NodeNames& names) {
  Value object;
  if (!from_json(line, object)) return wrong("is not JSON");
  if (!object.is_map()) return wrong("is " + std::string(object.kind_name()) + ", not a map");

  RecordFields fields(object, names);
  Record record;
  record.seq = fields.count("seq");
  record.ack = fields.count("ack");
  record.at = fields.text("at");
  record.time = fields.time("t");
  const std::string type = fields.text("type");
  if (!fields.error().empty()) return wrong(fields.error());

  if (type == "sealed") {
    record.body = Sealed{fields.word("outcome", parse_run_outcome), fields.count("records")};
  } else {
    const auto decode = decoders().find(type);
    if (decode == decoders().end()) return wrong("has the type " + ticked(type) + ", which this version does not know");
    record.body = decode->second(fields);
  }
  if (!fields.error().empty()) return wrong("`" + type + "` " + fields.error());

  if (auto* event = std::get_if<Event>(&record.body)) {
    learn(names, *event);
    if (event_type(*event, names) != type) return wrong("is `" + type + "`, but its step is of another kind");
  }
  return record;
}

}  // namespace runbook
