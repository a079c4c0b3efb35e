// What is said about one node on one line: its name, its symbol, how it went, how it would be undone.
#pragma once

#include <string>

#include "report/style.h"
#include "view/run_view.h"

namespace runbook {

inline constexpr std::string_view gap = "   ";  // between the columns of a line

// What a step would do, as its author wrote it (not rendered): a script, `GET http://…`, `wait 30s`.
std::string action_text(const Step& step);
// `waits for sre-oncall: Look at the graphs`
std::string waiting_text(const NodeView& node, const Style& style);
// `approved by anna, runbook approve: looks good`
std::string answer_text(const AnswerView& answer, const Style& style);
// What the probe of an undo step's owner said when it found nothing left; empty: none was asked, or it said otherwise.
std::string verified_text(const RunView& view, NodeId undo);
// How a step or group is undone: the commands of its undo as far as they are known: run, else planned; empty: unknown.
std::string undo_text(const RunView& view, NodeId id, const Style& style);

// `run RUN   RUNBOOK   NAME=VALUE…`: what a report begins with. Long values are cut.
std::string header_text(const RunView& view, const Style& style);

// How a node is called: a step by its id; an undo by what it undoes (`migrate`, or `migrate.undo[2]` of several).
std::string shown_name(const RunView& view, NodeId id);
// What the author called it, or what it does, for kinds whose name says nothing (`precondition[2]`); may be empty.
std::string title_of(const RunView& view, NodeId id);
// Of a probe that has ended: it says what its step does not: how a lost attempt was settled, that an undo undid
// nothing.
bool tells_more(const RunView& view, NodeId probe);
Symbol symbol_of(const RunView& view, NodeId id);

// Why it ended as it did, or what it left: `gave up after 12 attempts: want 2xx, got 503`, `undo: ./migrate down`.
std::string detail_text(const RunView& view, NodeId id, const Style& style);

// Columns: the symbol, the name, the duration, the detail. One width for a whole run keeps them straight.
struct StepColumns {
  std::size_t name = 20;

  explicit StepColumns(const NodeNames& names);
  // `  ✓ migrate   12.0s   undo: ./migrate down`, cut to `columns`; 0: not cut.
  std::string line(const RunView& view, NodeId id, const Style& style, std::size_t columns) const;
  // The same for something that is not a node's end.
  std::string line(std::string_view symbol, Color color, std::string_view label, std::string_view time,
                   std::string_view detail, const Style& style, std::size_t columns) const;
};

}  // namespace runbook
