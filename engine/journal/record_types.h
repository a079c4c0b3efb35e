// The types of records. Three events are named after the kind of their node, so that a journal reads by itself.
#pragma once

#include <optional>
#include <string_view>

#include "plan/plan.h"

namespace runbook {

struct NodeTypes {
  std::string_view ready, skipped, finished;
};

constexpr NodeTypes node_types(NodeKind kind) {
  switch (kind) {
    case NodeKind::group:
    case NodeKind::step: return {"step_ready", "step_skipped", "step_finished"};
    case NodeKind::precondition: return {"precondition_started", "precondition_skipped", "precondition_checked"};
    case NodeKind::check: return {"check_started", "check_skipped", "check_finished"};
    case NodeKind::undo: return {"undo_started", "undo_skipped", "undo_finished"};
    case NodeKind::handler: return {"handler_started", "handler_skipped", "handler_finished"};
    case NodeKind::probe: return {"probe_started", "probe_skipped", "probe_finished"};
    case NodeKind::overrun: return {"overrun_started", "overrun_skipped", "overrun_finished"};
  }
  return {};
}

inline constexpr NodeKind all_node_kinds[] = {NodeKind::group, NodeKind::step,   NodeKind::precondition,
                                              NodeKind::check, NodeKind::undo,   NodeKind::handler,
                                              NodeKind::probe, NodeKind::overrun};

}  // namespace runbook
