#include "report/ci/junit_report.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/text.h"
#include "report/pages/xml_text.h"
#include "report/wall.h"
#include "report/words/failure.h"
#include "report/words/output_excerpt.h"
#include "report/words/run_facts.h"
#include "report/words/step_text.h"

namespace runbook {
namespace {

constexpr std::size_t output_lines = 200;
constexpr std::size_t output_bytes = 8 << 20;  // of a file for which GitLab takes 30 MB
constexpr std::size_t excerpt_width = 120;

// Decimal seconds, as the schema wants them: `171.234`.
std::string seconds(Duration duration) {
  const auto ms = std::max<Duration::rep>(0, duration.count());
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%03d", static_cast<long long>(ms / 1000), static_cast<int>(ms % 1000));
  return text;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + xml_attribute(value) + "\"";
}

enum class Verdict { passed, failed, error, skipped };

struct Case {
  std::string name, classname;
  Duration took{};
  Verdict verdict = Verdict::passed;
  std::string type, message, text;  // of what is not passed
  std::string out;
};

struct Suite {
  std::string name;
  Duration took{};
  std::vector<Case> cases;

  std::size_t count(Verdict verdict) const {
    return static_cast<std::size_t>(
        std::count_if(cases.begin(), cases.end(), [&](const Case& c) { return c.verdict == verdict; }));
  }
};

class JunitReport {
 public:
  explicit JunitReport(const RecordedRun& run)
      : run_(run), view_(run.view), sections_(sections_of(run)), excerpts_(run, output_lines, output_bytes) {
    for (auto& failure : failures_of(run)) failures_.emplace(failure.node, std::move(failure));
  }

  std::string text() {
    std::vector<Suite> suites{main_suite()};
    if (!sections_.undo.empty()) suites.push_back(undo_suite());
    make_honest(suites);
    std::size_t tests = 0, failures = 0, errors = 0;
    for (const auto& suite : suites) {
      tests += suite.cases.size();
      failures += suite.count(Verdict::failed);
      errors += suite.count(Verdict::error);
    }
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
    out += attribute("name", name()) + attribute("time", seconds(view_.last() - Time{}));
    out += attribute("tests", std::to_string(tests)) + attribute("failures", std::to_string(failures));
    out += attribute("errors", std::to_string(errors)) + ">\n";
    for (std::size_t i = 0; i < suites.size(); ++i) out += suite_text(suites[i], i == 0);
    return out + "</testsuites>\n";
  }

 private:
  const std::string& name() const { return view_.header().runbook; }

  Suite main_suite() {
    Suite suite{name(), view_.last() - Time{}, {}};
    for (const auto* ids : {&sections_.preconditions, &sections_.steps, &sections_.handlers})
      for (const auto id : *ids)
        // A step says what its own check did.
        if (view_.names()[id].kind != NodeKind::check) suite.cases.push_back(case_of(id, name()));
    return suite;
  }

  Suite undo_suite() {
    Suite suite{name() + ".rollback", {}, {}};
    for (const auto id : sections_.undo) {
      suite.took += view_[id].took(view_.last());
      suite.cases.push_back(case_of(id, suite.name));
    }
    return suite;
  }

  Case case_of(NodeId id, const std::string& classname) {
    const auto& node = view_[id];
    const auto word = result_word(run_, id);
    Case result;
    result.classname = classname;
    result.name = shown_name(view_, id);
    if (const auto title = one_line(title_of(view_, id), report_style); !title.empty()) result.name += " " + title;
    result.took = node.took(view_.last());
    result.verdict = verdict_of(id);
    const auto why = one_line(node.message, report_style);
    if (result.verdict != Verdict::passed) {
      result.message = why.empty() || why == word ? word : word + ": " + why;
      result.type = word;
    }
    if (result.verdict == Verdict::failed || result.verdict == Verdict::error) explain(id, result);
    note_output(id, result);
    return result;
  }

  static bool asks(NodeKind kind) { return kind == NodeKind::check || kind == NodeKind::probe; }

  Verdict verdict_of(NodeId id) const {
    const auto& node = view_[id];
    if (view_.names()[id].kind == NodeKind::probe && node.outcome)
      return view_.disappoints(id) ? Verdict::failed : Verdict::passed;
    if (!node.outcome) {
      const bool quiet = !node.lost && (node.status == NodeStatus::pending || run_.running);
      return quiet ? Verdict::skipped : Verdict::error;
    }
    const auto outcome = *node.outcome;
    if (outcome == Outcome::skipped) return Verdict::skipped;
    if (satisfies(outcome)) return Verdict::passed;
    if (view_.failure_allowed(id)) return Verdict::skipped;
    return outcome == Outcome::failed || outcome == Outcome::timed_out ? Verdict::failed : Verdict::error;
  }

  // GitLab has long ignored `message`: the body says it all.
  void explain(NodeId id, Case& result) const {
    // Of a step whose check or probe failed, that tells why.
    auto found = failures_.find(id);
    for (auto check = failures_.begin(); found == failures_.end() && check != failures_.end(); ++check)
      if (view_.names()[check->first].owner == id && asks(view_.names()[check->first].kind)) found = check;
    if (found == failures_.end()) {
      result.text = result.message + "\n";
      return;
    }
    result.type = found->second.code;
    LogSource logs = run_.logs;
    logs.directory.clear();
    result.text = failure_text(view_, found->first, logs, report_style, excerpt_width);
  }

