#include "simulation/check_history.h"

#include <algorithm>
#include <set>
#include <utility>

namespace runbook::simulation {
namespace {

class Checker {
 public:
  explicit Checker(const World& world)
      : world_(world),
        plan_(world.scenario().plan),
        nodes_(plan_.nodes.size()),
        closed_(plan_.nodes.size()),
        stopped_(plan_.nodes.size()) {}

  void check() {
    for (const auto& [event, at] : world_.history()) {
      if (at > at_) check_waiting();
      at_ = at;
      std::visit([&](const auto& e) { see(e); }, event);
    }
    if (world_.status() != RunState::Status::finished) return check_unfinished();
    check_finished();
  }

 private:
  void check_finished() const {
    if (!result_) fail("finished without run_finished");
    for (const auto& node : plan_.nodes)
      if (nodes_[node.id].running) fail("`" + node.name + "` still runs at the end");
    check_rollback();
    check_probes();
    check_handlers();
    check_outcome();
  }

  struct Seen {
    int starts = 0, finishes = 0, losses = 0;
    bool asked = false, waits = false;
    std::optional<bool> approved;
    bool running = false, ready = false, ended = false;
    int first_start = -1;
    std::optional<Time> term, deadline, attempt_end, due, budget;
    Outcome outcome = Outcome::succeeded;
    bool lost_for_good = false, stopped_by_leaving = false;
    bool lost = false, exceeded = false;
    bool chosen = false, to_skip = false;       // by a person who was asked whether it shall begin
    Outcome last_attempt = Outcome::cancelled;  // cancelled: none has ended since the last one started
    int answers = 0;                            // of a probe, since the engine that lives now began
    int order_of_undo = -1;
  };

  [[noreturn]] void fail(const std::string& what) const { throw Violation(what); }
  const std::string& name(NodeId id) const { return plan_[id].name; }
  bool rerunnable(const Node& node) const { return node.idempotent || node.effect == NodeEffect::read; }
  NodeId scope(const Node& node) const {
    if (node.kind == NodeKind::precondition) return root_node;
    const bool serves =
        node.kind == NodeKind::check || (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);
    return serves ? plan_[node.owner].parent : node.parent;
  }
  bool bad(NodeId id) const { return !satisfies(nodes_[id].outcome); }
  bool allowed(NodeId id) const {
    const auto outcome = nodes_[id].outcome;
    return plan_[id].allow_failure && (outcome == Outcome::failed || outcome == Outcome::timed_out);
  }
  bool scope_is_closed(const Node& node) const {
    for (auto g = scope(node); g != no_node; g = plan_[g].parent)
      if (closed_[g]) return true;
    return false;
  }
  bool is_stopped(const Node& node) const {
    for (auto g = scope(node); g != no_node; g = plan_[g].parent)
      if (stopped_[g]) return true;
    return false;
  }
  static bool goes_forward(const Node& node) {
    return node.kind == NodeKind::step || node.kind == NodeKind::check || node.kind == NodeKind::precondition ||
           (node.kind == NodeKind::probe && node.moment != ProbeMoment::undo);
  }
  // Asks about something that has begun, so that it may still come to its end.
  static bool finishes_something(const Node& node) {
    return node.kind == NodeKind::probe && (node.moment == ProbeMoment::after || node.moment == ProbeMoment::resume);
  }
  // What the probe of this moment said last; nullopt: it was not asked, or has not ended.
  std::optional<ProbeAnswer> said(const Node& owner, ProbeMoment moment) const {
    const auto probe = owner.probe(moment);
    if (probe == no_node || !nodes_[probe].ended) return std::nullopt;
    return probe_answer(nodes_[probe].outcome);
  }

  void lose(const Node& node) {
    nodes_[node.id].lost = true;
    const bool reads_only = node.kind == NodeKind::check || node.kind == NodeKind::precondition ||
                            node.kind == NodeKind::probe || node.effect == NodeEffect::read;
    nodes_[node.id].lost_for_good = !reads_only && !node.idempotent;
  }

