// JsonReport: a run as one JSON object a line: the records of its journal, and what its steps print in between:
//   {"type":"output","step":"migrate","attempt":1,"stream":"stdout","text":"0417_orders_v2.sql"}
// `"cut":true` marks a piece of a line that the next one continues.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <unordered_map>

#include "drive/observer.h"
#include "report/output_lines.h"
#include "report/write.h"

namespace runbook {

class JsonReport : public Observer {
 public:
  // The event's line, without its newline.
  using Encode = std::function<std::string(const Event& event, Time at)>;

  // `names` is empty, or those of a resumed run.
  JsonReport(NodeNames names, Encode encode, Write write);

  void on_event(const Event& event, Time at, const RunState& state) override;
  void on_output(NodeId node, Stream stream, std::string_view bytes) override;
  std::optional<Time> next_tick(Time) override { return std::nullopt; }
  void on_tick(Time, const RunState&) override {}

 private:
  struct Output {
    int attempt = 0;
    std::array<LineAssembler, 2> assemblers{LineAssembler(longest_line), LineAssembler(longest_line)};
  };
  static constexpr std::size_t longest_line = 64 << 10;

  void print(NodeId node, int attempt, Stream stream, std::string_view text, bool complete);
  void finish(NodeId node);

  NodeNames names_;
  Encode encode_;
  Write write_;
  std::unordered_map<NodeId, Output> outputs_;
};

}  // namespace runbook
