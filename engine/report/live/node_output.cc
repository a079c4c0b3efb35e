#include "report/live/node_output.h"

#include "base/text.h"

namespace runbook {

void NodeOutput::feed(NodeId node, Stream stream, std::string_view bytes, const Sink& sink) {
  auto& state = nodes_[node];
  if (!std::exchange(state.fresh, true)) fresh_.push_back(node);
  state.assemblers[static_cast<std::size_t>(stream)].feed(bytes, [&](std::string_view line, bool complete) {
    if (sink) sink(line, complete);
    std::string recycled;  // a flood must not allocate for each of its lines
    if (state.lines.size() == kept) {
      recycled = std::move(state.lines.front());
      state.lines.pop_front();
    }
    if (is_plain(line)) {
      recycled.assign(line);
    } else {
      recycled = strip_escapes(line);
    }
    state.lines.push_back(std::move(recycled));
  });
}

void NodeOutput::finish(NodeId node, const Sink& sink) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  if (sink)
    for (auto& assembler : found->second.assemblers) assembler.finish(sink);
  nodes_.erase(found);
}

void NodeOutput::seen(Time now) {
  for (const auto node : fresh_) {
    const auto found = nodes_.find(node);
    if (found == nodes_.end()) continue;
    found->second.last = now;
    found->second.fresh = false;
  }
  fresh_.clear();
}

std::optional<Time> NodeOutput::last_at(NodeId node) const {
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? std::nullopt : found->second.last;
}

std::vector<std::string> NodeOutput::tail(NodeId node, std::size_t count) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return {};
  std::vector<std::string> lines;
  for (const auto& line : found->second.lines)
    if (!trim(line).empty()) lines.push_back(line);
  if (auto line = begun(node); !trim(line).empty()) lines.push_back(std::move(line));
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

std::string NodeOutput::begun(NodeId node) const {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return {};
  for (const auto& assembler : found->second.assemblers)
    if (auto line = strip_escapes(assembler.begun()); !trim(line).empty()) return line;
  return {};
}

}  // namespace runbook
