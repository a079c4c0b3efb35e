#include "report/pages/markdown_report.h"

#include "base/text.h"
#include "report/pages/markdown_text.h"
#include "report/wall.h"
#include "report/words/output_excerpt.h"
#include "report/words/run_facts.h"
#include "report/words/step_text.h"
#include "report/words/timeline.h"

namespace runbook {
namespace {

constexpr std::size_t note_output_bytes = 256 << 10;  // a comment or a wiki page takes no more

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (const auto line : split_lines(text)) lines.emplace_back(line);
  return lines;
}

class MarkdownReport {
 public:
  explicit MarkdownReport(const RecordedRun& run)
      : run_(run),
        view_(run.view),
        sections_(sections_of(run)),
        after_(aftermath_of(run.view, report_style)),
        excerpts_(run, failure_excerpt_lines, note_output_bytes) {}

  std::string text() {
    title();
    remainders();
    failures();
    timeline();
    nodes("Preconditions", sections_.preconditions);
    nodes("Steps", sections_.steps);
    nodes("Probes", sections_.probes);
    undo();
    nodes("Handlers", sections_.handlers);
    artifacts();
    parameters();
    record();
    return std::move(out_);
  }

 private:
  void heading(std::string_view text) { out_ += "\n## " + std::string(text) + "\n\n"; }
  // Our own message: what it ticks is code already.
  static std::string ticked(std::string_view message) {
    std::string out;
    while (true) {
      const auto begin = message.find('`');
      const auto end = begin == std::string_view::npos ? begin : message.find('`', begin + 1);
      if (end == std::string_view::npos) return out + markdown_text(message);
      out += markdown_text(message.substr(0, begin)) + markdown_code(message.substr(begin + 1, end - begin - 1));
      message.remove_prefix(end + 1);
    }
  }
  std::string name(NodeId id) const { return markdown_code(view_.names()[id].name); }

  void title() {
    const auto ending = ending_of(run_);
    out_ += "# " + markdown_text(ending.word) + ": " + markdown_text(view_.header().runbook) + "\n\n";
    std::vector<std::string> said;
    if (!ending.text.empty()) said.push_back("**" + markdown_text(ending.text) + "**");
    if (ending.exit_code) said.push_back("exit " + std::to_string(*ending.exit_code));
    said.push_back(show_duration(view_.last() - Time{}));
    out_ += join(said, ", ") + "\n\n";
    out_ += markdown_row({"", ""}) + "|---|---|\n" + markdown_row({"run", markdown_code(view_.header().run_id)});
    for (const auto& [key, value] : run_facts(run_)) out_ += markdown_row({key, markdown_text(value)});
    out_ += markdown_row({"journal", markdown_text(run_.proof.summary)});
  }

  void remainders() {
    const auto& rest = after_;
    if (rest.clean() && rest.undone.empty() && rest.did_not_run.empty()) return;
    heading(rest.clean() ? "State of the world" : "State of the world: what is left");
    list("NOT undone", rest.not_undone);
    list("UNKNOWN", rest.unknown);
    list("was running", rest.interrupted);
    list("still there", rest.in_place);
    names("undone", rest.undone);
    names("did not run", rest.did_not_run);
  }

  void list(const std::string& key, const std::vector<Remainder>& remainders) {
    for (const auto& rest : remainders) {
      out_ += "- **" + key + "**: " + name(rest.node);
      if (!rest.reason.empty()) out_ += ", " + markdown_text(rest.reason);
      out_ += "\n";
      if (!rest.did.empty()) point("it did", view_[rest.node].command);
      if (!rest.undo.empty()) point("its undo", undo_by_hand(view_, rest.node));
    }
  }

  // A command on its own line, or as a block when it has several.
  void point(const std::string& key, std::string_view text) {
    text = trim(text);
    if (text.empty()) return;
    const bool one = text.find('\n') == std::string_view::npos;
    out_ += "  - " + key + ":" +
            (one ? " " + markdown_code(text) + "\n" : "\n\n" + markdown_block(lines_of(text), "    ") + "\n");
  }

  void names(const std::string& key, const std::vector<NodeId>& ids) {
    std::vector<std::string> all;
    for (const auto id : ids) all.push_back(name(id));
    if (!all.empty()) out_ += "- " + key + ": " + join(all, ", ") + "\n";
  }