  // What one run left is undone by the next: as if the first had failed at its end, but for what was undone already.
  void see(const RunStarted& e) {
    stepwise_ = e.stepwise;
    if (e.rollback_of.empty()) return;
    check_finished();
    undone_.insert(result_->undone.begin(), result_->undone.end());
    for (const auto& node : plan_.nodes)
      if (node.kind == NodeKind::undo || node.kind == NodeKind::handler || node.kind == NodeKind::overrun ||
          (node.kind == NodeKind::probe && node.moment == ProbeMoment::undo))
        nodes_[node.id] = Seen{};
    for (auto& seen : nodes_) seen.exceeded = false;
    cancel_asked_ = false;
    closed_[root_node] = reopened_ = true;
    cancelled_ = failed_ = left_ = asked_to_cancel_ = rolling_back_ = stopped_before_any_step_ = false;
    targets_.clear();
    result_.reset();
  }
  // Who resumes a run that was left while it went forward wants it to go on; a cancellation goes on, too.
  void see(const RunResumed& e) {
    stepwise_ = e.stepwise;
    step_asked_ = no_node;
    for (auto& seen : nodes_) seen.chosen = false;
    for (auto& seen : nodes_) seen.answers = 0;
    if (left_ && !asked_to_cancel_ && !forward_over()) {
      closed_[root_node] = failed_;
      stopped_[root_node] = false;
      cancelled_ = false;
    }
    // What a departing engine stopped is as uncertain as what a dying one lost.
    if (left_)
      for (const auto& node : plan_.nodes)
        if (nodes_[node.id].stopped_by_leaving && !nodes_[node.id].ended) {
          ++nodes_[node.id].losses;
          lose(node);
        }
    left_ = false;
  }
  void see(const NodeReady& e) {
    auto& node = nodes_[e.node];
    if (plan_[e.node].kind == NodeKind::probe) {
      if (node.ready && !node.ended) fail("`" + name(e.node) + "` is asked while it is asked");
      node = Seen{};
      check_moment(plan_[e.node]);
    }
    if (plan_[e.node].kind == NodeKind::overrun) check_overrun(plan_[e.node]);
    if (node.ready) fail("`" + name(e.node) + "` began twice");
    check_stepwise(plan_[e.node]);
    node.ready = true;
    node.deadline = e.deadline;
    node.budget = e.budget;
    if (const auto parent = plan_[e.node].parent; parent != no_node && plan_[parent].max_parallel > 0) {
      int begun = 0;
      for (const auto member : plan_[parent].members) begun += nodes_[member].ready && !nodes_[member].ended;
      if (begun > plan_[parent].max_parallel) fail("more members at once than max_parallel");
    }
  }
  void check_stepwise(const Node& node) const {
    if (!node.is_step()) return;
    if (step_asked_ != no_node)
      fail("`" + node.name + "` begins while somebody is asked about `" + name(step_asked_) + "`");
    if (nodes_[node.id].to_skip) fail("`" + node.name + "` begins although it was to be skipped");
    if (!stepwise_) return;
    if (node.kind == NodeKind::step && !node.manual && !nodes_[node.id].chosen)
      fail("`" + node.name + "` begins unasked");
    check_alone(node);
  }
  void check_alone(const Node& node) const {
    for (const auto& other : plan_.nodes)  // an escalation runs beside the work
      if (other.id != node.id && !other.is_group() && other.kind != NodeKind::overrun && nodes_[other.id].ready &&
          !nodes_[other.id].ended)
        fail("`" + node.name + "` has its turn while `" + other.name + "` goes on");
  }
  void see(const StepAsked& e) {
    const auto& node = plan_[e.node];
    if (!stepwise_ || node.kind != NodeKind::step || node.manual) fail("asks about `" + node.name + "`");
    if (nodes_[e.node].ready || nodes_[e.node].ended) fail("asks about `" + node.name + "`, which has begun");
    if (step_asked_ != no_node) fail("asks about `" + node.name + "` and another step");
    if (scope_is_closed(node) || left_) fail("asks about `" + node.name + "` although all stops");
    check_alone(node);
    step_asked_ = e.node;
  }
  void see(const StepChosen& e) {
    if (step_asked_ != e.node) fail("an answer about `" + name(e.node) + "`, which was not asked");
    step_asked_ = no_node;
    (e.choice == StepChoice::skip ? nodes_[e.node].to_skip : nodes_[e.node].chosen) = true;
    if (e.choice == StepChoice::run_all) stepwise_ = false;
  }
  void see(const NodeSkipped& e) {
    if (nodes_[e.node].chosen && !nodes_[e.node].ready)
      fail("`" + name(e.node) + "` is skipped although it was to run");
    nodes_[e.node].ended = true;
    nodes_[e.node].outcome = Outcome::skipped;
  }
  void see(const LoopExpanded& e) {
    if (!nodes_[e.node].ready || nodes_[e.node].ended) fail("a loop expanded that does not go on");
    if (!plan_[e.node].members.empty()) fail("a loop expanded twice");
    if (closed_[e.node] || scope_is_closed(plan_[e.node])) fail("a loop expanded although all stops");
    plan_.expand(e.node, e.items);
    nodes_.resize(plan_.nodes.size());
    closed_.resize(plan_.nodes.size());
  }
  void see(const AttemptStarted& e) {
    const auto& node = plan_[e.node];
    auto& seen = nodes_[e.node];
    const bool forward = goes_forward(node);
    if (finishes_something(node) && is_stopped(node)) fail("`" + node.name + "` started after a stop around it");
    if (forward && !finishes_something(node) && scope_is_closed(node))
      fail("`" + node.name + "` started after a stop or failure around it");
    if (left_) fail("`" + node.name + "` started after the run was left");
    if (forward && rolling_back_) fail("`" + node.name + "` started during the rollback");
    if (seen.lost_for_good) fail("`" + node.name + "` was lost, is not idempotent, and started again by itself");
    if (seen.due && at_ < *seen.due) fail("`" + node.name + "` tried again before its time");
    if (seen.ended) fail("`" + node.name + "` started after it ended");
    if (node.kind == NodeKind::step) check_action(node);
    if (node.kind == NodeKind::overrun && cancel_asked_)
      fail("`" + node.name + "` started although the run was cancelled");
    ++seen.starts;
    seen.running = true;
    seen.lost = false;
    seen.last_attempt = Outcome::cancelled;
    seen.term.reset();
    seen.due.reset();
    if (seen.first_start < 0) seen.first_start = order_++;
    if (node.retry.attempts > 0 && seen.starts - seen.losses > node.retry.attempts)
      fail("`" + node.name + "` tried too often");
  }
  void see(const TermSent& e) {
    if (plan_[e.node].is_group()) {
      closed_[e.node] = stopped_[e.node] = true;
      if (e.node == root_node) failed_ = failed_ || e.reason == StopReason::timed_out;
      return;
    }
    nodes_[e.node].term = at_;
  }
  void see(const KillSent& e) {
    const auto& seen = nodes_[e.node];
    if (!seen.term) fail("KILL without TERM");
    if (at_ < *seen.term + plan_[e.node].kill_after) fail("KILL before the grace was over");
  }
  void see(const AttemptFinished& e) {
    auto& seen = nodes_[e.node];
    if (!seen.running) fail("an attempt ended that does not run");
    seen.running = false;
    seen.last_attempt = e.outcome;
    ++seen.finishes;
    // 1 ms a completion is the simulation's own; nothing may live longer than its grace beyond that.
    if (seen.term &&
        at_ > *seen.term + plan_[e.node].kill_after + Duration(static_cast<std::int64_t>(plan_.nodes.size()) * 2))
      fail("`" + name(e.node) + "` outlived its grace");
    if (seen.term && e.outcome == Outcome::succeeded) fail("a stopped attempt cannot have succeeded");
    seen.stopped_by_leaving = left_ && e.outcome == Outcome::cancelled;
  }
  void see(const AttemptLost& e) {
    auto& seen = nodes_[e.node];
    if (!seen.running) fail("an attempt was lost that does not run");
    seen.running = false;
    ++seen.losses;
    lose(plan_[e.node]);
  }
  void see(const RetryScheduled& e) {
    auto& seen = nodes_[e.node];
    const auto& node = plan_[e.node];
    if (goes_forward(node) && !finishes_something(node) && scope_is_closed(node))
      fail("`" + name(e.node) + "` means to try again although all stops");
    seen.due = e.due;
    if (e.due < at_ + plan_[e.node].retry.wait_before(seen.starts + 1)) fail("a retry comes before its wait");
  }
  void see(const NodeFinished& e) {
    if (e.node == step_asked_) step_asked_ = no_node;
    auto& seen = nodes_[e.node];
    if (seen.ended) fail("`" + name(e.node) + "` ended twice");
    if (seen.running) fail("`" + name(e.node) + "` ended while it runs");
    seen.ended = true;
    seen.outcome = e.outcome;
    seen.answers = 1;
    const auto& node = plan_[e.node];
    if (seen.budget && !seen.exceeded && at_ > *seen.budget && !is_stopped(node) && !stopped_[e.node])
      fail("`" + name(e.node) + "` took longer than its budget, and nobody was told");
    if (node.kind == NodeKind::probe && node.moment == ProbeMoment::resume && e.outcome == Outcome::failed)
      nodes_[node.owner].lost_for_good = false;
    const bool passed_over = node.manual && !seen.approved;  // nobody did anything that a probe could find
    if (node.is_step() && !passed_over && (e.outcome == Outcome::succeeded || e.outcome == Outcome::warned))
      check_success(node);
    if (node.is_step() && e.outcome == Outcome::unchanged && said(node, ProbeMoment::before) != ProbeAnswer::yes)
      fail("`" + node.name + "` is unchanged, but its probe did not say so");
    const bool settled = said(node, ProbeMoment::resume) == ProbeAnswer::yes;
    if (plan_[e.node].manual) {
      // A check before it and a probe after it may still make it fail.
      const bool probed = node.probe(ProbeMoment::after) != no_node;
      if (e.outcome == Outcome::succeeded && seen.approved != true)
        fail("`" + node.name + "` succeeded and nobody said yes");
      if (e.outcome != Outcome::succeeded && seen.approved == true && !probed)
        fail("`" + node.name + "` was approved and did not succeed");
      if (e.outcome == Outcome::failed && seen.asked && seen.approved != false && !probed)
        fail("`" + node.name + "` failed and nobody said no");
      const bool late = seen.deadline && at_ >= *seen.deadline;
      if (e.outcome == Outcome::warned && !(late && plan_[e.node].continue_on_timeout))
        fail("`" + name(e.node) + "` was passed over too early");
      if (e.outcome == Outcome::timed_out && seen.waits && late && plan_[e.node].continue_on_timeout &&
          !scope_is_closed(plan_[e.node]))
        fail("`" + name(e.node) + "` was not passed over");
      seen.waits = false;
    }
    if (e.outcome == Outcome::succeeded && plan_[e.node].kind == NodeKind::step && seen.finishes == 0 && !settled)
      fail("`" + name(e.node) + "` succeeded without an attempt");
    if (e.outcome == Outcome::succeeded && plan_[e.node].is_group())
      for (const auto member : plan_[e.node].members)
        if (!nodes_[member].ended && !nodes_[e.node].ready) fail("a group succeeded before its members");
    if (plan_[e.node].kind == NodeKind::undo) seen.order_of_undo = order_++;
    if (plan_[e.node].kind == NodeKind::precondition && !satisfies(e.outcome) && !cancelled_) failed_ = true;
    if (plan_[e.node].kind == NodeKind::precondition && closed_[root_node]) stopped_before_any_step_ = true;
    if (!plan_[e.node].is_step() || satisfies(e.outcome) || allowed(e.node)) return;
    for (auto g = plan_[e.node].parent; g != no_node; g = plan_[g].parent) {
      closed_[g] = true;
      stopped_[g] = stopped_[g] || plan_[g].fail_fast;
      if (g == root_node) failed_ = failed_ || !cancelled_;
      if (plan_[g].allow_failure) break;
    }
  }
  void see(const StopRequested& e) {
    if (!rolling_back_ && !failed_ && !forward_over()) cancelled_ = true;
    left_ = left_ || e.mode == StopMode::leave;
    cancel_asked_ = cancel_asked_ || e.mode != StopMode::leave;
    if (!forward_over() && e.mode != StopMode::finish_current) stopped_[root_node] = true;
    asked_to_cancel_ = asked_to_cancel_ || e.mode != StopMode::leave;
    if (!forward_over()) closed_[root_node] = true;
  }
  void see(const RollbackStarted& e) {
    if (!closed_[root_node]) fail("undone, but nothing failed and nobody wants it");
    rolling_back_ = true;
    targets_ = e.nodes;
  }
  void see(const RunFinished& e) { result_ = e; }
  void see(const BudgetExceeded& e) {
    auto& seen = nodes_[e.node];
    if (!seen.budget || at_ < *seen.budget) fail("`" + name(e.node) + "` is not over its budget");
    if (seen.ended) fail("`" + name(e.node) + "` exceeds its budget after its end");
    if (std::exchange(seen.exceeded, true)) fail("`" + name(e.node) + "` exceeds its budget twice");
  }

