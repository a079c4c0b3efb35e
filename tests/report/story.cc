#include "report/story.h"

#include <algorithm>
#include <stdexcept>


namespace runbook::test {
namespace {

Text text(std::string value) {
  Text result;
  result.value = std::move(value);
  return result;
}

}  // namespace

Story::Story(std::string path, std::string source)
    : file_(std::make_shared<SourceFile>(std::move(path), std::move(source))) {
  add(NodeKind::group, "run", {}, no_node, no_node).step = nullptr;
}

Node& Story::add(NodeKind kind, std::string name, Step step, NodeId parent, NodeId owner) {
  Node node;
  node.id = static_cast<NodeId>(plan_.nodes.size());
  node.kind = kind;
  node.name = std::move(name);
  node.step = &steps_.emplace_back(std::move(step));
  node.parent = parent;
  node.owner = owner;
  if (parent != no_node) {
    auto& members = plan_.nodes[parent].members;
    if (!members.empty()) node.needs = {members.back()};
    members.push_back(node.id);
  }
  return plan_.nodes.emplace_back(std::move(node));
}

Span Story::place(const std::string& name, const std::string& key) const {
  const auto start = file_->text().find("id: " + name);
  if (start == std::string_view::npos) return {};
  const auto found = file_->text().find(key + ":", start);
  return found == std::string_view::npos ? Span{} : Span{file_.get(), found, key.size()};
}

Step Story::shell_step(const std::string& name, const std::string& shell) const {
  Step step;
  step.id = name;
  step.action_span = place(name, "shell");
  ShellAction action;
  action.script.source = text(shell);
  step.action = std::move(action);
  return step;
}

Node& Story::step(const std::string& name, const std::string& shell, NodeId parent) {
  return add(NodeKind::step, name, shell_step(name, shell), parent, no_node);
}

Node& Story::http_step(const std::string& name, const std::string& url) {
  Step step;
  step.id = name;
  step.action_span = place(name, "http");
  HttpAction action;
  action.url.source = text(url);
  step.action = std::move(action);
  return add(NodeKind::step, name, std::move(step), root_node, no_node);
}

Node& Story::group(const std::string& name, NodeId parent) {
  Step step;
  step.id = name;
  step.action = GroupAction{};
  return add(NodeKind::group, name, std::move(step), parent, no_node);
}

Node& Story::undo(const std::string& owner, const std::string& shell) {
  const auto owner_id = id(owner);
  auto step = shell_step(owner, shell);
  step.action_span = place(owner, "rollback");
  const auto count = plan_.nodes[owner_id].undo.size();
  auto& node = add(NodeKind::undo, owner + ".undo" + (count == 0 ? "" : "[" + std::to_string(count + 1) + "]"),
                   std::move(step), no_node, owner_id);
  plan_.nodes[owner_id].undo.push_back(node.id);
  return node;
}

Node& Story::precondition(const std::string& title, const std::string& shell) {
  auto step = shell_step("", shell);
  step.name = title;
  const auto start = file_->text().find("name: " + title);
  if (start != std::string_view::npos) step.action_span = {file_.get(), file_->text().find("shell:", start), 5};
  auto& node = add(NodeKind::precondition, "precondition[" + std::to_string(plan_.preconditions.size() + 1) + "]",
                   std::move(step), no_node, no_node);
  plan_.preconditions.push_back(node.id);
  return node;
}

Node& Story::check(const std::string& owner, const std::string& shell) {
  const auto owner_id = id(owner);
  const auto count = plan_.nodes[owner_id].checks.size();
  auto& node = add(NodeKind::check, owner + ".pre[" + std::to_string(count + 1) + "]", shell_step(owner, shell),
                   no_node, owner_id);
  plan_.nodes[owner_id].checks.push_back(node.id);
  return node;
}

Node& Story::probe(const std::string& owner, ProbeMoment moment, const std::string& shell) {
  const auto owner_id = id(owner);
  auto& node = add(NodeKind::probe, owner + ".probe." + std::string(probe_moment_name(moment)),
                   shell_step(owner, shell), no_node, owner_id);
  node.moment = moment;
  node.effect = NodeEffect::read;
  plan_.nodes[owner_id].probes[static_cast<std::size_t>(moment)] = node.id;
  return node;
}

Node& Story::overrun(const std::string& owner, const std::string& shell) {
  const auto owner_id = id(owner);
  auto& all = plan_.nodes[owner_id].overrun;
  auto& node = add(NodeKind::overrun, owner + ".overrun[" + std::to_string(all.size() + 1) + "]",
                   shell_step(owner, shell), no_node, owner_id);
  plan_.nodes[owner_id].overrun.push_back(node.id);
  return node;
}

Node& Story::handler(const std::string& list, const std::string& shell) {
  auto& ids = list == "on_failure" ? plan_.on_failure : list == "on_success" ? plan_.on_success : plan_.finally;
  auto& node = add(NodeKind::handler, list + "[" + std::to_string(ids.size() + 1) + "]", shell_step(list, shell),
                   no_node, no_node);
  ids.push_back(node.id);
  return node;
}

NodeId Story::id(const std::string& name) const {
  for (const auto& node : plan_.nodes)
    if (node.name == name) return node.id;
  throw std::logic_error("no node " + name);
}

Story& Story::after(Duration pause) {
  now_ += pause;
  return *this;
}

Story& Story::tell(Event event) {
  facts_.emplace_back(std::move(event), now_);
  return *this;
}

Story& Story::begin(Value params) {
  RunStarted started;
  started.run_id = "20261120-221301-deploy-checkout-k3f9";
  started.runbook = "deploy-checkout";
  started.runbook_path = file_->path();
  started.runbook_hash = "9be1d0c4a1b2c3d4e5f60718293a4b5c6d7e8f9009be1d0c4a1b2c3d4e5f6071";
  started.user = "anna";
  started.host = "bastion2";
  started.engine_version = "0.1.0";
  started.argv = {"runbook", "run", file_->path(), "-p", "version=v2.14.0"};
  started.params = params.is_null() ? Value(Value::Map{{"version", "v2.14.0"}}) : std::move(params);
  started.nodes = NodeNames(plan_).labels();
  return tell(std::move(started));
}

Story& Story::ready(const std::string& name, Duration limit) {
  next_ = {};
  return tell(NodeReady{id(name), now_ + limit});
}

Story& Story::start(const std::string& name, std::string command) {
  const auto& node = plan_[id(name)];
  if (command.empty()) {
    if (const auto* shell = std::get_if<ShellAction>(&node.step->action)) command = shell->script.source.value;
    if (const auto* http = std::get_if<HttpAction>(&node.step->action))
      command = http->method + " " + http->url.source.value;
  }
  next_ = {};
  next_.node = node.id;
  next_.attempt = 1;
  for (const auto& [fact, at] : facts_)
    if (const auto* event = std::get_if<Event>(&fact)) {
      if (std::holds_alternative<RunStarted>(*event)) next_.attempt = 1;  // one that undoes another counts anew
      if (const auto* before = std::get_if<AttemptStarted>(event); before && before->node == node.id) ++next_.attempt;
    }
  return tell(AttemptStarted{node.id, next_.attempt, {}, std::move(command)});
}

Story& Story::ends(const std::string& name, Outcome outcome, std::string message) {
  next_.node = id(name);
  next_.outcome = outcome;
  next_.message = message;
  tell(next_);
  return tell(NodeFinished{id(name), outcome, std::move(message)});
}

Story& Story::runs(const std::string& name, Duration took) { return ready(name).start(name).after(took).ends(name); }

Story& Story::fails(const std::string& name, Duration took, std::string message) {
  ready(name).start(name).after(took);
  next_.result.set("exit_code", 1);
  next_.log = name + ".1.log";
  return ends(name, Outcome::failed, std::move(message));
}

Story& Story::prints(const std::string& name, std::string bytes, Stream stream) {
  facts_.emplace_back(Output{id(name), stream, std::move(bytes)}, now_);
  return *this;
}

Story& Story::tick() {
  facts_.emplace_back(Tick{}, now_);
  return *this;
}

Story& Story::rolls_back(const std::vector<std::string>& names) {
  RollbackStarted rollback;
  for (const auto& name : names) rollback.nodes.push_back(id(name));
  return tell(std::move(rollback));
}

Story& Story::finish(RunOutcome outcome, const std::string& failed, const std::vector<std::string>& undone,
                     const std::vector<std::string>& not_undone, const std::vector<std::string>& failed_handlers) {
  RunFinished end;
  end.outcome = outcome;
  if (!failed.empty()) end.failed_node = id(failed);
  for (const auto& name : undone) end.undone.push_back(id(name));
  for (const auto& name : not_undone) end.not_undone.push_back(id(name));
  for (const auto& name : failed_handlers) end.failed_handlers.push_back(id(name));
  return tell(std::move(end));
}

std::vector<std::pair<Event, Time>> Story::events() const {
  std::vector<std::pair<Event, Time>> events;
  for (const auto& [fact, at] : facts_)
    if (const auto* event = std::get_if<Event>(&fact)) events.emplace_back(*event, at);
  return events;
}

void Story::play(Observer& observer, const std::function<void(Time)>& at) {
  const RunState state(plan_);
  Time clock{};
  for (const auto& [fact, time] : facts_) {
    // As the driver does: sleep until the observer wants to be woken, or the next thing happens.
    while (const auto tick = observer.next_tick(clock)) {
      if (*tick >= time) break;
      clock = std::max(clock, *tick);
      if (at) at(clock);
      observer.on_tick(clock, state);
    }
    clock = time;
    if (at) at(clock);
    if (const auto* event = std::get_if<Event>(&fact)) {
      observer.on_event(*event, time, state);
    } else if (const auto* output = std::get_if<Output>(&fact)) {
      observer.on_output(output->node, output->stream, output->bytes);
      observer.next_tick(clock);
    } else if (const auto tick = observer.next_tick(clock); tick && *tick <= clock) {
      observer.on_tick(clock, state);
    }
  }
}

}  // namespace runbook::test
