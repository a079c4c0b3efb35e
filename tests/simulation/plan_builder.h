// PlanBuilder: small plans for the state machine, without YAML.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace runbook::simulation {

class PlanBuilder {
 public:
  PlanBuilder();

  // A step after those in `needs`, with one undo step when `undo` says so.
  NodeId step(const std::string& name, std::vector<NodeId> needs = {}, bool undo = true);
  NodeId manual(const std::string& name, std::vector<NodeId> needs = {}, bool undo = true);
  NodeId group(const std::string& name, std::vector<NodeId> needs = {});
  // A loop of one step with an undo of its own.
  NodeId loop(const std::string& name, std::vector<NodeId> needs = {});
  // Steps and groups made until close() are members of `group`.
  void open(NodeId group) { parents_.push_back(group); }
  void close() { parents_.pop_back(); }
  NodeId check(NodeId owner);
  NodeId undo(NodeId owner);
  // Asked at every moment its owner has.
  void probe(NodeId owner);
  NodeId overrun(NodeId owner);
  NodeId precondition();
  NodeId handler(std::vector<NodeId> Plan::*list);
  Node& operator[](NodeId id) { return plan_.nodes[id]; }
  Plan& plan() { return plan_; }

 private:
  Node& add(NodeKind kind, std::string name);
  Plan plan_;
  std::vector<NodeId> parents_{root_node};
};

// Tries again after 5 ms, then after twice as long each time.
void retry(Node& node, int attempts);

}  // namespace runbook::simulation
