#include <algorithm>

#include "base/text.h"
#include "source/render.h"

namespace runbook {
namespace {

// ANSI colours, or nothing.
class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  std::string operator()(const char* style, std::string_view text) const {
    if (!on_) return std::string(text);
    return "\x1b[" + std::string(style) + "m" + std::string(text) + "\x1b[0m";
  }

 private:
  bool on_;
};
constexpr auto red = "1;31", yellow = "1;33", blue = "1;34", cyan = "1;36", bold = "1";

// One source line as it is shown, with the columns to mark: [mark, mark + width).
struct Excerpt {
  std::string text;
  std::size_t mark = 0;
  std::size_t width = 1;
};

// The longest end of `text` that has at most `columns`.
std::string_view last_columns(std::string_view text, std::size_t columns) {
  while (display_width(text) > columns) text.remove_prefix(std::max<std::size_t>(1, utf8_sequence(text)));
  return text;
}

std::string_view first_columns(std::string_view text, std::size_t columns) {
  std::size_t size = 0;
  for (std::size_t used = 0; size < text.size();) {
    const auto length = std::max<std::size_t>(1, utf8_sequence(text.substr(size)));
    used += display_width(text.substr(size, length));
    if (used > columns) break;
    size += length;
  }
  return text.substr(0, size);
}

// Bytes of a line that can matter: measuring a line of megabytes, character by character, would cost more than
// loading the file.
constexpr std::size_t most_bytes = 2000;

Excerpt excerpt(const Span& span, std::size_t columns) {
  const auto line = span.file->line(span.line());
  const auto begin = std::min(span.offset - span.file->line_start(span.line()), line.size());
  const auto end = std::min(begin + span.length, line.size());  // a span of several lines is marked on its first
  auto before = line.substr(0, begin), marked = line.substr(begin, end - begin), after = line.substr(end);
  bool cut_front = false, cut_back = false;
  if (before.size() > most_bytes) {
    before.remove_prefix(before.size() - most_bytes);
    cut_front = true;
  }
  if (marked.size() > most_bytes) {
    marked = marked.substr(0, most_bytes);
    after = {};
    cut_back = true;
  }
  if (after.size() > most_bytes) {
    after = after.substr(0, most_bytes);
    cut_back = true;
  }
  auto shown_before = printable(before), shown_marked = printable(marked), shown_after = printable(after);

  // The mark comes first, then what leads to it, then what follows.
  const auto room = std::max<std::size_t>(columns, 20) - 2;  // for two `…`
  if (display_width(shown_marked) > room * 2 / 3) {
    shown_marked = first_columns(shown_marked, room * 2 / 3);
    shown_after.clear();
    cut_back = true;
  }
  const auto left = room - display_width(shown_marked);
  const auto for_before = std::max(left * 2 / 3, left - std::min(left, display_width(shown_after)));
  if (display_width(shown_before) > for_before) {
    shown_before = last_columns(shown_before, for_before);
    cut_front = true;
  }
  const auto for_after = left - display_width(shown_before);
  if (display_width(shown_after) > for_after) {
    shown_after = first_columns(shown_after, for_after);
    cut_back = true;
  }
  Excerpt result;
  result.text = (cut_front ? "…" : "") + shown_before + shown_marked + shown_after + (cut_back ? "…" : "");
  result.mark = display_width(shown_before) + (cut_front ? 1 : 0);
  result.width = std::max<std::size_t>(1, display_width(shown_marked));
  while (!result.text.empty() && result.text.back() == ' ') result.text.pop_back();
  return result;
}

// `= WORDS`, further lines of a text below its first.
void append_remark(std::string& out, const Paint& paint, std::size_t gutter, std::string_view lead,
                   std::string_view text) {
  bool first = true;
  for (const auto line : split_lines(text)) {
    if (first) {
      out += std::string(gutter + 1, ' ') + paint(blue, "=") + " " + (lead.empty() ? "" : paint(cyan, lead) + " ");
    } else {
      out += std::string(gutter + 3 + (lead.empty() ? 0 : lead.size() + 1), ' ');
    }
    out += printable(line) + "\n";
    first = false;
  }
}

}  // namespace

std::string render_text(const Diagnostic& diagnostic, const RenderOptions& options) {
  const Paint paint(options.color);
  const bool is_error = diagnostic.severity == Severity::error;
  const auto style = is_error ? red : yellow;
  auto head = std::string(is_error ? "error" : "warning");
  if (!diagnostic.code.empty()) head += "[" + std::string(diagnostic.code) + "]";
  std::string out = paint(style, head) + paint(bold, ": " + printable(diagnostic.message)) + "\n";

  std::size_t gutter = 1;
  if (const auto& span = diagnostic.span) {
    const auto number = std::to_string(span.line());
    gutter = number.size();
    const auto margin = std::string(gutter + 1, ' ') + paint(blue, "|");
    out += std::string(gutter, ' ') + paint(blue, "-->") + " " + printable(span.file->path()) + ":" + number + ":" +
           std::to_string(span.column()) + "\n" + margin + "\n";
    const auto shown = excerpt(span, options.width > gutter + 3 ? options.width - gutter - 3 : 0);
    out += paint(blue, number + " |") + (shown.text.empty() ? "" : " " + shown.text) + "\n";
    out += margin + " " + std::string(shown.mark, ' ');
    auto carets = std::string(shown.width, '^');
    if (!diagnostic.label.empty()) carets += " " + printable(diagnostic.label);
    out += paint(style, carets) + "\n";
  }
  for (const auto& note : diagnostic.notes) append_remark(out, paint, gutter, "", note);
  append_remark(out, paint, gutter, "help:", diagnostic.help);
  return out;
}

std::string render_text(const Diagnostics& diagnostics, const RenderOptions& options) {
  std::string out;
  for (const auto& diagnostic : diagnostics.all()) {
    if (!out.empty()) out += "\n";
    out += render_text(diagnostic, options);
  }
  return out;
}

std::string render_summary(std::string_view path, const Diagnostics& diagnostics) {
  std::vector<std::string> parts;
  if (diagnostics.errors() > 0) parts.push_back(count_of(diagnostics.errors(), "error"));
  if (diagnostics.warnings() > 0) parts.push_back(count_of(diagnostics.warnings(), "warning"));
  if (parts.empty()) parts.push_back("no errors");
  return printable(path) + ": " + join(parts, ", ");
}

}  // namespace runbook
