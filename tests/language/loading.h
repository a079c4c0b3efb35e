// Loads a runbook from text, keeping what its spans point into.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "language/load.h"
#include "source/render.h"

namespace runbook {

struct Loading {
  explicit Loading(const std::string& text)
      : file(std::make_shared<SourceFile>("x.yaml", text)), runbook(load_runbook(file, diagnostics)) {
    if (diagnostics.errors() > 0) runbook.reset();
  }

  // "RB014 3:5", the first problem; empty when there is none.
  std::string first() const { return diagnostics.all().empty() ? "" : brief(diagnostics.all()[0]); }
  // All of them, parted by "; ".
  std::string all() const {
    std::string text;
    for (const auto& each : diagnostics.all()) text += (text.empty() ? "" : "; ") + brief(each);
    return text;
  }
  static std::string brief(const Diagnostic& each) {
    return std::string(each.code) + " " + std::to_string(each.span.line()) + ":" + std::to_string(each.span.column());
  }
  std::string rendered() const { return render_text(diagnostics); }

  std::shared_ptr<const SourceFile> file;
  Diagnostics diagnostics;
  std::optional<Runbook> runbook;
};

// A runbook with these steps, which begin on line 4 and bring their own indentation.
inline std::string with_steps(const std::string& steps) { return "runbook: v1\nname: x\nsteps:\n" + steps; }
// The keys of one step behind `- shell: a`, on line 5.
inline std::string with_keys(const std::string& keys) { return with_steps("  - shell: a\n    " + keys + "\n"); }
// Top-level keys, from line 3.
inline std::string with_top(const std::string& keys) {
  return "runbook: v1\nname: x\n" + keys + "\nsteps: [{ shell: a }]\n";
}

}  // namespace runbook
