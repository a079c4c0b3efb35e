// TtyReport: a run on a terminal. What has ended becomes a line that stays; what goes on is shown in a short live
// region below, with the answer to "what happens if it fails now".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drive/observer.h"
#include "report/live/live_region.h"
#include "report/live/live_rows.h"
#include "report/live/node_output.h"
#include "report/style.h"
#include "report/terminal.h"
#include "report/words/step_text.h"
#include "view/run_view.h"

namespace runbook {

struct TtyOptions {
  LiveOptions live;
  std::function<TerminalSize()> size;  // asked before each redraw; empty: 80 by 24
};

class TtyReport : public Observer {
 public:
  // `view` is empty, or what a resumed run's journal holds; what it already knows is not printed again.
  TtyReport(RunView view, TtyOptions options, Write write);
  // Clears the live region, also when the run was left before its end.
  ~TtyReport() override;

  void on_event(const Event& event, Time at, const RunState& state) override;
  void on_output(NodeId node, Stream stream, std::string_view bytes) override;
  std::optional<Time> next_tick(Time now) override;
  void on_tick(Time now, const RunState& state) override;

  // Rows below all others, asked for with each frame; the next frame comes at once.
  void show_prompt(std::function<std::vector<std::string>(std::size_t columns)> rows);

  // Prints what is still to be said and removes the live region; nothing is drawn afterwards.
  void close();
  const RunView& view() const { return view_; }

 private:
  void say(std::string line) { lines_.push_back(std::move(line)); }
  void say_header();
  void say_ended(NodeId id);
  void say_preconditions();
  void tell(const Event& event);
  void say_asked(const ApprovalRequested& asked);
  std::size_t width() const;
  void draw(Time now);

  RunView view_;
  TtyOptions options_;
  LiveRegion region_;
  NodeOutput output_;
  StepColumns columns_;
  std::vector<std::string> lines_;  // to be printed with the next frame
  std::optional<Time> drawn_;
  std::size_t frame_ = 0;
  bool changed_ = false;
  std::function<std::vector<std::string>(std::size_t)> prompt_;
  bool prompt_changed_ = false;
  bool preconditions_said_ = false;
  std::string handlers_said_;  // the title above the handlers that run
  bool closed_ = false;
};

}  // namespace runbook
