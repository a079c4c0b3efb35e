// Plan: the step graph. Everything a run may execute is a Node with a dense id, in an order that never changes; the
// run's state, its journal and its reports speak of nodes. Only a loop adds nodes while a run goes on, always at the
// end. A Plan keeps pointers into the steps of its Runbook and of those it uses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/duration.h"
#include "base/hash.h"
#include "base/value.h"
#include "source/source_file.h"

namespace runbook {

struct Step;
struct Runbook;

// Index into Plan::nodes. Node 0 is the root: the group of all steps.
using NodeId = std::uint32_t;
inline constexpr NodeId root_node = 0;
inline constexpr NodeId no_node = UINT32_MAX;
// Index into Plan::scopes. Scope 0 is the runbook's own.
using ScopeId = std::uint32_t;
inline constexpr ScopeId root_scope = 0;
inline constexpr ScopeId no_scope = UINT32_MAX;
inline constexpr std::size_t no_body = SIZE_MAX;

enum class NodeKind {
  group,         // holds members; the root is one
  step,          // acts
  precondition,  // of the run: all must hold before anything starts
  check,         // a step's own precondition
  undo,          // one step of a rollback
  handler,       // of on_failure, on_success or finally
  probe,         // asks whether the effect of its step or group is in place
  overrun,       // of on_overrun: runs beside the work when its step's or group's budget is exceeded
};
std::string_view node_kind_name(NodeKind kind);

// When a probe is asked. Each moment is a node of its own, and may come more than once in a run.
enum class ProbeMoment {
  before,  // the first attempt: yes spares the action
  after,   // the action succeeded: only yes makes it a success
  resume,  // an attempt was lost: the answer settles it
  undo,    // the rollback succeeded: only no makes it undone
};
std::string_view probe_moment_name(ProbeMoment moment);  // the last part of the node's name: `switch.probe.after`
std::optional<ProbeMoment> probe_moment_of(std::string_view node_name);

enum class NodeEffect { read, change, irreversible };

struct RetryRule {
  int attempts = 1;  // 0: unlimited
  Duration every{};
  double backoff = 1;
  Duration max_every = Duration::max();
  double jitter = 0;

  // The wait before attempt `next` (2, 3, …), without jitter.
  Duration wait_before(int next) const;
};

struct Node {
  NodeId id = 0;
  NodeKind kind = NodeKind::step;
  std::string name;  // `migrate`, `migrate.undo`, `migrate.pre[1]`, `precondition[2]`, `on_failure[1]`: unique
  const Step* step = nullptr;  // what the author wrote; nullptr for the root and in simulations
  NodeId parent = no_node;     // the group it stands in; no_node for the root and all that is not step or group
  NodeId owner = no_node;      // check, undo, probe and overrun: the step or group they serve
  ScopeId scope = root_scope;  // what its expressions see
  ScopeId inside = no_scope;   // with `use`: the scope of what it uses
  std::size_t body = no_body;  // of a loop, which is a group: what each of its instances is a copy of

  std::vector<NodeId> needs;       // same parent
  std::vector<NodeId> dependents;  // same parent
  std::vector<NodeId> members;     // group: steps and groups, in the order of the file
  std::vector<NodeId> checks;      // in order
  std::vector<NodeId> undo;        // in order
  std::array<NodeId, 4> probes{no_node, no_node, no_node, no_node};  // by moment; no_node: not asked then
  std::vector<NodeId> overrun;                                       // in order

  bool has_when = false;
  bool has_outputs = false;  // group: values to work out when it has succeeded
  bool allow_failure = false;
  bool idempotent = false;  // may run again when its outcome is unknown; effect read implies it
  NodeEffect effect = NodeEffect::change;
  RetryRule retry;
  std::optional<Duration> timeout;  // of the whole node; always set but for groups
  std::optional<Duration> attempt_timeout;
  std::optional<Duration> budget;  // step or group: from its beginning; the work goes on beyond it
  Duration kill_after = std::chrono::seconds(10);
  int max_parallel = 0;    // group: members at once; 0: no limit
  bool fail_fast = false;  // group

  // What later expressions read of this node's result beyond its outcome, so that only this is kept and journaled.
  bool keeps_stdout = false, keeps_stderr = false, keeps_body = false;

  ProbeMoment moment = ProbeMoment::before;  // of a probe

  NodeId probe(ProbeMoment when) const { return probes[static_cast<std::size_t>(when)]; }
  bool manual = false;               // a person acts: nothing is started, an answer is waited for
  bool continue_on_timeout = false;  // manual: without an answer it is warned, not timed out

  bool is_group() const { return kind == NodeKind::group; }
  bool is_loop() const { return body != no_body; }
  bool is_step() const { return kind == NodeKind::step || kind == NodeKind::group; }
  bool is_handler() const { return kind == NodeKind::handler || kind == NodeKind::overrun; }
};

// What the expressions of one runbook see, or of one instance of a loop in it.
struct Scope {
  ScopeId id = root_scope;
  ScopeId around = no_scope;  // no_scope for the root
  bool inherits = false;      // an instance: what it does not have itself is looked for in `around`
  const Runbook* runbook = nullptr;
  NodeId node = root_node;                        // the step with `use`, or the instance
  std::unordered_map<std::string, NodeId> steps;  // by the id in the file; handlers, too
  Value item;                                     // of an instance, with its index from 1
  int index = 0;
};

// The nodes and scopes of one instance of a loop, the instance itself first. They have the ids they would have right
// after the plan's own; expand() moves them.
struct LoopBody {
  std::string name;  // of the first node: what the others' names begin with
  NodeId first_node = 0;
  ScopeId first_scope = 0;
  std::vector<Node> nodes;
  std::vector<Scope> scopes;
};

// An expression of `reader` uses what `target` produced: more than whether it ran.
struct ResultRead {
  NodeId reader = no_node, target = no_node;
  std::string path;  // `steps.build.outputs.file`
  Span span;
  bool guarded = false;  // inside `default(…)`, or before `or`
};

// A step or group that a person leaves out; with a group all inside of it.
struct Skip {
  NodeId node = no_node;
  std::string reason;  // "--skip by anna"
  bool operator==(const Skip&) const = default;
};

struct Plan {
  std::vector<Node> nodes;
  std::vector<Scope> scopes{1};
  std::vector<LoopBody> bodies;
  std::vector<NodeId> preconditions;
  std::vector<NodeId> on_failure, on_success, finally;
  enum class Rollback { automatic, manual, never } rollback = Rollback::automatic;
  std::vector<ResultRead> reads;
  Digest hash{};  // of the bytes of the runbook and of all it uses: what was approved is what runs
  const Runbook* runbook = nullptr;

  const Node& operator[](NodeId id) const {
    if (id >= nodes.size()) is_not_of_this_plan();
    return nodes[id];
  }
  std::optional<NodeId> find(std::string_view name) const;

  // Adds an instance of the loop for each item: `deploy[1]`, `deploy[2]`… with all that is inside. The ids depend on
  // nothing but the plan and the order of such calls, so that a journal can be folded. References to nodes do not stay.
  void expand(NodeId loop, const Value::List& items);
  // The scope of the whole file that `scope` belongs to: itself, or what is around the loops it is an instance of.
  ScopeId file_scope(ScopeId scope) const;
  // The step of this id as the scope sees it.
  std::optional<NodeId> find_step(ScopeId scope, const std::string& id) const;

 private:
  [[noreturn]] static void is_not_of_this_plan();  // a failed CHECK; tests have a CHECK of their own
};

}  // namespace runbook
