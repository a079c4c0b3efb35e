// Plans a runbook from text, keeping what its spans point into.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "language/load.h"
#include "plan/build_plan.h"
#include "runbook/runbook.h"
#include "source/render.h"

namespace runbook {

struct Planning {
  // `steps` bring their own indentation; they begin on line 4.
  explicit Planning(const std::string& steps, const std::string& top = "")
      : file(std::make_shared<SourceFile>("x.yaml", "runbook: v1\nname: x\nsteps:\n" + steps + top)),
        runbook(load_runbook(file, diagnostics)) {
    if (runbook) plan = build_plan(*runbook, diagnostics);
    diagnostics.sort();
  }

  const Node& operator[](const std::string& name) const {
    INFO(render_text(diagnostics));
    REQUIRE(plan);
    const auto id = plan->find(name);
    REQUIRE(id);
    return (*plan)[*id];
  }
  std::string needs(const std::string& name) const {
    std::string text;
    for (const auto id : (*this)[name].needs) text += (text.empty() ? "" : " ") + (*plan)[id].name;
    return text;
  }
  // "RB022 5:13 step `b` needs…", a line each.
  std::string said() const {
    std::string text;
    for (const auto& each : diagnostics.all())
      text += std::string(each.code) + " " + std::to_string(each.span.line()) + ":" +
              std::to_string(each.span.column()) + " " + each.message + (each.help.empty() ? "" : " | " + each.help) +
              "\n";
    return text;
  }

  std::shared_ptr<const SourceFile> file;
  Diagnostics diagnostics;
  std::optional<Runbook> runbook;
  std::optional<Plan> plan;
};

}  // namespace runbook
