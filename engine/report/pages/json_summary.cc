#include "report/pages/json_summary.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/wall.h"
#include "report/words/run_facts.h"
#include "report/words/step_text.h"
#include "report/words/timeline.h"
#include "runbook/runbook.h"

namespace runbook {
namespace {

using Json = nlohmann::ordered_json;

// Our own JSON text, so that integers, order and bytes that are not UTF-8 are as in the journal.
Json json_of(const Value& value) {
  auto json = Json::parse(to_json(value), nullptr, false);
  return json.is_discarded() ? Json(to_text(value)) : json;
}

Json time_or_null(const std::optional<WallTime>& time) { return time ? Json(show_wall_exactly(*time)) : Json(); }

void set_if(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}

class JsonSummary {
 public:
  explicit JsonSummary(const RecordedRun& run)
      : run_(run), view_(run.view), last_(last_attempts(run)), times_(node_times(run)) {}

  std::string text() const {
    const auto sections = sections_of(run_);
    Json json;
    json["report"] = "runbook.report/1";
    json["run"] = run();
    json["runbook"] = runbook();
    json["params"] = view_.header().params.is_map() ? json_of(view_.header().params) : Json::object();
    json["secrets"] = view_.header().secrets;
    json["journal"] = journal();
    json["preconditions"] = nodes(sections.preconditions);
    json["steps"] = nodes(sections.steps);
    json["probes"] = nodes(sections.probes);
    json["undo"] = nodes(sections.undo);
    json["handlers"] = nodes(sections.handlers);
    json["failures"] = failures();
    json["aftermath"] = aftermath();
    json["timeline"] = timeline();
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  std::string name(NodeId id) const { return view_.names()[id].name; }

  Json run() const {
    const auto& header = view_.header();
    const auto ending = ending_of(run_);
    Json json;
    json["id"] = header.run_id;
    json["outcome"] = view_.result() ? Json(run_outcome_name(view_.result()->outcome)) : Json();
    json["headline"] = ending.word;
    json["text"] = ending.text;
    if (ending.exit_code) json["exit_code"] = *ending.exit_code;
    json["running"] = run_.running;
    json["needs_human"] = ending.needs_human;
    json["started"] = run_.events.empty() ? Json() : Json(show_wall_exactly(run_.events.front().wall));
    json["ended"] = view_.result() ? Json(show_wall_exactly(run_.events.back().wall)) : Json();
    json["duration_ms"] = (view_.last() - Time{}).count();
    json["user"] = header.user;
    json["host"] = header.host;
    json["engine"] = header.engine_version;
    json["argv"] = header.argv;
    set_if(json, "rollback_of", header.rollback_of);
    set_if(json, "rolled_back", run_.rolled_back);
    if (!header.locks.empty()) json["locks"] = header.locks;
    json["resumed"] = Json::array();
    json["stopped"] = Json::array();
    for (const auto& record : run_.events) {
      if (const auto* again = std::get_if<RunResumed>(&record.event))
        json["resumed"].push_back(
            {{"at", show_wall_exactly(record.wall)}, {"user", again->user}, {"host", again->host}});
      if (const auto* stop = std::get_if<StopRequested>(&record.event))
        json["stopped"].push_back(
            {{"at", show_wall_exactly(record.wall)}, {"by", stop->by}, {"mode", stop_mode_name(stop->mode)}});
    }
    return json;
  }

  Json runbook() const {
    Json json;
    json["name"] = view_.header().runbook;
    json["path"] = view_.header().runbook_path;
    json["sha256"] = view_.header().runbook_hash;
    const auto* read = view_.plan() ? view_.plan()->runbook : nullptr;
    if (!read) return json;
    set_if(json, "title", read->title);
    set_if(json, "kind", std::string(kind_name(read->kind)));
    set_if(json, "owner", read->owner);
    if (!read->links.empty()) json["links"] = read->links;
    return json;
  }

  Json journal() const {
    const auto& proof = run_.proof;
    Json json;
    json["intact"] = proof.intact;
    json["summary"] = proof.summary;
    json["records"] = proof.records;
    json["head"] = proof.head;
    json["problems"] = proof.problems;
    json["checked"] = proof.checked;
    json["not_checked"] = proof.not_checked;
    return json;
  }

  Json nodes(const std::vector<NodeId>& ids) const {
    auto list = Json::array();
    for (const auto id : ids) list.push_back(node(id));
    return list;
  }

  Json node(NodeId id) const {
    const auto& node = view_[id];
    const auto& label = view_.names()[id];
    Json json;
    json["id"] = label.name;
    json["kind"] = node_kind_name(label.kind);
    json["status"] = status_word(node.status);
    json["outcome"] = node.outcome ? Json(outcome_name(*node.outcome)) : Json();
    json["word"] = result_word(run_, id);
    if (const auto* step = view_.step(id)) set_if(json, "title", step->name);
    json["started"] = time_or_null(times_[id].began);
    json["ended"] = time_or_null(times_[id].ended);
    json["duration_ms"] = node.took(view_.last()).count();
    json["attempts"] = node.attempts;
    set_if(json, "command", node.command);
    set_if(json, "message", node.message);
    if (!node.warnings.empty()) json["warnings"] = node.warnings;
    if (const auto* last = last_[id]) {
      if (const auto* outputs = last->result.find("outputs");
          outputs && outputs->is_map() && !outputs->as_map().empty())
        json["outputs"] = json_of(*outputs);
      if (node.exit_code) json["exit_code"] = *node.exit_code;
      if (node.http_status) json["http_status"] = *node.http_status;
      set_if(json, "log", last->log);
      set_if(json, "log_sha256", last->log_sha256);
      if (!last->log.empty()) json["log_size"] = last->log_size;
    }
    for (const auto& file : node.artifacts)
      json["artifacts"].push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
    if (label.owner != no_node) json["of"] = name(label.owner);
    if (node.over_budget) json["over_budget_ms"] = node.over_budget->count();
    if (view_.has_undo(id)) set_if(json, "undo", undo_by_hand(view_, id));
    if (node.unkillable) json["unkillable"] = true;
    return json;
  }

  Json failures() const {
    auto list = Json::array();
    for (const auto& failure : failures_of(run_)) {
      Json json;
      json["step"] = name(failure.node);
      json["code"] = failure.code;
      json["message"] = failure.message;
      json["cause"] = failure.cause;
      json["command"] = failure.command;
      set_if(json, "place", failure.place);
      set_if(json, "log", failure.log);
      list.push_back(std::move(json));
    }
    return list;
  }

  Json aftermath() const {
    const auto after = aftermath_of(view_, report_style);
    const auto remainders = [&](const std::vector<Remainder>& all) {
      auto list = Json::array();
      for (const auto& rest : all) {
        Json json;
        json["step"] = name(rest.node);
        json["reason"] = rest.reason;
        if (!rest.did.empty()) set_if(json, "did", view_[rest.node].command);
        if (!rest.undo.empty()) set_if(json, "undo", undo_by_hand(view_, rest.node));
        list.push_back(std::move(json));
      }
      return list;
    };
    const auto names = [&](const std::vector<NodeId>& ids) {
      auto list = Json::array();
      for (const auto id : ids) list.push_back(name(id));
      return list;
    };
    Json json;
    json["not_undone"] = remainders(after.not_undone);
    json["unknown"] = remainders(after.unknown);
    json["interrupted"] = remainders(after.interrupted);
    json["still_there"] = remainders(after.in_place);
    json["undone"] = names(after.undone);
    json["did_not_run"] = names(after.did_not_run);
    return json;
  }

  Json timeline() const {
    auto list = Json::array();
    for (const auto& entry : timeline_of(run_)) {
      Json json;
      json["at"] = show_wall_exactly(entry.at);
      if (entry.until) json["until"] = show_wall_exactly(*entry.until);
      json["since_start_ms"] = entry.since_start.count();
      if (entry.node != no_node) json["step"] = name(entry.node);
      set_if(json, "who", entry.who);
      json["what"] = entry.what;
      if (entry.took) json["duration_ms"] = entry.took->count();
      set_if(json, "detail", entry.detail);
      list.push_back(std::move(json));
    }
    return list;
  }

  const RecordedRun& run_;
  const RunView& view_;
  const std::vector<const AttemptFinished*> last_;
  const std::vector<NodeTimes> times_;
};

}  // namespace

std::string json_summary(const RecordedRun& run) { return JsonSummary(run).text(); }

}  // namespace runbook
