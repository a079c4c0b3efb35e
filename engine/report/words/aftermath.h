// Aftermath: the state of the world after a run, as its reports list it.
#pragma once

#include <string>
#include <vector>

#include "report/style.h"
#include "view/run_view.h"

namespace runbook {

// Something that is not as it was before the run, or may not be.
struct Remainder {
  NodeId node = no_node;
  std::string reason;  // `undo failed: exit 1`, `it has no undo`
  std::string did;     // the command it ran, where that is in question
  std::string undo;    // the command that would undo it; empty: it has none
};

struct Aftermath {
  std::vector<NodeId> undone;          // in the order of undoing
  std::vector<Remainder> not_undone;   // should have been, or cannot be: a person's business
  std::vector<Remainder> in_place;     // changed something and never had an undo
  std::vector<Remainder> unknown;      // nobody can tell what they did
  std::vector<Remainder> interrupted;  // were running when the run was left
  std::vector<NodeId> did_not_run;

  bool clean() const { return not_undone.empty() && in_place.empty() && unknown.empty() && interrupted.empty(); }
};

// Each step stands in one list only. Of a run that was left before its end, too: then all that started and has an undo
// counts as not undone.
Aftermath aftermath_of(const RunView& view, const Style& style);

}  // namespace runbook
