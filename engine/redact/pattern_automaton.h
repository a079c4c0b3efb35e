// PatternAutomaton: finds many patterns in one pass over bytes (Aho-Corasick). About 20 bytes of memory for each byte
// of distinct pattern, so that private keys in all their forms stay cheap.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "redact/secret_patterns.h"

namespace runbook {

class PatternAutomaton {
 public:
  // A node stands for the longest suffix of the input that is a beginning of some pattern.
  using NodeIndex = std::uint32_t;
  static constexpr NodeIndex root = 0;

  PatternAutomaton() = default;
  explicit PatternAutomaton(const std::vector<SecretPattern>& patterns);

  bool empty() const { return nodes_.empty(); }

  NodeIndex step(NodeIndex node, unsigned char byte) const;
  // The first position from `at` on where a pattern may begin.
  std::size_t skip(std::string_view text, std::size_t at) const {
    while (at < text.size() && from_root_[static_cast<unsigned char>(text[at])] == root) ++at;
    return at;
  }

  std::size_t depth(NodeIndex node) const { return nodes_[node].depth; }
  // The longest pattern that ends here and counts anywhere; 0: none.
  std::size_t longest_match(NodeIndex node) const { return nodes_[node].longest; }
  // Calls visit(length) for each pattern that ends here and counts as a whole word only.
  template <class Visit>
  void each_word(NodeIndex node, Visit visit) const {
    for (NodeIndex at = nodes_[node].word; at != root; at = nodes_[nodes_[at].fail].word) visit(nodes_[at].depth);
  }

 private:
  struct Node {
    NodeIndex children = 0;  // they lie together
    std::uint16_t child_count = 0;
    NodeIndex fail = root;
    std::uint32_t depth = 0;
    std::uint32_t longest = 0;
    NodeIndex word = root;  // this node or the next on the way of `fail` where a whole-word pattern ends
  };
  struct Trie;

  NodeIndex child(NodeIndex node, unsigned char byte) const;
  void lay_out(const Trie& trie);
  void link();

  std::vector<Node> nodes_;            // breadth first
  std::vector<unsigned char> labels_;  // the byte that leads to each node
  std::array<NodeIndex, 256> from_root_{};
};

}  // namespace runbook