  // A probe is asked when its moment has come, and then only.
  void check_moment(const Node& probe) const {
    const auto& owner = nodes_[probe.owner];
    const auto& plan = plan_[probe.owner];
    bool right = false;
    switch (probe.moment) {
      case ProbeMoment::before: right = owner.ready && !owner.ended && first_start(probe.owner) < 0; break;
      case ProbeMoment::after:
        right = !owner.ended && (plan.is_group() ? owner.ready : owner.last_attempt == Outcome::succeeded);
        break;
      case ProbeMoment::resume: right = !owner.ended && owner.lost; break;
      case ProbeMoment::undo:
        right = rolling_back_;
        for (const auto undo : plan.undo) right = right && nodes_[undo].ended && !bad(undo);
        break;
    }
    if (!right) fail("`" + probe.name + "` was asked at the wrong time");
  }

  void check_action(const Node& node) const {
    if (node.probe(ProbeMoment::before) != no_node && said(node, ProbeMoment::before) != ProbeAnswer::no)
      fail("`" + node.name + "` started although its probe did not say no");
    if (nodes_[node.id].lost && node.probe(ProbeMoment::resume) != no_node) {
      const auto answer = said(node, ProbeMoment::resume);
      if (!answer) fail("`" + node.name + "` was lost and started again before its probe was asked");
      if (answer == ProbeAnswer::yes) fail("`" + node.name + "` started again although its probe found the effect");
    }
    if (nodes_[node.id].last_attempt == Outcome::succeeded && said(node, ProbeMoment::after) != ProbeAnswer::no)
      fail("`" + node.name + "` started again although nothing said that it had no effect");
  }

