#include "host/process/process_attempt.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "host/process/lua_process.h"
#include "host/process/program.h"
#include "host/process/step_outputs.h"

namespace runbook {
namespace {

using namespace std::chrono_literals;

constexpr auto drain_time = 500ms;
// After KILL an attempt ends within 2 s: the keeper's own limit, some time for its answer, the rest for the supervisor.
constexpr auto keeper_answer_time = 1500ms;
constexpr auto supervisor_answer_time = 450ms;
constexpr auto orphans_time = 1900ms;
constexpr std::size_t read_at_once = 512 << 10;  // then the others get their turn
constexpr std::size_t read_at_end = 4 << 20;     // more than any pipe holds

Result<std::string> absolute(const std::string& directory) {
  if (!directory.empty() && directory[0] == '/') return directory;
  std::error_code error;
  const auto current = std::filesystem::current_path(error);
  if (error) return system_error("find", "the current directory", error.value());
  return directory.empty() ? current.string() : (current / directory).string();
}

}  // namespace

ProcessAttempt::ProcessAttempt(std::uint32_t id, const Work& work, const AttemptSetting& setting, KeeperPool& keepers)
    : id_(id),
      is_script_(std::holds_alternative<ScriptWork>(work.action)),
      setting_(setting),
      keepers_(keepers),
      capture_(setting.redactor, setting.logs.get(), setting.logs.valid() ? work.log_name : std::string()) {
  ended_.node = work.node;
  ended_.attempt = work.attempt;
  if (!setting.listener) return;
  out_listener_ = [this](std::string_view bytes) { setting_.listener(ended_.node, Stream::out, bytes); };
  err_listener_ = [this](std::string_view bytes) { setting_.listener(ended_.node, Stream::err, bytes); };
}

Result<> ProcessAttempt::start(const ProcessWork& work, Poller& poller) {
  RUNBOOK_TRY(check_process(work));
  auto cwd = absolute(work.cwd);
  if (!cwd) return tl::unexpected(std::move(cwd).error());
  cwd_ = std::move(*cwd);
  auto program = find_program(work, cwd_);
  if (!program) return tl::unexpected(std::move(program).error());
  program_ = std::move(*program);
  auto out = out_.open();
  if (!out) return tl::unexpected(std::move(out).error());
  auto err = err_.open();
  if (!err) return tl::unexpected(std::move(err).error());
  RUNBOOK_TRY(poller.watch(out_.fd(), {Source::Kind::out, id_}));
  RUNBOOK_TRY(poller.watch(err_.fd(), {Source::Kind::err, id_}));
  // Last, so that no error comes after something has begun.
  return send_work(work, {out->get(), err->get()});
}

Result<> ProcessAttempt::send_work(const ProcessWork& work, std::vector<int> fds) {
  output_name_ = std::to_string(ended_.node) + "." + std::to_string(ended_.attempt);
  // What an engine that crashed left there is no output of this attempt.
  ::unlinkat(setting_.scratch.get(), output_name_.c_str(), 0);
  const auto strings = spawn::pack(program_, cwd_, work, setting_.scratch_path + "/" + output_name_);
  UniqueFd script, file;
  if (work.script) {
    auto made = spawn::memory_file("runbook-script", *work.script);
    if (!made) return tl::unexpected(std::move(made).error());
    script = std::move(*made);
    fds.push_back(script.get());
  }
  if (strings.bytes.size() > spawn::max_packet_strings) {
    auto made = spawn::memory_file("runbook-request", strings.bytes);
    if (!made) return tl::unexpected(std::move(made).error());
    file = std::move(*made);
    fds.push_back(file.get());
  }
  const spawn::SpawnHead head{strings.argc, strings.envc, script.valid(), file.valid(), strings.bytes.size()};
  for (;;) {
    auto keeper = keepers_.acquire(id_);
    if (!keeper) return tl::unexpected(std::move(keeper).error());
    keeper_ = std::move(*keeper);
    const std::string_view in_packet = file.valid() ? std::string_view() : std::string_view(strings.bytes);
    const auto sent = spawn::send_patiently(keeper_.socket.get(), head, in_packet, fds);
    if (sent) return {};
    // An idle keeper that someone killed; there are only so many of them.
    if (sent.error().number != EPIPE) return sent;
  }
}

void ProcessAttempt::signal(Signal signal) {
  if (phase_ != Phase::running && phase_ != Phase::draining) return;
  if (signal == Signal::kill) {
    sweep();
  } else if (keeper_.socket.valid()) {
    // If it cannot be told it is gone, or stuck, which KILL deals with.
    static_cast<void>(spawn::send(keeper_.socket.get(), spawn::SendSignal{false}));
  }
}

void ProcessAttempt::on_keeper() {
  while (phase_ != Phase::over && keeper_.socket.valid()) {
    spawn::Packet packet;
    const auto received = spawn::receive(keeper_.socket.get(), packet);
    if (received == spawn::Received::nothing) return;
    if (received == spawn::Received::closed) return lose_keeper();
    take_message(packet);
  }
}

void ProcessAttempt::take_message(const spawn::Packet& packet) {
  if (const auto* exited = std::get_if<spawn::Exited>(&packet.message)) {
    status_ = exited->status;
    leaves_children_ = exited->leaves_children;
    if (phase_ == Phase::running) drain();
  } else if (const auto* not_spawned = std::get_if<spawn::NotSpawned>(&packet.message)) {
    not_started_ = explain_not_started(program_, cwd_, not_spawned->error);
    // A sweep that was asked for is still to be answered.
    if (phase_ == Phase::running) {
      keeper_is_clean_ = true;
      finish();
    }
  } else if (const auto* swept = std::get_if<spawn::Swept>(&packet.message)) {
    if (only_background_) ended_.killed_background = static_cast<int>(swept->killed);
    ended_.unkillable = swept->left > 0;
    keeper_is_clean_ = swept->left == 0;
    finish();
  }
}

void ProcessAttempt::on_output(Stream stream) {
  read(stream == Stream::out ? out_ : err_, stream, read_at_once);
  if (phase_ == Phase::draining && out_.at_end() && err_.at_end()) drain();
}

void ProcessAttempt::drain() {
  read(out_, Stream::out, read_at_once);
  read(err_, Stream::err, read_at_once);
  if (out_.at_end() && err_.at_end()) {
    if (leaves_children_) return sweep();
    keeper_is_clean_ = true;
    return finish();
  }
  phase_ = Phase::draining;
  expect_within(drain_time);
}

void ProcessAttempt::sweep() {
  only_background_ = status_.has_value();
  phase_ = Phase::sweeping;
  expect_within(keeper_answer_time);
  // When it cannot be told, no answer will come and the deadline leads on.
  static_cast<void>(spawn::send(keeper_.socket.get(), spawn::SendSignal{true}));
}

void ProcessAttempt::lose_keeper() {
  keeper_.socket.reset();
  phase_ = Phase::lost;
  expect_within(orphans_time);
  if (keepers_.supervisor().gone()) finish_unkillable();
}

void ProcessAttempt::on_keeper_gone(const spawn::KeeperGone& gone) {
  on_keeper();  // its last words
  if (phase_ == Phase::over) return;
  if (gone.error != 0) not_started_ = explain_not_started(program_, cwd_, gone.error);
  ended_.unkillable = gone.left > 0;
  finish();
}

void ProcessAttempt::on_supervisor_gone() {
  if (phase_ == Phase::lost) finish_unkillable();
}

void ProcessAttempt::on_deadline() {
  deadline_.reset();
  switch (phase_) {
    case Phase::draining:
      if (leaves_children_) return sweep();
      keeper_is_clean_ = true;  // someone else holds the pipes
      return finish();
    case Phase::sweeping:
      // The step stopped its own keeper, or the machine is that slow. The supervisor is the second line.
      if (keepers_.supervisor().gone()) return finish_unkillable();
      keepers_.supervisor().end_keeper(keeper_.id);
      phase_ = Phase::lost;
      return expect_within(supervisor_answer_time);
    case Phase::lost: return finish_unkillable();
    case Phase::running:
    case Phase::over: return;
  }
}

void ProcessAttempt::read(OutputPipe& pipe, Stream stream, std::size_t limit) {
  const auto& listener = stream == Stream::out ? out_listener_ : err_listener_;
  pipe.read(limit, [&](std::string_view bytes) { capture_.append(stream, bytes, listener); });
}

void ProcessAttempt::finish_unkillable() {
  ended_.unkillable = true;
  finish();
}

void ProcessAttempt::finish() {
  phase_ = Phase::over;
  deadline_.reset();
  read(out_, Stream::out, read_at_end);
  read(err_, Stream::err, read_at_end);
  out_.close();
  err_.close();
  capture_.finish(ended_, out_listener_, err_listener_);
  set_termination();
  take_outputs();
  // One that still has something to kill goes on with it when its socket closes.
  if (keeper_is_clean_ && keeper_.socket.valid()) {
    keepers_.release(std::move(keeper_));
  } else {
    keeper_.socket.reset();
  }
}

void ProcessAttempt::set_termination() {
  using Kind = Termination::Kind;
  if (!not_started_.empty()) {
    ended_.how = {Kind::not_started, 0, redacted(not_started_)};
  } else if (status_ && WIFEXITED(*status_)) {
    ended_.how = {Kind::exited, WEXITSTATUS(*status_), {}};
  } else if (status_) {
    ended_.how = {Kind::signaled, WTERMSIG(*status_), {}};
  } else if (ended_.unkillable) {
    ended_.how = {Kind::signaled, SIGKILL, "it does not end, although it was killed"};
  } else {
    ended_.how = {Kind::signaled, SIGKILL,
                  "the engine's process above it was killed, and all that the step had started with it; "
                  "its exit code is not known"};
  }
}

void ProcessAttempt::take_outputs() {
  if (!not_started_.empty()) return;
  if (is_script_) return take_script_end();
  auto text = take_step_output_file(setting_.scratch.get(), output_name_);
  auto outputs = text ? parse_step_outputs(*text) : tl::unexpected(std::move(text).error());
  if (!outputs) {
    ended_.outputs_error = redacted(outputs.error().message());
    return;
  }
  for (auto& [name, value] : *outputs) ended_.outputs.emplace_back(name, redacted(value));
}

void ProcessAttempt::take_script_end() {
  const auto bytes = take_step_output_file(setting_.scratch.get(), output_name_);
  if (bytes) ended_.script = read_script_end(*bytes, setting_.redactor.get());
}

std::string ProcessAttempt::redacted(const std::string& text) const {
  return setting_.redactor ? setting_.redactor->redact(text) : text;
}

}  // namespace runbook
