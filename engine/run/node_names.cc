#include "run/node_names.h"

namespace runbook {
namespace {

std::vector<NodeLabel> labels_of(const Plan& plan) {
  std::vector<NodeLabel> labels;
  labels.reserve(plan.nodes.size());
  for (const auto& node : plan.nodes) labels.push_back({node.name, node.kind, node.parent, node.owner});
  return labels;
}

}  // namespace

NodeNames::NodeNames(std::vector<NodeLabel> labels) : labels_(std::move(labels)) {
  for (NodeId id = 0; id < labels_.size(); ++id) ids_.emplace(labels_[id].name, id);
}

NodeNames::NodeNames(const Plan& plan) : NodeNames(labels_of(plan)) {}

std::optional<NodeId> NodeNames::find(std::string_view name) const {
  const auto found = ids_.find(std::string(name));
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace runbook