  void check_success(const Node& node) const {
    if (node.probe(ProbeMoment::after) == no_node) return;
    const bool settled = nodes_[node.id].lost && said(node, ProbeMoment::resume) == ProbeAnswer::yes;
    if (!settled && said(node, ProbeMoment::after) != ProbeAnswer::yes)
      fail("`" + node.name + "` succeeded although its effect was not observed");
  }

  void check_overrun(const Node& node) const {
    if (!nodes_[node.owner].exceeded) fail("`" + node.name + "` began although the budget holds");
    if (cancel_asked_) fail("`" + node.name + "` began although the run was cancelled");
    for (const auto before : plan_[node.owner].overrun) {
      if (before == node.id) break;
      if (!nodes_[before].ended) fail("`" + node.name + "` began out of order");
    }
  }

  // Time goes by: nobody is waited for in what is stopping.
  void check_waiting() const {
    for (const auto& node : plan_.nodes)
      if (nodes_[node.id].waits && node.kind == NodeKind::step && !left_ && scope_is_closed(node))
        fail("`" + node.name + "` is waited for although all around it stops");
  }
  void see(const ApprovalRequested& e) {
    const auto& node = plan_[e.node];
    auto& seen = nodes_[e.node];
    if (!node.manual) fail("`" + node.name + "` is no manual step and asks");
    if (node.kind == NodeKind::step && scope_is_closed(node))
      fail("`" + node.name + "` asks after a stop or failure around it");
    if (left_) fail("`" + node.name + "` asks after the run was left");
    if (seen.asked || seen.ended) fail("`" + node.name + "` asks twice");
    if (e.plan_hash != hex(plan_.hash)) fail("`" + node.name + "` asks about another plan");
    seen.asked = true;
    seen.waits = true;
    if (seen.first_start < 0) seen.first_start = order_++;
  }
  void answer(NodeId id, bool approved, const std::string& plan_hash) {
    auto& seen = nodes_[id];
    if (!seen.waits) fail("`" + name(id) + "` was answered and does not wait");
    if (seen.deadline && at_ > *seen.deadline) fail("`" + name(id) + "` was answered after its time");
    if (plan_hash != hex(plan_.hash)) fail("`" + name(id) + "` was answered about another plan");
    seen.waits = false;
    seen.approved = approved;
    seen.last_attempt = approved ? Outcome::succeeded : Outcome::failed;
    ++seen.finishes;
  }
  void see(const Approved& e) { answer(e.node, true, e.plan_hash); }
  void see(const Rejected& e) { answer(e.node, false, e.plan_hash); }
  void see(const NoteAdded&) {}
  void see(const RequestRefused&) {}
  void see(const RunPaused& e) {
    for (const auto& seen : nodes_)
      if (seen.running) fail("paused while something runs");
    for (const auto id : e.nodes)
      if (!nodes_[id].waits) fail("paused for `" + name(id) + "`, which does not wait");
    if (e.nodes.empty()) fail("paused for nobody");
  }

