// Diagnostic: something an author should mend, with a place. Collected while loading and planning, turned into text
// only at the edge (source/render.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/source_file.h"

namespace runbook {

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string_view code;  // stable, "RB014"; the list is source/codes.h
  std::string message;    // lower case, no full stop, `ticks` around the author's words
  Span span;              // may be no place: a whole command line, say
  std::string label;      // beside the caret; may be empty
  std::vector<std::string> notes;
  std::string help;  // the way out; may be empty
};

class Diagnostics {
 public:
  // The reference stays valid until the next call.
  Diagnostic& error(std::string_view code, Span span, std::string message);
  Diagnostic& warning(std::string_view code, Span span, std::string message);

  const std::vector<Diagnostic>& all() const { return all_; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return all_.size() - errors_; }
  // By file and place; stable.
  void sort();
  // Holds on to a file that spans point into and nobody else may keep as long as this.
  void keep(std::shared_ptr<const SourceFile> file) { files_.push_back(std::move(file)); }

 private:
  std::vector<Diagnostic> all_;
  std::vector<std::shared_ptr<const SourceFile>> files_;
  std::size_t errors_ = 0;
};

}  // namespace runbook
