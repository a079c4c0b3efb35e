#include <algorithm>

#include "base/value.h"
#include "source/render.h"

namespace runbook {

std::string render_json(const Diagnostic& diagnostic) {
  auto object = Value::map();
  object.set("severity", diagnostic.severity == Severity::error ? "error" : "warning");
  object.set("code", diagnostic.code);
  object.set("message", diagnostic.message);
  if (const auto& span = diagnostic.span) {
    const auto end = std::min(span.offset + span.length, span.file->text().size());
    const Span after{span.file, end, 0};
    object.set("file", span.file->path());
    object.set("line", static_cast<std::int64_t>(span.line()));
    object.set("column", static_cast<std::int64_t>(span.column()));
    object.set("end_line", static_cast<std::int64_t>(after.line()));
    object.set("end_column", static_cast<std::int64_t>(after.column()));
  }
  if (!diagnostic.label.empty()) object.set("label", diagnostic.label);
  if (!diagnostic.notes.empty()) {
    Value::List notes(diagnostic.notes.begin(), diagnostic.notes.end());
    object.set("notes", std::move(notes));
  }
  if (!diagnostic.help.empty()) object.set("help", diagnostic.help);
  return to_json(object) + "\n";
}

std::string render_json(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& diagnostic : diagnostics.all()) out += render_json(diagnostic);
  return out;
}

}  // namespace runbook