  bool forward_over() const {
    if (rolling_back_ || reopened_) return true;
    for (const auto* list : {&plan_.on_failure, &plan_.on_success, &plan_.finally})
      for (const auto id : *list)
        if (nodes_[id].ready) return true;
    const auto& members = plan_[root_node].members;
    return std::all_of(members.begin(), members.end(), [&](NodeId id) { return nodes_[id].ended; });
  }

  void check_unfinished() const {
    if (result_) fail("run_finished, but the driver says it is not");
    if (world_.status() == RunState::Status::waiting) {
      bool waits = false;
      for (const auto& seen : nodes_) {
        if (seen.running) fail("waits for people while something runs");
        waits = waits || seen.waits;
      }
      if (!waits) fail("waits for people, but nobody was asked");
      if (!world_.history().empty() && !std::holds_alternative<RunPaused>(world_.history().back().event))
        fail("left waiting without saying so");
      return;
    }
    if (world_.status() == RunState::Status::unknown) {
      bool any = false;
      for (const auto& node : plan_.nodes) {
        if (!nodes_[node.id].lost_for_good || nodes_[node.id].ended) continue;
        any = true;
        const auto probe = node.probe(ProbeMoment::resume);
        if (said(node, ProbeMoment::resume) == ProbeAnswer::yes)
          fail("`" + node.name + "` is unknown, but its probe settled it");
        if (probe != no_node && nodes_[probe].answers == 0)
          fail("`" + node.name + "` is unknown, but its probe was not asked");
      }
      if (!any) fail("unknown, but no attempt was lost for good");
    }
    if (world_.status() == RunState::Status::interrupted && !left_) fail("interrupted, but nobody asked to leave");
  }

