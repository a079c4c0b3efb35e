#include "report/pages/html_report.h"

#include "base/text.h"
#include "report/pages/html_parts.h"
#include "report/pages/html_steps.h"
#include "report/pages/html_style.h"
#include "report/pages/xml_text.h"
#include "report/wall.h"
#include "report/words/outcome_text.h"
#include "report/words/output_excerpt.h"
#include "report/words/run_facts.h"
#include "report/words/step_text.h"
#include "report/words/timeline.h"
#include "runbook/runbook.h"

namespace runbook {
namespace {

using namespace html;

constexpr std::size_t output_lines = 200;
constexpr std::size_t page_output_bytes = 8 << 20;  // a page that mail takes and a phone opens

Symbol symbol_of_ending(const RecordedRun& run) {
  if (run.running) return Symbol::running;
  if (!run.view.result()) return Symbol::unknown;
  switch (run.view.result()->outcome) {
    case RunOutcome::succeeded: return run.view.result()->failed_handlers.empty() ? Symbol::succeeded : Symbol::warned;
    case RunOutcome::warned:
    case RunOutcome::refused: return Symbol::warned;
    case RunOutcome::rolled_back: return Symbol::undone;
    case RunOutcome::cancelled: return Symbol::cancelled;
    case RunOutcome::failed:
    case RunOutcome::rollback_incomplete: return Symbol::failed;
    case RunOutcome::unknown: return Symbol::unknown;
  }
  return Symbol::unknown;
}

class HtmlReport {
 public:
  explicit HtmlReport(const RecordedRun& run)
      : run_(run), view_(run.view), sections_(sections_of(run)), excerpts_(run, output_lines, page_output_bytes) {}

  std::string text() {
    head();
    hero();
    what_is_left();
    failures();
    timeline();
    steps("Preconditions", sections_.preconditions);
    steps("Steps", sections_.steps);
    steps("Probes", sections_.probes);
    undo();
    steps("Handlers", sections_.handlers);
    artifacts();
    parameters();
    record();
    out_ += "<footer>Written by <code>runbook report</code> from the journal of run " + code(view_.header().run_id) +
            ". All times are UTC.</footer>\n</main>\n</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  std::string name(NodeId id) const {
    return "<a href=\"#" + anchor(id) + "\">" + code(view_.names()[id].name) + "</a>";
  }
  std::string runbook_title() const {
    const auto* runbook = view_.plan() ? view_.plan()->runbook : nullptr;
    return runbook ? printable(runbook->title) : "";
  }
  void open(std::string_view id, std::string_view title) {
    out_ += "<section aria-labelledby=\"" + std::string(id) + "\">\n<h2 id=\"" + std::string(id) + "\">" +
            xml_text(title) + "</h2>\n";
  }
  void close() { out_ += "</section>\n\n"; }

  void head() {
    const auto ending = ending_of(run_);
    auto title = ending.word + ": " + view_.header().runbook;
    if (!run_.events.empty()) title += ", " + show_wall(run_.events.front().wall).substr(0, 10);
    out_ +=
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n";
    out_ += "<title>" + xml_text(title) + "</title>\n<style>" + std::string(style_sheet()) +
            "</style>\n</head>\n<body>\n<main>\n";
  }

  void hero() {
    const auto ending = ending_of(run_);
    const auto symbol = symbol_of_ending(run_);
    out_ += "<header class=\"hero panel " + std::string(tone(color_of(symbol))) + "\">\n<p class=\"id\">Run " +
            code(view_.header().run_id) + "</p>\n<h1>" + xml_text(view_.header().runbook) + "</h1>\n";
    if (const auto title = runbook_title(); !title.empty()) out_ += "<p class=\"title\">" + xml_text(title) + "</p>\n";
    out_ += "<p class=\"verdict\">" + chip(symbol, ending.word);
    if (!ending.text.empty()) out_ += " <strong>" + xml_text(ending.text) + "</strong>";
    out_ += "</p>\n<dl class=\"glance\">\n";
    const auto glance = [&](std::string_view term, const std::string& markup) {
      if (!markup.empty()) out_ += "<div>" + fact(term, markup) + "</div>\n";
    };
    for (const auto& [key, value] : run_facts(run_)) {
      if (key == "started" || key == "ended" || key == "last record") {
        glance(key == "started" ? "Started, UTC" : key == "ended" ? "Ended, UTC" : "Last record, UTC", time(value));
      } else if (key == "took") {
        glance("Took", xml_text(value) + (ending.exit_code ? ", exit " + std::to_string(*ending.exit_code) : ""));
      } else if (key == "by") {
        glance("By", xml_text(value + (view_.header().host.empty() ? "" : " on " + view_.header().host)));
      } else if (key == "resumed" || key == "stopped") {
        const auto at = value.substr(0, value.find(' '));
        glance(key == "resumed" ? "Resumed, UTC" : "Stopped, UTC", time(at) + xml_text(value.substr(at.size())));
      }
    }
    const auto proof = run_.proof.intact ? Symbol::succeeded : Symbol::failed;
    glance("Journal", "<span class=\"said " + std::string(tone(color_of(proof))) + "\"><span aria-hidden=\"true\">" +
                          std::string(report_style.symbol(proof)) + "</span> " + xml_text(run_.proof.summary) +
                          "</span>");
    out_ += "</dl>\n</header>\n\n";
  }