  void note_output(NodeId id, Case& result) {
    const auto& node = view_[id];
    const auto say = [&](const std::string& line) { result.out += line + "\n"; };
    if (node.attempts > 1 && result.verdict == Verdict::passed)
      say("needed " + std::to_string(node.attempts) + " attempts");
    for (const auto& warning : node.warnings) say("warning: " + one_line(warning, report_style));
    if (node.over_budget) say("over its budget of " + show_duration(*node.over_budget));
    if (node.outcome == Outcome::unchanged) say("already in place: it was not run");
    if (const auto undo = undo_word(view_, id); !undo.empty()) say("afterwards: " + undo);
    if (node.unkillable) say("something of it survived KILL and still runs");
    const auto excerpt = excerpts_.of(id);
    if (excerpt.log.empty()) return;
    say(excerpt.log + ", " + excerpt.size_text() + ":");
    for (const auto& line : excerpt.lines) say(line);
  }

  // Whoever reads only the counts must see that the run did not go well, and that its record cannot be trusted.
  void make_honest(std::vector<Suite>& suites) const {
    if (run_.running) return;
    auto& cases = suites.front().cases;
    if (!run_.proof.intact && !run_.proof.summary.empty())
      cases.push_back(
          {"journal", name(), {}, Verdict::error, "journal", run_.proof.summary, run_.proof.summary + "\n", ""});
    for (const auto& suite : suites)
      if (suite.count(Verdict::failed) + suite.count(Verdict::error) > 0) return;
    const auto ending = ending_of(run_);
    if (ending.good) return;
    const auto said = ending.word + (ending.text.empty() ? "" : ": " + ending.text);
    const bool engine = !view_.result() || view_.result()->outcome == RunOutcome::unknown ||
                        view_.result()->outcome == RunOutcome::cancelled;
    cases.push_back({"run", name(), view_.last() - Time{}, engine ? Verdict::error : Verdict::failed, ending.word, said,
                     said + "\n", ""});
  }

  std::string suite_text(const Suite& suite, bool with_properties) const {
    auto out = "  <testsuite" + attribute("name", suite.name) + attribute("tests", std::to_string(suite.cases.size()));
    out += attribute("failures", std::to_string(suite.count(Verdict::failed)));
    out += attribute("errors", std::to_string(suite.count(Verdict::error)));
    out += attribute("skipped", std::to_string(suite.count(Verdict::skipped)));
    out += attribute("time", seconds(suite.took));
    if (!run_.events.empty()) {
      auto started = show_wall(run_.events.front().wall);
      started.pop_back();  // the `Z`, which older readers do not take; it is UTC all the same
      out += attribute("timestamp", started);
    }
    if (!view_.header().host.empty()) out += attribute("hostname", view_.header().host);
    out += ">\n";
    if (with_properties) out += properties();
    for (const auto& one : suite.cases) out += case_text(one);
    return out + "  </testsuite>\n";
  }

  std::string properties() const {
    std::string out = "    <properties>\n";
    const auto property = [&](std::string_view key, std::string_view value) {
      out += "      <property" + attribute("name", key) + attribute("value", value) + "/>\n";
    };
    property("run", view_.header().run_id);
    for (const auto& facts : {run_facts(run_), runbook_facts(run_), proof_facts(run_)})
      for (const auto& [key, value] : facts) property(key, value);
    if (const auto& params = view_.header().params; params.is_map())
      for (const auto& [key, value] : params.as_map()) property("param." + key, to_text(value));
    for (const auto& [id, failure] : failures_)
      if (!failure.place.empty()) property("place." + view_.names()[id].name, failure.place);
    return out + "    </properties>\n";
  }

  std::string case_text(const Case& one) const {
    auto out = "    <testcase" + attribute("name", one.name) + attribute("classname", one.classname) +
               attribute("time", seconds(one.took));
    if (one.verdict == Verdict::passed && one.out.empty()) return out + "/>\n";
    out += ">\n";
    if (one.verdict == Verdict::skipped) {
      out += "      <skipped" + attribute("message", one.message) + "/>\n";
    } else if (one.verdict != Verdict::passed) {
      const std::string element = one.verdict == Verdict::failed ? "failure" : "error";
      out += "      <" + element + attribute("type", one.type) + attribute("message", one.message) + ">" +
             xml_text(one.text) + "</" + element + ">\n";
    }
    if (!one.out.empty()) out += "      <system-out>" + xml_text(one.out) + "</system-out>\n";
    return out + "    </testcase>\n";
  }

  const RecordedRun& run_;
  const RunView& view_;
  const Sections sections_;
  std::map<NodeId, FailureFacts> failures_;
  OutputExcerpts excerpts_;
};

}  // namespace

std::string junit_report(const RecordedRun& run) { return JunitReport(run).text(); }

}  // namespace runbook