  int first_start(NodeId id) const {
    if (!plan_[id].is_group()) return nodes_[id].first_start;
    int first = -1;
    for (const auto member : plan_[id].members) {
      const int start = first_start(member);
      if (start >= 0 && (first < 0 || start < first)) first = start;
    }
    return first;
  }
  int depth(NodeId id) const {
    int depth = 0;
    for (auto g = plan_[id].parent; g != no_node; g = plan_[g].parent) ++depth;
    return depth;
  }

  void check_rollback() const {
    std::vector<NodeId> expected;
    if (closed_[root_node] && (plan_.rollback == Plan::Rollback::automatic || reopened_))
      for (const auto& node : plan_.nodes)
        if (node.is_step() && !node.undo.empty() && first_start(node.id) >= 0 && undone_.count(node.id) == 0)
          expected.push_back(node.id);
    // Newest first; a group is as old as its first member and is undone after it.
    std::sort(expected.begin(), expected.end(), [&](NodeId a, NodeId b) {
      return first_start(a) != first_start(b) ? first_start(a) > first_start(b) : depth(a) > depth(b);
    });
    if (expected != targets_) fail("the rollback is not every started step with an undo, newest first");
    int order = -1;
    for (const auto target : targets_) {
      bool failed = false;
      for (const auto undo : plan_[target].undo) {
        const auto& seen = nodes_[undo];
        if (failed ? seen.first_start >= 0 : !seen.ended) fail("`" + name(undo) + "` had its turn at the wrong time");
        if (failed) continue;
        if (seen.order_of_undo <= order) fail("`" + name(undo) + "` was undone out of order");
        if (seen.outcome == Outcome::succeeded && seen.finishes == 0)
          fail("`" + name(undo) + "` is done without an attempt");
        order = seen.order_of_undo;
        failed = bad(undo);
      }
      if (plan_[target].probe(ProbeMoment::undo) != no_node) {
        const auto answer = said(plan_[target], ProbeMoment::undo);
        if (answer.has_value() == failed)
          fail("`" + name(target) + "`: its probe was not asked after the undo, or without one");
        failed = failed || answer != ProbeAnswer::no;
      }
      const bool told = std::count(result_->undone.begin(), result_->undone.end(), target) == 1;
      if (told == failed) fail("`" + name(target) + "` is not told as it was undone");
      const bool told_left = std::count(result_->not_undone.begin(), result_->not_undone.end(), target) == 1;
      if (told_left != failed) fail("`" + name(target) + "` is not told as it was left");
    }
    for (const auto& node : plan_.nodes)
      if (node.kind == NodeKind::undo && nodes_[node.id].first_start >= 0 &&
          std::count(targets_.begin(), targets_.end(), node.owner) == 0)
        fail("`" + node.name + "` ran although nothing had to be undone");
  }

