#include "plan/skips.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "source/codes.h"

namespace runbook {
namespace {

class Chooser {
 public:
  Chooser(const Plan& plan, const SkipRequest& request, Diagnostics& diagnostics)
      : plan_(plan), request_(request), diagnostics_(diagnostics) {}

  std::vector<Skip> choose() {
    const auto by = request_.by.empty() ? "" : " by " + request_.by;
    for (const auto& name : request_.steps)
      if (const auto id = find("--skip", name)) skips_.emplace(*id, "--skip" + by);
    if (!request_.from.empty())
      if (const auto id = find("--from", request_.from)) leave_out_before(*id);
    check_reads();
    std::vector<Skip> skips;
    for (const auto& [node, reason] : skips_) skips.push_back({node, reason});
    return skips;
  }

 private:
  // `id`, or `group.id`: then it must stand in that group.
  std::optional<NodeId> find(const std::string& flag, const std::string& name) {
    if (const auto id = plan_.find(name); id && selectable(*id)) return id;
    const auto dot = name.rfind('.');
    if (dot != std::string::npos) {
      const auto id = plan_.find(std::string_view(name).substr(dot + 1));
      if (id && selectable(*id) && stands_in(*id, std::string_view(name).substr(0, dot))) return id;
    }
    std::vector<std::string_view> names;
    for (const auto& node : plan_.nodes)
      if (selectable(node.id)) names.push_back(node.name);
    const auto word = dot == std::string::npos ? std::string_view(name) : std::string_view(name).substr(dot + 1);
    const auto near = nearest(word, names);
    auto& d = diagnostics_.error(code::unknown_step, {}, "`" + flag + "`: there is no step `" + printable(name) + "`");
    if (plan_.find(name)) {
      d.message = "`" + flag + "` takes a step or a group, and `" + printable(name) + "` is neither";
    } else if (!near.empty()) {
      d.help = "did you mean `" + std::string(near) + "`?";
    } else if (names.size() <= 12) {
      d.help = "there are " + join_ticked({names.begin(), names.end()});
    }
    return std::nullopt;
  }

  bool selectable(NodeId id) const { return id != root_node && plan_[id].is_step(); }

  bool stands_in(NodeId id, std::string_view path) const {
    for (auto group = plan_[id].parent; !path.empty(); group = plan_[group].parent) {
      const auto dot = path.rfind('.');
      if (group == no_node || group == root_node) return false;
      if (plan_[group].name != (dot == std::string_view::npos ? path : path.substr(dot + 1))) return false;
      path = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
    }
    return true;
  }

  void leave_out_before(NodeId from) {
    const auto reason = "--from " + plan_[from].name;
    for (auto id = from; id != root_node; id = plan_[id].parent) {
      const auto needed = reachable(
          id, [&](NodeId one) -> const auto& { return plan_[one].needs; });
      const auto after = reachable(
          id, [&](NodeId one) -> const auto& { return plan_[one].dependents; });
      for (const auto other : plan_[plan_[id].parent].members) {
        const bool earlier = other < id && !contains(after, other);
        if (other != id && (earlier || contains(needed, other))) skips_.emplace(other, reason);
      }
    }
  }

  static bool contains(const std::vector<NodeId>& sorted, NodeId id) {
    return std::binary_search(sorted.begin(), sorted.end(), id);
  }

  // All that can be reached from `id`, sorted; without itself.
  template <class Next>
  std::vector<NodeId> reachable(NodeId id, Next next) const {
    std::vector<bool> seen(plan_.nodes.size());
    std::vector<NodeId> open{id}, found;
    seen[id] = true;
    while (!open.empty()) {
      const auto one = open.back();
      open.pop_back();
      for (const auto other : next(one)) {
        if (seen[other]) continue;
        seen[other] = true;
        found.push_back(other);
        open.push_back(other);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  // The skip that keeps the node from running: its own, or that of what it stands in or serves.
  const std::string* skipped(NodeId id) const {
    for (; id != no_node; id = plan_[id].owner != no_node ? plan_[id].owner : plan_[id].parent)
      if (const auto found = skips_.find(id); found != skips_.end()) return &found->second;
    return nullptr;
  }

  void check_reads() {
    for (const auto& read : plan_.reads) {
      if (read.guarded || skipped(read.reader)) continue;
      const auto* reason = skipped(read.target);
      if (!reason) continue;
      const auto &target = plan_[read.target].name, &reader = plan_[read.reader].name;
      auto& d = diagnostics_.error(
          code::skipped_read, read.span,
          "`" + reader + "` reads `" + read.path + "`, but `" + target + "` would be skipped (" + *reason + ")");
      // An undo or a check goes with its step; a handler cannot be left out.
      const auto& node = plan_[read.reader];
      const auto step = node.owner != no_node ? node.owner : read.reader;
      d.help = (selectable(step) ? "skip `" + plan_[step].name + "` too, " : "") + "let `" + target +
               "` run, or write `default(" + read.path + ", …)`";
    }
  }

  const Plan& plan_;
  const SkipRequest& request_;
  Diagnostics& diagnostics_;
  std::map<NodeId, std::string> skips_;
};

}  // namespace

std::vector<Skip> choose_skips(const Plan& plan, const SkipRequest& request, Diagnostics& diagnostics) {
  return Chooser(plan, request, diagnostics).choose();
}

}  // namespace runbook
