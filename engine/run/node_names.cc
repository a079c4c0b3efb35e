#include "run/node_names.h"

namespace runbook {

NodeLabel label_of(const Node& node) { return {node.name, node.kind, node.parent, node.owner}; }

namespace {

std::vector<NodeLabel> labels_of(const Plan& plan) {
  std::vector<NodeLabel> labels;
  labels.reserve(plan.nodes.size());
  for (const auto& node : plan.nodes) labels.push_back(label_of(node));
  return labels;
}

}  // namespace

NodeNames::NodeNames(std::vector<NodeLabel> labels) { add(labels); }

void NodeNames::add(const std::vector<NodeLabel>& labels) {
  for (const auto& label : labels) {
    ids_.emplace(label.name, static_cast<NodeId>(labels_.size()));
    labels_.push_back(label);
  }
}

NodeNames::NodeNames(const Plan& plan) : NodeNames(labels_of(plan)) {}

std::optional<NodeId> NodeNames::find(std::string_view name) const {
  const auto found = ids_.find(std::string(name));
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace runbook
