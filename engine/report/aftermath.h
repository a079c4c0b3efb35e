// Aftermath: the state of the world after a run, as its reports list it.
#pragma once

#include <string>
#include <vector>

#include "report/run_view.h"
#include "report/style.h"

namespace runbook {

// Something that is still in place, why, and the command that would have undone it.
struct Remainder {
  NodeId node = no_node;
  std::string command;  // of its undo; empty: it has none
  std::string reason;   // `undo failed: exit 1`, `it has no undo`
};

struct Aftermath {
  std::vector<NodeId> undone;        // in the order of undoing
  std::vector<Remainder> not_undone; // should have been, or cannot be: a person's business
  std::vector<Remainder> in_place;   // changed something and never had an undo
  std::vector<NodeId> unknown;       // nobody can tell what they did
  std::vector<NodeId> did_not_run;

  bool clean() const { return not_undone.empty() && in_place.empty() && unknown.empty(); }
};

// Of a run that was left before its end, too: then all that started counts as not undone.
Aftermath aftermath_of(const RunView& view, const Style& style);

}  // namespace runbook
