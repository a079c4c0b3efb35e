// NodeOutput: the end of what each running node printed, as lines; what a live view shows and a heartbeat quotes.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "drive/observer.h"
#include "report/output_lines.h"

namespace runbook {

class NodeOutput {
 public:
  // Lines that have ended (or are too long) go to `sink`, in the order of their ends.
  using Sink = std::function<void(std::string_view line, bool complete)>;

  void feed(NodeId node, Stream stream, std::string_view bytes, const Sink& sink = {});
  // The node's output is over; forgets it.
  void finish(NodeId node, const Sink& sink = {});

  // The clock is told only when someone has one: output counts as seen at the first `seen` after it came.
  void seen(Time now);
  std::optional<Time> last_at(NodeId node) const;
  // The last `count` lines, without escape sequences, the one that has begun included; oldest first.
  std::vector<std::string> tail(NodeId node, std::size_t count) const;
  // The line that has begun and not ended, a prompt say.
  std::string begun(NodeId node) const;

 private:
  static constexpr std::size_t kept = 4;
  struct State {
    std::array<LineAssembler, 2> assemblers;  // by stream
    std::deque<std::string> lines;
    std::optional<Time> last;
    bool fresh = false;  // came since `seen`
  };

  std::unordered_map<NodeId, State> nodes_;
  std::vector<NodeId> fresh_;
};

}  // namespace runbook