  void what_is_left() {
    const auto after = aftermath_of(view_, report_style);
    const bool urgent = !after.not_undone.empty() || !after.unknown.empty() || !after.interrupted.empty();
    if (after.clean() && after.undone.empty() && after.did_not_run.empty()) return;
    const auto title = urgent ? "What is not undone" : after.clean() ? "The state of the world" : "What is still there";
    out_ += "<section class=\"left panel " +
            std::string(urgent          ? "bad"
                        : after.clean() ? "calm"
                                        : "warn") +
            "\" aria-labelledby=\"left\">\n<h2 id=\"left\">" + title + "</h2>\n";
    if (!after.clean()) {
      out_ += "<ul>\n";
      remainders(Symbol::failed, "NOT undone", after.not_undone);
      remainders(Symbol::unknown, "UNKNOWN", after.unknown);
      remainders(Symbol::unknown, "was running", after.interrupted);
      remainders(Symbol::warned, "still there", after.in_place);
      out_ += "</ul>\n";
    }
    names("Undone", after.undone);
    names("Did not run", after.did_not_run);
    close();
  }

  void remainders(Symbol symbol, std::string_view word, const std::vector<Remainder>& all) {
    for (const auto& rest : all) {
      out_ += "<li>" + chip(symbol, word) + " " + name(rest.node);
      if (!rest.reason.empty()) out_ += "<span class=\"reason\">" + xml_text(rest.reason) + "</span>";
      const auto command = [&](std::string_view lead, std::string_view text) {
        if (!text.empty()) out_ += "<div class=\"hint small soft\">" + xml_text(lead) + "</div>" + block(text);
      };
      if (!rest.did.empty()) command("It did:", trim(view_[rest.node].command));
      if (!rest.undo.empty()) command("Its undo, for a person to do:", undo_by_hand(view_, rest.node));
      out_ += "</li>\n";
    }
  }

  void names(std::string_view lead, const std::vector<NodeId>& ids) {
    std::vector<std::string> all;
    for (const auto id : ids) all.push_back(name(id));
    if (!all.empty())
      out_ += "<p class=\"rest\"><span class=\"soft\">" + xml_text(lead) + ":</span> " + join(all, ", ") + "</p>\n";
  }

  void failures() {
    const auto all = failures_of(run_);
    if (all.empty()) return;
    open("why", "Why it failed");
    for (const auto& failure : all) {
      out_ += "<article class=\"failure panel\">\n<h3>" + message(failure.message) + "</h3>\n<dl class=\"facts\">\n";
      const auto text = [](const std::string& shown) {
        return shown.empty() || shown.find('\n') != std::string::npos ? block(shown) : xml_text(shown);
      };
      if (!failure.cause.empty()) out_ += fact("Cause", text(failure.cause));
      if (!failure.command.empty()) out_ += fact("Command", block(failure.command));
      out_ += fact("Tried", xml_text(failure.tried));
      if (!failure.place.empty())
        out_ +=
            fact("In the runbook", code(failure.place) + " <span class=\"soft\">" + xml_text(failure.code) + "</span>");
      if (failure.unkillable) out_ += fact("Beware", "something of it survived KILL and still runs");
      const auto excerpt = excerpts_.of(failure.node, failure_excerpt_lines);
      if (!excerpt.log.empty())
        out_ += fact("Output", code("logs/" + excerpt.log) + ", " + xml_text(excerpt.size_text()) +
                                   (excerpt.lines.empty() ? "" : block(excerpt.lines)));
      out_ += "</dl>\n</article>\n";
    }
    close();
  }

  void timeline() {
    open("timeline", "Timeline");
    out_ += "<ol class=\"timeline\">\n";
    std::string day;
    for (const auto& entry : timeline_of(run_)) {
      const auto at = show_wall(entry.at);
      if (at.substr(0, 10) != day) {
        day = at.substr(0, 10);
        out_ += "<li class=\"day\"><div class=\"when\">" + day + " UTC</div></li>\n";
      }
      told(entry, at);
    }
    out_ += "</ol>\n";
    close();
  }