  void check_probes() const {
    for (const auto& node : plan_.nodes)
      if (said(node, ProbeMoment::before) == ProbeAnswer::yes && nodes_[node.id].outcome != Outcome::unchanged)
        fail("`" + node.name + "` is in place, but did not end unchanged");
    for (const auto& node : plan_.nodes)
      for (const auto id : node.overrun) {
        if (nodes_[node.id].exceeded && !cancel_asked_ && !nodes_[id].ended)
          fail("`" + name(id) + "` never had its turn");
        const bool told = std::count(result_->failed_handlers.begin(), result_->failed_handlers.end(), id) == 1;
        if (told != (nodes_[id].ended && bad(id) && !allowed(id))) fail("`" + name(id) + "` is not told as it ended");
      }
  }

  void check_handlers() const {
    bool refused = stopped_before_any_step_;  // such a run ran nothing, so there is nothing to handle
    for (const auto id : plan_.preconditions) refused = refused || !nodes_[id].ended || bad(id);
    std::vector<NodeId> expected;
    if (!refused) {
      // Undone because somebody asked for it, it has neither failed nor succeeded.
      if (!reopened_) expected = closed_[root_node] ? plan_.on_failure : plan_.on_success;
      expected.insert(expected.end(), plan_.finally.begin(), plan_.finally.end());
    }
    for (const auto& node : plan_.nodes) {
      if (node.kind != NodeKind::handler) continue;
      const bool due = std::count(expected.begin(), expected.end(), node.id) == 1;
      if (due != nodes_[node.id].ended) fail("a handler " + std::string(due ? "did not run" : "ran without cause"));
      const bool told = std::count(result_->failed_handlers.begin(), result_->failed_handlers.end(), node.id) == 1;
      if (due && told != (bad(node.id) && !allowed(node.id)))
        fail("a failed handler is not told, or an allowed one is");
    }
  }

