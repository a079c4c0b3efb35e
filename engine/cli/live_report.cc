#include "cli/live_report.h"

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "base/wall_time.h"
#include "cli/environment.h"
#include "journal/record.h"
#include "report/live/json_report.h"
#include "report/live/plain_report.h"
#include "report/live/tee_observer.h"
#include "report/live/tty_report.h"
#include "report/words/summary.h"

namespace runbook {
namespace {

// Only keeps the view: for the last words when nobody else does.
class Watcher : public Observer {
 public:
  explicit Watcher(RunView view) : view_(std::move(view)) {}
  void on_event(const Event& event, Time at, const RunState&) override { view_.apply(event, at); }
  void on_output(NodeId, Stream, std::string_view) override {}
  std::optional<Time> next_tick(Time) override { return std::nullopt; }
  void on_tick(Time, const RunState&) override {}
  const RunView& view() const { return view_; }

 private:
  RunView view_;
};

// The record as the journal has it, but for the chain: a stream has no hashes to offer.
JsonReport::Encode event_encoder(const Plan& plan, const LiveReportOptions& options) {
  constexpr std::size_t hash_suffix = 72;  // ,"h":"<64 hex>"}
  return [names = options.before ? options.before->names() : NodeNames(plan), redact = options.redact,
          wall = options.recorded_at, seq = std::uint64_t{0}](const Event& event, Time at) mutable {
    std::string line;
    Digest unused{};
    append_record(line, {seq++, 0, write_wall_time(wall()), at}, event, names, unused, redact);
    learn(names, event);
    line.resize(line.size() - hash_suffix);
    return line + "}";
  };
}

class Report final : public LiveReport {
 public:
  Report(const Plan& plan, LiveReportOptions options, UniqueFd events)
      : events_file_(std::move(events)), watcher_(options.before ? *options.before : RunView(&plan)) {
    const auto facts = terminal_facts(2);
    mode_ = choose_output(options.mode, facts);
    style_ = style_of(options.color, facts);
    width_ = facts.is_tty ? static_cast<std::size_t>(window_size(2, facts).columns) : 100;
    std::vector<Observer*> observers{&watcher_};
    if (mode_ == OutputMode::tty) {
      TtyOptions tty;
      tty.live.style = style_;
      tty.live.interrupt_hint = options.ladder ? "Ctrl-C: finish the step, undo" : "Ctrl-C: stop and leave it";
      tty.live.reduced_motion = !environment_variable("RUNBOOK_REDUCED_MOTION").empty();
      tty.size = [facts] { return window_size(2, facts); };
      observers.push_back(&tty_.emplace(watcher_.view(), std::move(tty), fd_writer(2)));
    } else if (mode_ == OutputMode::plain) {
      observers.push_back(&plain_.emplace(watcher_.view(), style_, wall_now, fd_writer(2)));
    } else {
      observers.push_back(&json_.emplace(watcher_.view().names(), event_encoder(plan, options), fd_writer(1)));
    }
    if (events_file_.valid())
      observers.push_back(
          &events_.emplace(watcher_.view().names(), event_encoder(plan, options), fd_writer(events_file_.get())));
    tee_.emplace(std::move(observers));
  }

  Observer& observer() override { return *tee_; }
  bool shows_rows() const override { return tty_.has_value(); }
  void show_prompt(std::function<std::vector<std::string>(std::size_t)> rows) override {
    if (tty_) tty_->show_prompt(std::move(rows));
  }

  int close(RunEnd end, const std::string& journal_error, LogSource logs) override {
    if (tty_) tty_->close();
    if (plain_) plain_->close();
    if (json_) return exit_code_of(watcher_.view(), end);  // stdout is the stream and nothing else
    SummaryOptions summary;
    const auto facts = terminal_facts(1);
    summary.style = facts.is_tty ? style_ : Style{style_.color && mode_ != OutputMode::plain, style_.unicode};
    summary.width = width_;
    summary.logs = std::move(logs);
    summary.end = end;
    summary.journal_error = journal_error;
    fd_writer(1)(summary_text(watcher_.view(), summary));
    return exit_code_of(watcher_.view(), end);
  }

 private:
  UniqueFd events_file_;
  Watcher watcher_;
  OutputMode mode_{};
  Style style_;
  std::size_t width_ = 80;
  std::optional<TtyReport> tty_;
  std::optional<PlainReport> plain_;
  std::optional<JsonReport> json_, events_;
  std::optional<TeeObserver> tee_;
};

}  // namespace

Result<std::unique_ptr<LiveReport>> LiveReport::open(const Plan& plan, LiveReportOptions options) {
  UniqueFd events;
  if (!options.events.empty()) {
    events.reset(::open(options.events.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!events.valid()) return system_error("create", options.events);
  }
  return std::unique_ptr<LiveReport>(new Report(plan, std::move(options), std::move(events)));
}

}  // namespace runbook