  void told(const TimelineEntry& entry, const std::string& at) {
    const bool about_run = entry.node == no_node;
    const auto color = entry.symbol ? color_of(*entry.symbol) : Color::none;
    out_ += "<li class=\"" + std::string(tone(color)) + (about_run ? " run" : "") +
            "\"><div class=\"when number\"><time datetime=\"" + at + "\">" + at.substr(11, 8) +
            "</time><span title=\"since the start\">+" + show_since(entry.since_start) +
            "</span></div>\n<div class=\"what\">";
    if (about_run) {
      out_ += "<b>" + xml_text(entry.what) + "</b>";
    } else {
      out_ += "<a href=\"#" + anchor(entry.node) + "\">" + code(told_name(view_, entry)) +
              "</a> <span class=\"ended\">" + xml_text(entry.what) + "</span>";
    }
    if (const auto who = told_who(entry); !who.empty()) out_ += " <b>" + xml_text(who) + "</b>";
    if (const auto took = told_took(entry); !took.empty()) out_ += " <span class=\"soft number\">" + took + "</span>";
    if (entry.until) out_ += " <span class=\"soft\">until " + show_wall(*entry.until).substr(11, 8) + "</span>";
    if (!entry.detail.empty()) out_ += "<div class=\"detail\">" + xml_text(entry.detail) + "</div>";
    out_ += "</div></li>\n";
  }

  void steps(std::string_view title, const std::vector<NodeId>& ids) {
    if (ids.empty()) return;
    std::string id(title);
    id[0] = static_cast<char>(id[0] - 'A' + 'a');
    open(id, title);
    out_ += step_table(run_, ids, title, excerpts_);
    close();
  }

  void undo() {
    if (view_.rollback().empty()) return;
    open("undo", "Undo, newest first");
    if (sections_.undo.empty()) {
      out_ += "<p class=\"soft\">The rollback began, but no undo was started.</p>\n";
    } else {
      out_ += step_table(run_, sections_.undo, "Undo, newest first", excerpts_);
    }
    close();
  }

  void artifacts() {
    std::string rows;
    for (NodeId id = 0; id < view_.size(); ++id)
      for (const auto& file : view_[id].artifacts)
        rows += "<tr><td>" + code("artifacts/" + file.path) + "</td><td class=\"number\">" +
                xml_text(show_size(file.size)) + "</td><td>" + code(file.sha256) + "</td></tr>\n";
    if (rows.empty()) return;
    open("artifacts", "Artifacts");
    out_ +=
        "<div class=\"panel\"><table class=\"values\"><caption class=\"unseen\">Artifacts</caption>\n"
        "<thead><tr><th scope=\"col\">File</th><th scope=\"col\" class=\"number\">Size</th><th "
        "scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n" +
        rows + "</tbody></table></div>\n";
    close();
  }

  void parameters() {
    const auto& params = view_.header().params;
    if (!params.is_map() || params.as_map().empty()) return;
    open("parameters", "Parameters");
    out_ +=
        "<div class=\"panel\"><table class=\"values\"><caption class=\"unseen\">Parameters</caption>\n"
        "<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>\n";
    for (const auto& [key, value] : params.as_map())
      out_ += "<tr><td>" + code(key) + "</td><td>" + code(to_text(value)) + "</td></tr>\n";
    out_ += "</tbody></table></div>\n";
    close();
  }

  void record() {
    open("record", "Record");
    out_ += "<dl class=\"facts record panel\">\n";
    for (const auto& [key, value] : runbook_facts(run_)) {
      const bool literal = key == "sha256" || key == "command" || key == "file";
      out_ += fact(key == "sha256" ? "Its SHA-256" : capital(key), literal ? code(value) : xml_text(value));
    }
    if (const auto* runbook = view_.plan() ? view_.plan()->runbook : nullptr)
      for (const auto& address : runbook->links) out_ += fact("Link", link(printable(address)));
    for (const auto& [key, value] : proof_facts(run_)) {
      const bool literal = key == "head" || key == "check it";
      out_ += fact(key == "head" ? "Journal head" : capital(key), literal ? code(value) : xml_text(value));
    }
    out_ += "</dl>\n";
    close();
  }

  static std::string capital(std::string text) {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
  }

  const RecordedRun& run_;
  const RunView& view_;
  const Sections sections_;
  OutputExcerpts excerpts_;
  std::string out_;
};

}  // namespace

std::string html_report(const RecordedRun& run) { return HtmlReport(run).text(); }

}  // namespace runbook
