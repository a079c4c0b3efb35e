#include "report/words/summary.h"

#include <algorithm>

#include "base/text.h"
#include "report/words/aftermath.h"
#include "report/words/outcome_text.h"
#include "report/words/step_text.h"

namespace runbook {
namespace {

constexpr std::size_t key_width = 15;
constexpr std::string_view human_needed = "A HUMAN IS NEEDED";

std::string names_of(const RunView& view, const std::vector<NodeId>& ids, const Style& style) {
  std::vector<std::string> names;
  for (const auto id : ids) names.push_back(style.clean(view.names()[id].name));
  return join(names, ", ");
}

bool lost_something(const RunView& view) {
  for (NodeId id = 0; id < view.size(); ++id)
    if (view.names()[id].kind != NodeKind::probe && (view[id].lost || view[id].outcome == Outcome::unknown))
      return true;
  return false;
}

// As a shell would read it back.
std::string quoted(const std::string& word) {
  const auto harmless = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./=:,@%+").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), harmless)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

class Summary {
 public:
  Summary(const RunView& view, const SummaryOptions& options)
      : view_(view), options_(options), style_(options.style), after_(aftermath_of(view, options.style)) {}

  std::string text() {
    failures();
    outcome_line();
    if (!options_.journal_error.empty()) entry("cause", style_.clean(options_.journal_error));
    if (view_.stop()) entry("stopped by", style_.clean(view_.stop()->by));
    if (paused()) {
      waits();
    } else {
      remainders();
    }
    if (!after_.did_not_run.empty() && outcome() != RunOutcome::refused)
      entry(paused() ? "to come" : "did not run", names_of(view_, after_.did_not_run, style_));
    exceptions();
    if (options_.next) next();
    return std::move(out_);
  }

  std::string_view word() const {
    if (outcome()) return headline(*outcome());
    if (options_.journal_error.empty() && lost_something(view_)) return "UNKNOWN";
    if (paused()) return "PAUSED";
    return options_.recorded && !view_.stop() ? "NO END" : "STOPPED";
  }

  std::string world() const {
    if (!options_.journal_error.empty()) return "the journal cannot be written";
    if (paused()) return view_.waiting().size() == 1 ? "it waits for a person" : "it waits for people";
    if (!outcome()) {
      const bool in_doubt = lost_something(view_) || (options_.recorded && !after_.interrupted.empty());
      return in_doubt ? std::string(human_needed) : left_or_clean();
    }
    switch (*outcome()) {
      case RunOutcome::succeeded:
      case RunOutcome::warned:
        return step_counts() + (view_.result()->failed_handlers.empty() ? "" : ", but a handler failed");
      case RunOutcome::refused: return "nothing ran";
      case RunOutcome::failed: return left_or_clean();
      case RunOutcome::rolled_back: return as_before();
      case RunOutcome::rollback_incomplete:
      case RunOutcome::unknown: return std::string(human_needed);
      case RunOutcome::cancelled: return after_.undone.empty() ? left_or_clean() : as_before();
    }
    return {};
  }

 private:
  bool paused() const {
    return view_.paused() && !view_.stop() && options_.journal_error.empty() && !lost_something(view_);
  }

  std::optional<RunOutcome> outcome() const {
    return view_.result() ? std::optional(view_.result()->outcome) : std::nullopt;
  }

  void failures() {
    for (const auto id : view_.failures())
      out_ += failure_text(view_, id, options_.logs, style_, options_.width) + "\n";
  }

  void outcome_line() {
    std::vector<std::string> parts{std::string(word()), style_.clean(view_.header().runbook)};
    parts[0] = style_.paint(outcome() ? color_of(*outcome()) : paused() ? Color::yellow : Color::red, parts[0]);
    parts.push_back(world());
    if (outcome() || !options_.recorded) parts.push_back("exit " + std::to_string(exit_code_of(view_, options_.end)));
    parts.push_back(show_duration(view_.last() - Time{}));
    out_ += join(parts, gap) + "\n";
  }

  std::string step_counts() const {
    std::size_t skipped = 0, unchanged = 0;
    for (NodeId id = 0; id < view_.size(); ++id) {
      if (view_.names()[id].kind != NodeKind::step) continue;
      skipped += view_[id].outcome == Outcome::skipped;
      unchanged += view_[id].outcome == Outcome::unchanged;
    }
    auto text = count_of(view_.steps() - skipped, "step");
    if (skipped > 0) text += ", " + std::to_string(skipped) + " skipped";
    if (unchanged > 0) text += ", " + std::to_string(unchanged) + " already in place";
    return text;
  }

  std::string left_or_clean() const { return after_.clean() ? "nothing was changed" : "left as it is"; }

  std::string as_before() const {
    const auto before =
        "as before " + (view_.is_rollback() ? "run " + style_.clean(view_.header().rollback_of) : "the run");
    if (after_.clean()) return before;
    std::vector<std::string> names;
    for (const auto& rest : after_.in_place) names.push_back(view_.names()[rest.node].name);
    for (const auto& rest : after_.not_undone) names.push_back(view_.names()[rest.node].name);
    for (const auto& rest : after_.unknown) names.push_back(view_.names()[rest.node].name);
    return before + ", except: " +
           (names.size() > 3 ? count_of(names.size(), "step") + ", see below" : style_.clean(join(names, ", ")));
  }

  // Who is waited for, and for what.
  void waits() {
    auto lead = std::string("waits at");
    for (const auto id : view_.waiting()) {
      const auto& asked = *view_[id].asked;
      auto text = style_.clean(shown_name(view_, id));
      if (!asked.role.empty()) text += "   for " + style_.clean(asked.role);
      entry(std::exchange(lead, ""), text + gap_text(one_line(asked.instructions, style_)), Color::yellow);
    }
    const auto stack = view_.undo_stack();
    if (!stack.empty()) entry("to undo", names_of(view_, stack, style_));
  }

  void remainders() {
    if (!after_.undone.empty()) entry("undone", names_of(view_, after_.undone, style_));
    rows("NOT undone", after_.not_undone, Color::red);
    rows("UNKNOWN", after_.unknown, Color::red);
    rows("was running", after_.interrupted, Color::red);
    rows("still there", after_.in_place, Color::yellow);
  }

  void rows(const std::string& key, const std::vector<Remainder>& remainders, Color color) {
    std::size_t widest = 0;
    for (const auto& rest : remainders) widest = std::max(widest, display_width(view_.names()[rest.node].name));
    auto lead = key;
    for (const auto& rest : remainders) {
      auto text = pad_right(style_.clean(view_.names()[rest.node].name), widest);
      if (!rest.reason.empty()) text += std::string(gap) + style_.clean(rest.reason);
      entry(std::exchange(lead, ""), text, color);
      const auto command = [&](std::string_view what, const std::string& line) {
        if (!line.empty()) entry("", std::string(widest, ' ') + std::string(gap) + std::string(what) + line);
      };
      command("did:  ", rest.did);
      command("undo: ", rest.undo);
    }
  }

  void exceptions() {
    for (const auto id : view_.in_order()) {
      const auto& node = view_[id];
      const auto name = style_.clean(shown_name(view_, id));
      const bool failed = node.outcome == Outcome::failed || node.outcome == Outcome::timed_out;
      if (node.outcome == Outcome::warned) {
        std::vector<std::string> said;
        for (const auto& warning : node.warnings) said.push_back(one_line(warning, style_));
        if (said.empty() && !node.message.empty()) said.push_back(one_line(node.message, style_));
        if (!said.empty()) entry("warned", name + gap_text(join(said, "; ")), Color::yellow);
      } else if (failed && view_.failure_allowed(id) && view_.names()[id].kind == NodeKind::step) {
        entry("allowed", name + gap_text(one_line(node.message, style_)), Color::yellow);
      }
      if (node.over_budget)
        entry("over budget",
              name + gap_text("took " + show_duration(node.took(view_.last())) + ", should take " +
                              show_duration(*node.over_budget)),
              Color::yellow);
      if (node.unkillable) entry("still runs", name + gap_text("something of it survived KILL"), Color::red);
    }
    if (!view_.result()) return;
    for (const auto id : view_.result()->failed_handlers)
      entry("handler",
            style_.clean(view_.names()[id].name) + gap_text("FAILED: " + one_line(view_[id].message, style_)),
            Color::red);
  }

  static std::string gap_text(const std::string& text) { return text.empty() ? "" : std::string(gap) + text; }

  void next() {
    const auto& run = view_.header().run_id;
    if (run.empty()) return;
    std::vector<std::string> commands;
    const auto failed = view_.failures();
    // What hurts most comes first: the undo that failed, then what failed first.
    std::vector<NodeId> wanted;
    for (const auto id : failed)
      if (about_undo(id)) wanted.push_back(id);
    for (const auto id : failed)
      if (!about_undo(id)) wanted.push_back(id);
    for (const auto id : wanted)
      if (!view_[id].log.empty() && commands.size() < 2)
        commands.push_back("runbook logs " + quoted(run) + " " + quoted(view_.names()[id].name));
    commands.push_back("runbook show " + quoted(run));
    if (paused())
      for (const auto id : view_.waiting())
        commands.push_back("runbook approve " + quoted(run) + " " + quoted(view_.names()[id].name) +
                           answer_options(*view_[id].asked));
    if (!outcome()) {
      // Left, or stuck at a step of which nobody knows whether it took effect.
      auto resume = "runbook resume " + quoted(run);
      for (NodeId id = 0; id < view_.size(); ++id)
        if (view_[id].lost && view_.names()[id].kind == NodeKind::step && view_[id].status == NodeStatus::unknown)
          resume += " --assume done|not-done " + quoted(view_.names()[id].name);
      commands.push_back(resume);
    }
    const bool ended_badly = outcome() == RunOutcome::failed || outcome() == RunOutcome::cancelled ||
                             outcome() == RunOutcome::rollback_incomplete;
    if (ended_badly && !view_.undo_stack().empty()) commands.push_back("runbook rollback " + quoted(run));
    if (outcome() && may_run_again(*outcome()) && !view_.header().argv.empty()) {
      std::vector<std::string> words;
      for (const auto& word : view_.header().argv) words.push_back(quoted(word));
      commands.push_back(style_.clean(join(words, " ")));
    }
    const bool good = outcome() == RunOutcome::succeeded || outcome() == RunOutcome::warned ||
                      (view_.is_rollback() && outcome() == RunOutcome::rolled_back);
    auto lead = std::string(good && failed.empty() ? "record" : "next");
    for (const auto& command : commands) entry(std::exchange(lead, ""), command);
  }

  bool about_undo(NodeId id) const {
    const auto kind = view_.names()[id].kind;
    return kind == NodeKind::undo ||
           (kind == NodeKind::probe && view_[view_.names()[id].owner].status == NodeStatus::undo_failed);
  }

  // What `runbook approve` must be given beside the step.
  static std::string answer_options(const ApprovalRequested& asked) {
    std::string text;
    if (asked.inputs.is_list())
      for (const auto& input : asked.inputs.as_list()) {
        const auto *name = input.find("name"), *required = input.find("required");
        if (name && name->is_string() && required) text += " --input " + quoted(name->as_string()) + "=…";
      }
    if (!asked.checklist.empty()) text += " --checked";
    if (!asked.confirm.empty()) text += " --confirm " + quoted(asked.confirm);
    return text;
  }

  // Only when nothing of this run is left that a second one would meet.
  bool may_run_again(RunOutcome end) const {
    if (view_.is_rollback()) return false;
    const bool undone = end == RunOutcome::rolled_back || end == RunOutcome::cancelled || end == RunOutcome::failed;
    return end == RunOutcome::refused || (undone && after_.clean());
  }

  void entry(const std::string& key, const std::string& text, Color color = Color::none) {
    out_ += "  " + style_.paint(color, key) + std::string(key_width - 2 - std::min(key_width - 2, key.size()), ' ') +
            text + "\n";
  }

  const RunView& view_;
  const SummaryOptions& options_;
  const Style& style_;
  const Aftermath after_;
  std::string out_;
};

}  // namespace

int exit_code_of(const RunView& view, RunEnd end) {
  if (view.result()) {
    end.outcome = view.result()->outcome;
    end.handler_failed = !view.result()->failed_handlers.empty();
  }
  end.lost = lost_something(view);
  end.asked_to_undo = view.is_rollback();
  end.rejected = view.rejected();
  end.paused = view.paused();
  end.cancelled = !view.result() && view.stop().has_value();
  return exit_code(end);
}

std::string ending_word(const RunView& view, const SummaryOptions& options) {
  return std::string(Summary(view, options).word());
}

std::string ending_text(const RunView& view, const SummaryOptions& options) { return Summary(view, options).world(); }

std::string summary_text(const RunView& view, const SummaryOptions& options) { return Summary(view, options).text(); }

}  // namespace runbook