  void check_outcome() const {
    const auto outcome = result_->outcome;
    bool refused = false, warned = false, undo_failed = false, irreversible = false;
    for (const auto id : plan_.preconditions) refused = refused || (nodes_[id].ended && bad(id));
    for (const auto& node : plan_.nodes) {
      const auto& seen = nodes_[node.id];
      undo_failed = undo_failed || (node.kind == NodeKind::undo && seen.ended && bad(node.id)) ||
                    said(node, ProbeMoment::undo).value_or(ProbeAnswer::no) != ProbeAnswer::no;
      const bool was_undone =
          undone_.count(node.id) > 0 || std::count(result_->undone.begin(), result_->undone.end(), node.id) == 1;
      const bool handles = node.kind == NodeKind::handler || node.kind == NodeKind::overrun;
      warned = warned || (node.is_step() && seen.ended && (allowed(node.id) || seen.outcome == Outcome::warned)) ||
               (handles && seen.ended && allowed(node.id));
      irreversible = irreversible || (node.effect == NodeEffect::irreversible && node.kind == NodeKind::step &&
                                      seen.first_start >= 0 && !was_undone);
      if (refused && node.kind == NodeKind::step && seen.first_start >= 0)
        fail("a refused run ran `" + node.name + "`");
    }
    RunOutcome expected = warned ? RunOutcome::warned : RunOutcome::succeeded;
    if (refused && !cancelled_) {
      expected = RunOutcome::refused;
    } else if (closed_[root_node]) {
      expected = undo_failed || (irreversible && !targets_.empty()) ? RunOutcome::rollback_incomplete
                 : cancelled_                                       ? RunOutcome::cancelled
                 : targets_.empty()                                 ? RunOutcome::failed
                                                                    : RunOutcome::rolled_back;
    } else {
      for (const auto member : plan_[root_node].members)
        if (!nodes_[member].ended) fail("succeeded, but `" + name(member) + "` has not ended");
    }
    if (outcome != expected)
      fail("the outcome is " + std::string(run_outcome_name(outcome)) + ", but the events say " +
           std::string(run_outcome_name(expected)));
  }

  const World& world_;
  Plan plan_;  // grows with the loops
  std::vector<Seen> nodes_;
  std::vector<bool> closed_, stopped_;  // nothing new starts inside; what runs inside is stopped
  std::vector<NodeId> targets_;
  std::optional<RunFinished> result_;
  Time at_{};
  int order_ = 0;
  bool stepwise_ = false;
  NodeId step_asked_ = no_node;
  std::set<NodeId> undone_;  // by earlier runs
  bool reopened_ = false;
  bool cancel_asked_ = false;
  bool cancelled_ = false, failed_ = false, left_ = false, asked_to_cancel_ = false, rolling_back_ = false,
       stopped_before_any_step_ = false;
};

}  // namespace

void check_history(const World& world) { Checker(world).check(); }

}  // namespace runbook::simulation
