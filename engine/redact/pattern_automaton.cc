#include "redact/pattern_automaton.h"

#include <cstring>

namespace runbook {

// The patterns as they come in; nodes of one parent form a list.
struct PatternAutomaton::Trie {
  struct Node {
    NodeIndex first_child = 0, next_sibling = 0;  // 0: none
    unsigned char label = 0;
    bool ends = false, ends_word = false;
  };
  std::vector<Node> nodes{1};

  void add(const SecretPattern& pattern) {
    NodeIndex at = 0;
    for (const char c : pattern.bytes) at = child(at, static_cast<unsigned char>(c));
    (pattern.whole_word ? nodes[at].ends_word : nodes[at].ends) = true;
  }

  NodeIndex child(NodeIndex parent, unsigned char label) {
    for (NodeIndex at = nodes[parent].first_child; at != 0; at = nodes[at].next_sibling) {
      if (nodes[at].label == label) return at;
    }
    const auto added = static_cast<NodeIndex>(nodes.size());
    nodes.push_back({0, nodes[parent].first_child, label});
    nodes[parent].first_child = added;
    return added;
  }
};

PatternAutomaton::PatternAutomaton(const std::vector<SecretPattern>& patterns) {
  Trie trie;
  for (const SecretPattern& pattern : patterns) trie.add(pattern);
  if (trie.nodes.size() == 1) return;
  lay_out(trie);
  link();
}

void PatternAutomaton::lay_out(const Trie& trie) {
  nodes_.resize(trie.nodes.size());
  labels_.resize(trie.nodes.size());
  std::vector<NodeIndex> source(trie.nodes.size());  // of each node here, the one in the trie
  NodeIndex end = 1;
  for (NodeIndex at = 0; at < nodes_.size(); ++at) {
    const Trie::Node& from = trie.nodes[source[at]];
    Node& node = nodes_[at];
    node.children = end;
    if (from.ends) node.longest = node.depth;
    if (from.ends_word) node.word = at;
    for (NodeIndex child = from.first_child; child != 0; child = trie.nodes[child].next_sibling) {
      source[end] = child;
      labels_[end] = trie.nodes[child].label;
      nodes_[end].depth = node.depth + 1;
      ++node.child_count;
      ++end;
    }
  }
}

void PatternAutomaton::link() {
  for (NodeIndex at = 0; at < nodes_.size(); ++at) {
    const Node& parent = nodes_[at];
    for (NodeIndex index = parent.children; index < parent.children + parent.child_count; ++index) {
      Node& node = nodes_[index];
      if (at == root) {
        from_root_[labels_[index]] = index;
        continue;
      }
      node.fail = step(parent.fail, labels_[index]);
      // What ends where the fail link leads ends here, too; a longer pattern covers it.
      if (node.longest == 0) node.longest = nodes_[node.fail].longest;
      if (node.word == root) node.word = nodes_[node.fail].word;
    }
  }
}

PatternAutomaton::NodeIndex PatternAutomaton::child(NodeIndex node, unsigned char byte) const {
  const Node& from = nodes_[node];
  if (from.child_count == 1) return labels_[from.children] == byte ? from.children : root;
  if (from.child_count == 0) return root;
  const void* found = std::memchr(&labels_[from.children], byte, from.child_count);
  return found ? static_cast<NodeIndex>(static_cast<const unsigned char*>(found) - labels_.data()) : root;
}

PatternAutomaton::NodeIndex PatternAutomaton::step(NodeIndex node, unsigned char byte) const {
  while (node != root) {
    if (const NodeIndex next = child(node, byte); next != root) return next;
    node = nodes_[node].fail;
  }
  return from_root_[byte];
}

}  // namespace runbook
