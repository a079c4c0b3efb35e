#include "report/words/output_excerpt.h"

#include <algorithm>

#include "base/text.h"
#include "report/output_lines.h"

namespace runbook {
namespace {

constexpr std::size_t longest_line = 2000;  // bytes; a minified page on one line tells nobody anything

std::string shown_line(std::string_view raw) {
  auto line = strip_escapes(raw);
  if (line.size() <= longest_line) return printable(line);
  auto cut = longest_line;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xc0) == 0x80) --cut;
  const auto gone = line.size() - cut;
  line.resize(cut);
  return printable(line) + "… (" + count_of(gone, "more byte") + ")";
}

}  // namespace

std::string OutputExcerpt::size_text() const {
  if (!readable) return "the file cannot be read";
  if (whole) return count_of(lines.size(), "line");
  if (lines.empty()) return show_size(bytes) + ", left out";
  return (lines.size() == 1 ? "the last line of " : "the last " + count_of(lines.size(), "line") + " of ") +
         show_size(bytes);
}

OutputExcerpts::OutputExcerpts(const RecordedRun& run, std::size_t lines, std::size_t bytes)
    : run_(run), last_(last_attempts(run)), lines_(lines), bytes_left_(bytes) {}

OutputExcerpt OutputExcerpts::of(NodeId id, std::size_t lines) {
  OutputExcerpt excerpt;
  const auto* last = last_[id];
  if (!last || last->log.empty()) return excerpt;
  excerpt.log = printable(last->log);
  const auto raw = run_.logs.read_end ? run_.logs.read_end(last->log) : std::string();
  excerpt.readable = !raw.empty();
  excerpt.bytes = std::max<std::uint64_t>(last->log_size, raw.size());
  auto all = split_lines(raw);
  // The end of a longer log may begin inside a line.
  const bool cut = raw.size() < excerpt.bytes;
  if (cut && all.size() > 1) all.erase(all.begin());
  while (!all.empty() && trim(all.back()).empty()) all.pop_back();
  std::vector<std::string> kept;
  for (auto line = all.rbegin(); line != all.rend() && kept.size() < lines; ++line) {
    auto shown = shown_line(*line);
    if (shown.size() + 1 > bytes_left_) break;
    bytes_left_ -= shown.size() + 1;
    kept.push_back(std::move(shown));
  }
  excerpt.whole = !cut && kept.size() == all.size();
  excerpt.lines.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  return excerpt;
}

}  // namespace runbook
