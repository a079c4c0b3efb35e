#include "report/live/json_report.h"

#include <cstdio>

#include "base/check.h"
#include "base/value.h"

namespace runbook {
namespace {

// append_json_string() leaves C1 controls as they are, which is right for data; but these lines may end on a terminal.
void append_safe_json_string(std::string& out, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    const auto byte = static_cast<unsigned char>(quoted[i]);
    const auto next = i + 1 < quoted.size() ? static_cast<unsigned char>(quoted[i + 1]) : 0u;
    if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", next);
      out += escape;
      ++i;
    } else {
      out += quoted[i];
    }
  }
}

}  // namespace

JsonReport::JsonReport(NodeNames names, Encode encode, Write write)
    : names_(std::move(names)), encode_(std::move(encode)), write_(std::move(write)) {}

void JsonReport::on_event(const Event& event, Time at, const RunState&) {
  learn(names_, event);
  if (const auto* attempt = std::get_if<AttemptStarted>(&event)) outputs_[attempt->node].attempt = attempt->attempt;
  if (const auto* attempt = std::get_if<AttemptFinished>(&event)) finish(attempt->node);
  write_(encode_(event, at) + "\n");
}

void JsonReport::on_output(NodeId node, Stream stream, std::string_view bytes) {
  auto& output = outputs_[node];
  output.assemblers[static_cast<std::size_t>(stream)].feed(
      bytes, [&](std::string_view text, bool complete) { print(node, output.attempt, stream, text, complete); });
}

void JsonReport::finish(NodeId node) {
  const auto found = outputs_.find(node);
  if (found == outputs_.end()) return;
  for (const auto stream : {Stream::out, Stream::err})
    found->second.assemblers[static_cast<std::size_t>(stream)].finish(
        [&](std::string_view text, bool complete) { print(node, found->second.attempt, stream, text, complete); });
  outputs_.erase(found);
}

void JsonReport::print(NodeId node, int attempt, Stream stream, std::string_view text, bool complete) {
  CHECK(node < names_.size());
  std::string line = "{\"type\":\"output\",\"step\":";
  append_safe_json_string(line, names_[node].name);
  line += ",\"attempt\":" + std::to_string(attempt);
  line += stream == Stream::out ? ",\"stream\":\"stdout\"" : ",\"stream\":\"stderr\"";
  line += ",\"text\":";
  append_safe_json_string(line, text);
  if (!complete) line += ",\"cut\":true";
  write_(line + "}\n");
}

}  // namespace runbook
