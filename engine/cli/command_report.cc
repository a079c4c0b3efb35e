// report: one run as a page, a post-mortem, an object or a test result. Nothing here changes the run.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/neighbours.h"
#include "cli/past_run.h"
#include "report/ci/junit_report.h"
#include "report/pages/html_report.h"
#include "report/pages/json_summary.h"
#include "report/pages/markdown_report.h"
#include "report/words/exit_code.h"
#include "store/files/run_lock.h"
#include "store/files/verify.h"

namespace runbook {
namespace {

Proof proof_of(const std::string& directory) {
  Proof proof;
  const auto verified = verify_run(directory);
  if (!verified) {
    proof.summary = verified.error().message();
    return proof;
  }
  proof.intact = verified->verdict == Verdict::intact_sealed || verified->verdict == Verdict::intact_unsealed;
  proof.summary = verified->summary();
  proof.problems = verified->problems;
  proof.checked = verified->checked;
  proof.not_checked = verified->not_checked;
  proof.head = hex(verified->head);
  proof.records = verified->records;
  return proof;
}

std::string report_text(const RecordedRun& run, ReportFormat format) {
  switch (format) {
    case ReportFormat::markdown: return markdown_report(run);
    case ReportFormat::html: return html_report(run);
    case ReportFormat::json: return json_summary(run);
    case ReportFormat::junit: return junit_report(run);
  }
  return {};
}

int cannot_write(const std::string& file, int error) {
  std::fprintf(stderr, "error: write the report to %s: %s\n", file.empty() ? "stdout" : printable(file).c_str(),
               std::strerror(error));
  return exit_codes::unreachable;
}

int write_report(const std::string& text, const std::string& file) {
  auto* out = file.empty() ? stdout : std::fopen(file.c_str(), "wb");
  if (!out) return cannot_write(file, errno);
  errno = 0;
  bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (std::fflush(out) != 0) written = false;
  const int error = errno;
  if (!file.empty() && std::fclose(out) != 0 && written) return cannot_write(file, errno);
  // A reader that went away (`| head`) has what it wanted.
  if (written || (file.empty() && error == EPIPE)) return exit_codes::ok;
  return cannot_write(file, error);
}

}  // namespace

int command_report(const ReportArguments& arguments, const Invocation& invocation) {
  auto read = read_past_run(arguments.run, invocation);
  if (const auto* code = std::get_if<int>(&read)) return *code;
  auto& past = std::get<PastRun>(read);
  std::vector<RecordedEvent> events;
  events.reserve(past.events.size());
  for (std::size_t i = 0; i < past.events.size(); ++i)
    events.push_back({std::move(past.events[i].first), past.events[i].second, past.walls[i]});
  const auto logs = log_source(past.directory);
  RecordedRun run{*past.view, events, logs, proof_of(past.directory), is_live(past.directory) && !past.view->result()};
  if (const auto place = place_of(past.directory)) {
    run.rolled_back = rolled_back_text(place->state_directory, place->run_id);
    run.locks = lock_lines(place->state_directory, place->run_id, past.view->header().locks);
  }
  return write_report(report_text(run, arguments.format), arguments.file);
}

}  // namespace runbook
