// PlainReport: a run as lines, one a fact, each with its UTC time; for CI logs, pipes and `grep FAILED`.
//
//   2026-11-20T22:13:42Z migrate start  ./migrate up
//   2026-11-20T22:13:43Z migrate | 0417_orders_v2.sql
//   2026-11-20T22:13:52Z migrate still running 10s of 10m, last output 9s ago
//   2026-11-20T22:13:54Z migrate ok 12.0s
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "drive/observer.h"
#include "report/live/node_output.h"
#include "report/style.h"
#include "report/wall.h"
#include "report/write.h"
#include "view/run_view.h"

namespace runbook {

class PlainReport : public Observer {
 public:
  // Colours of `style` are not used. `view` is empty, or what a resumed run's journal holds.
  PlainReport(RunView view, Style style, WallClock wall, Write write);
  ~PlainReport() override;

  void on_event(const Event& event, Time at, const RunState& state) override;
  void on_output(NodeId node, Stream stream, std::string_view bytes) override;
  // A heartbeat of a silent node is due: every 10 s of its first minute, then every 60 s.
  std::optional<Time> next_tick(Time now) override;
  void on_tick(Time now, const RunState& state) override;

  // The run was left before its end: prints the lines that have begun.
  void close();
  const RunView& view() const { return view_; }

 private:
  struct Heart {
    Time began;
    Time due;
  };

  void line(std::string_view text);
  void fact(NodeId id, std::string_view text);
  std::string output_prefix(NodeId id) const;
  void output_line(NodeId id, std::string_view text);
  void tell(const Event& event);
  void tell_end(NodeId id);
  void beat(NodeId id, Heart& heart, Time now);

  RunView view_;
  Style style_;
  WallClock wall_;
  Write write_;
  NodeOutput output_;
  std::unordered_map<NodeId, Heart> hearts_;
};

}  // namespace runbook