  void failures() {
    const auto all = failures_of(run_);
    if (all.empty()) return;
    heading("Why it failed");
    for (const auto& failure : all) {
      out_ += "- " + failure.code + " **" + ticked(failure.message) + "**" + "\n";
      point("where", failure.place);
      point("cause", failure.cause);
      point("command", failure.command);
      if (!failure.tried.empty()) out_ += "  - tried " + failure.tried + "\n";
      if (failure.unkillable) out_ += "  - beware: something of it survived KILL and still runs\n";
      const auto excerpt = excerpts_.of(failure.node);
      if (excerpt.log.empty()) continue;
      out_ += "  - output, " + markdown_code("logs/" + excerpt.log) + ", " + excerpt.size_text();
      out_ += excerpt.lines.empty() ? "\n" : ":\n\n" + markdown_block(excerpt.lines, "    ") + "\n";
    }
  }

  void timeline() {
    heading("Timeline");
    out_ += markdown_row({"UTC", "since start", "what"}) + "|---|---|---|\n";
    std::string day;
    for (const auto& entry : timeline_of(run_)) {
      const auto at = show_wall(entry.at);
      auto clock = at.substr(11, 8);
      // The date where it changes.
      if (at.substr(0, 10) != day) clock = (day = at.substr(0, 10)) + " " + clock;
      if (entry.until) clock += " – " + show_wall(*entry.until).substr(11, 8);
      std::vector<std::string> said;
      if (entry.symbol) said.emplace_back(report_style.symbol(*entry.symbol));
      if (const auto who = told_name(view_, entry); !who.empty()) said.push_back(markdown_code(who));
      said.push_back(entry.node == no_node ? "**" + entry.what + "**" : entry.what);
      if (const auto who = told_who(entry); !who.empty()) said.push_back(markdown_text(who));
      if (const auto took = told_took(entry); !took.empty()) said.push_back("(" + took + ")");
      if (!entry.detail.empty()) said.push_back("– " + markdown_text(entry.detail));
      out_ += markdown_row({clock, show_since(entry.since_start), join(said, " ")});
    }
  }

  void nodes(std::string_view title, const std::vector<NodeId>& ids) {
    if (ids.empty()) return;
    heading(title);
    out_ += markdown_row({"result", "step", "took", "notes"}) + "|---|---|---|---|\n";
    for (const auto id : ids)
      row(id, view_[id].status == NodeStatus::pending ? "" : markdown_text(detail_text(view_, id, report_style)));
  }

  void row(NodeId id, const std::string& notes) {
    auto result = std::string(report_style.symbol(symbol_of(view_, id))) + " " + result_word(run_, id);
    if (const auto undone = undo_word(view_, id); !undone.empty()) result += ", " + undone;
    const auto& node = view_[id];
    const bool ran = node.ready && node.outcome != Outcome::skipped;
    out_ += markdown_row(
        {result, markdown_code(shown_name(view_, id)), ran ? show_duration(node.took(view_.last())) : "", notes});
  }

  void undo() {
    if (view_.rollback().empty()) return;
    heading("Undo, newest first");
    out_ += markdown_row({"result", "step", "took", "command"}) + "|---|---|---|---|\n";
    for (const auto id : sections_.undo) {
      auto notes = markdown_code(one_line(view_[id].command, report_style));
      const auto& outcome = view_[id].outcome;
      if (outcome && !satisfies(*outcome)) notes += " " + markdown_text(one_line(view_[id].message, report_style));
      if (const auto verified = verified_text(view_, id); !verified.empty()) notes += " " + verified;
      row(id, notes);
    }
  }

  void artifacts() {
    std::string rows;
    for (NodeId id = 0; id < view_.size(); ++id)
      for (const auto& file : view_[id].artifacts)
        rows +=
            markdown_row({markdown_code("artifacts/" + file.path), show_size(file.size), markdown_code(file.sha256)});
    if (rows.empty()) return;
    heading("Artifacts");
    out_ += markdown_row({"file", "size", "SHA-256"}) + "|---|---|---|\n" + rows;
  }

  void parameters() {
    const auto& params = view_.header().params;
    if (!params.is_map() || params.as_map().empty()) return;
    heading("Parameters");
    out_ += markdown_row({"name", "value"}) + "|---|---|\n";
    for (const auto& [key, value] : params.as_map())
      out_ += markdown_row({markdown_code(key), markdown_code(to_text(value))});
  }

  void record() {
    heading("Record");
    out_ += markdown_row({"", ""}) + "|---|---|\n";
    for (const auto& facts : {runbook_facts(run_), proof_facts(run_)})
      for (const auto& [key, value] : facts) {
        const bool literal = key == "sha256" || key == "head" || key == "command" || key == "check it" || key == "file";
        out_ += markdown_row({key, literal ? markdown_code(value) : markdown_text(value)});
      }
  }

  const RecordedRun& run_;
  const RunView& view_;
  const Sections sections_;
  const Aftermath after_;
  OutputExcerpts excerpts_;
  std::string out_;
};

}  // namespace

std::string markdown_report(const RecordedRun& run) { return MarkdownReport(run).text(); }

}  // namespace runbook
