#include "source/diagnostic.h"

#include <algorithm>

namespace runbook {

Diagnostic& Diagnostics::error(std::string_view code, Span span, std::string message) {
  ++errors_;
  return all_.emplace_back(Diagnostic{Severity::error, code, std::move(message), span, {}, {}, {}});
}

Diagnostic& Diagnostics::warning(std::string_view code, Span span, std::string message) {
  return all_.emplace_back(Diagnostic{Severity::warning, code, std::move(message), span, {}, {}, {}});
}

void Diagnostics::sort() {
  std::stable_sort(all_.begin(), all_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    if (a.span.file != b.span.file) {  // what has no place comes first
      if (!a.span || !b.span) return !a.span;
      return a.span.file->path() < b.span.file->path();
    }
    return a.span.offset < b.span.offset;
  });
}

}  // namespace runbook
