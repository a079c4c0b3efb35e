// NodeNames: what a journal's reader must know of a plan: the name and kind of every node, by id. It is in the first
// record, so that a journal can be read without its runbook.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plan/plan.h"

namespace runbook {

struct NodeLabel {
  std::string name;
  NodeKind kind = NodeKind::step;
  NodeId parent = no_node;
  NodeId owner = no_node;
  bool operator==(const NodeLabel&) const = default;
};

NodeLabel label_of(const Node& node);

class NodeNames {
 public:
  NodeNames() = default;
  explicit NodeNames(std::vector<NodeLabel> labels);
  explicit NodeNames(const Plan& plan);
  // The nodes that a loop has added.
  void add(const std::vector<NodeLabel>& labels);

  const std::vector<NodeLabel>& labels() const { return labels_; }
  std::size_t size() const { return labels_.size(); }
  const NodeLabel& operator[](NodeId id) const { return labels_[id]; }
  std::optional<NodeId> find(std::string_view name) const;

 private:
  std::vector<NodeLabel> labels_;
  std::unordered_map<std::string, NodeId> ids_;
};

}  // namespace runbook
