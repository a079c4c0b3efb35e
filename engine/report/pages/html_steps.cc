#include "report/pages/html_steps.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "report/pages/html_parts.h"
#include "report/pages/xml_text.h"
#include "report/words/step_text.h"
#include "runbook/runbook.h"

namespace runbook::html {
namespace {

// When it ran, of the time of the whole run. For eyes only: the table says the same in figures.
std::string bar(const RunView& view, NodeId id) {
  const auto& node = view[id];
  const auto whole = (view.last() - Time{}).count();
  if (!node.ready || whole <= 0 || node.outcome == Outcome::skipped) return "";
  const double from = 100.0 * static_cast<double>((*node.ready - Time{}).count()) / static_cast<double>(whole);
  const double width = 100.0 * static_cast<double>(node.took(view.last()).count()) / static_cast<double>(whole);
  const double shown = std::clamp(width, 1.0, 100.0);  // what took no time can still be seen
  char rect[96];
  std::snprintf(rect, sizeof rect, "<rect x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"7\"/>",
                std::min(from, 100 - shown), shown);
  return "<svg viewBox=\"0 0 100 7\" preserveAspectRatio=\"none\" aria-hidden=\"true\" class=\"" +
         std::string(tone(color_of(symbol_of(view, id)))) + "\">" + rect + "</svg>";
}

std::string outputs_table(const NodeView& node) {
  std::string facts;
  for (const auto& [name, value] : node.outputs) facts += "<div>" + code(name + " = " + value) + "</div>";
  return facts;
}

std::string warnings_list(const NodeView& node) {
  std::string list;
  for (const auto& warning : node.warnings) list += "<div>" + xml_text(warning) + "</div>";
  return list;
}

// What a person sees without unfolding anything: why it is not simply done.
std::string remark(const RunView& view, NodeId id) {
  const auto& node = view[id];
  std::string text = verified_text(view, id);
  const bool bad = node.outcome && !satisfies(*node.outcome);
  if (bad || node.outcome == Outcome::skipped || node.lost) text = one_line(node.message, report_style);
  if (node.outcome == Outcome::unchanged) text = "its effect was already in place";
  if (node.unkillable) text += std::string(text.empty() ? "" : "; ") + "something of it survived KILL and still runs";
  if (node.answer && !bad) text = answer_text(*node.answer, report_style);
  if (node.over_budget)
    text += std::string(text.empty() ? "" : "; ") + "over its budget of " + show_duration(*node.over_budget);
  for (const auto& warning : node.warnings) text += std::string(text.empty() ? "" : "; ") + warning;
  return text.empty() ? "" : "<div class=\"small soft\">" + xml_text(text) + "</div>";
}

// What it is called, or what it does where the name says nothing.
std::string title(const RunView& view, NodeId id) {
  const auto* step = view.step(id);
  auto text = step && !step->name.empty() ? step->name : one_line(title_of(view, id), report_style);
  return text.empty() || text == shown_name(view, id) ? "" : "<span class=\"name\">" + xml_text(text) + "</span>";
}

std::string folded(const RecordedRun& run, NodeId id, OutputExcerpts& excerpts) {
  const auto& node = run.view[id];
  const auto excerpt = excerpts.of(id);
  std::vector<std::string> holds;
  std::string facts;
  const auto command = trim(node.command);
  if (!command.empty()) {
    const bool asked = node.asked.has_value();
    holds.push_back(asked ? "instructions" : "command");
    facts += fact(asked ? "Instructions" : "Command", block(command));
  }
  const auto cause = trim(node.message);
  if (cause.find('\n') != std::string_view::npos) facts += fact("Cause", block(cause));
  if (node.attempts > 1) facts += fact("Attempts", std::to_string(node.attempts));
  if (node.exit_code && *node.exit_code != 0) facts += fact("Exit code", std::to_string(*node.exit_code));
  if (node.http_status) facts += fact("HTTP status", std::to_string(*node.http_status));
  if (node.warnings.size() > 1) facts += fact("Warnings", warnings_list(node));
  if (!node.outputs.empty()) {
    holds.push_back(count_of(node.outputs.size(), "value"));
    facts += fact("Values", outputs_table(node));
  }
  if (node.killed_background > 0)
    facts += fact("Left behind",
                  count_of(static_cast<std::size_t>(node.killed_background), "background process") + ", killed");
  if (const auto undo = undo_by_hand(run.view, id); !undo.empty()) {
    holds.push_back("undo");
    facts += fact("Undo", block(undo));
  }
  if (!excerpt.log.empty()) {
    holds.push_back("output: " + excerpt.size_text());
    facts += fact("Output", code("logs/" + excerpt.log) + ", " + xml_text(excerpt.size_text()) +
                                (excerpt.lines.empty() ? "" : block(excerpt.lines)));
  }
  if (facts.empty()) return "";
  const auto summary = holds.empty() ? std::string("details") : join(holds, " · ");
  return "<details><summary>" + xml_text(summary) + "</summary>\n<dl class=\"facts\">\n" + facts + "</dl></details>";
}

}  // namespace

std::string anchor(NodeId id) { return "n" + std::to_string(id); }

std::string step_table(const RecordedRun& run, const std::vector<NodeId>& ids, std::string_view caption,
                       OutputExcerpts& excerpts) {
  const auto& view = run.view;
  std::string out = "<div class=\"panel\"><table class=\"steps\"><caption class=\"unseen\">" + xml_text(caption) +
                    "</caption>\n<thead><tr><th scope=\"col\">Result</th><th scope=\"col\">Step</th>"
                    "<th scope=\"col\" class=\"took\">Took</th>"
                    "<th class=\"bar\" aria-hidden=\"true\">When</th></tr></thead>\n";
  for (const auto id : ids) {
    const auto& node = view[id];
    const bool ran = node.ready && node.outcome != Outcome::skipped;
    out += "<tbody id=\"" + anchor(id) + "\"><tr><td>" + chip(symbol_of(view, id), result_word(run, id));
    if (const auto after = undo_word(view, id); !after.empty())
      out += " " + chip(after == "undone" ? Symbol::undone : Symbol::failed, after);
    out += "</td><th scope=\"row\">" + code(shown_name(view, id)) + title(view, id) + "</th>";
    out += "<td class=\"took number\">" + (ran ? show_duration(node.took(view.last())) : "") + "</td>";
    out += "<td class=\"bar\" aria-hidden=\"true\">" + bar(view, id) + "</td></tr>\n";
    const auto more = remark(view, id) + folded(run, id, excerpts);
    if (!more.empty()) out += "<tr class=\"more\"><td></td><td colspan=\"3\">" + more + "</td></tr>\n";
    out += "</tbody>\n";
  }
  return out + "</table></div>\n";
}

}  // namespace runbook::html
