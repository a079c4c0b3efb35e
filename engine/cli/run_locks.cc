#include "cli/run_locks.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/text.h"
#include "cli/neighbours.h"
#include "cli/session.h"
#include "host/signal_watch.h"
#include "report/style.h"
#include "report/wall.h"
#include "report/words/exit_code.h"
#include "source/codes.h"
#include "store/files/kept_lock.h"
#include "store/files/run_list.h"
#include "store/files/state_directory.h"

namespace runbook {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto ending_patience = 15s;  // for what a dead engine started: it is killed within seconds

// The line that says what is waited for: redrawn on a terminal, else written when it changes and every minute.
class WaitingLine {
 public:
  WaitingLine() : is_tty_(terminal_facts(2).is_tty) {}
  ~WaitingLine() {
    if (is_tty_ && shown_) std::fputs("\r\x1b[K", stderr);
  }
  // How long it may stand.
  Duration lasts() const { return is_tty_ ? Duration(1s) : Duration(10s); }

  void show(const std::string& text, Duration waited) {
    if (is_tty_) {
      const auto columns = static_cast<std::size_t>(window_size(2, terminal_facts(2)).columns);
      std::fprintf(stderr, "\r\x1b[K%s", elide_middle(show_elapsed(waited) + "  " + text, columns - 1).c_str());
    } else if (text != last_ || Clock::now() >= again_) {
      std::fprintf(stderr, "%s %s\n", show_wall(wall_now()).c_str(), text.c_str());
      last_ = text;
      again_ = Clock::now() + 60s;
    }
    std::fflush(stderr);
    shown_ = true;
  }

 private:
  bool is_tty_;
  bool shown_ = false;
  std::string last_;
  Clock::time_point again_{};
};

// Until one of them is readable or the time is over; the signal that came, or 0.
int wait_until(SignalWatch& signals, int other, Clock::time_point until) {
  pollfd fds[] = {{signals.fd(), POLLIN, 0}, {other, POLLIN, 0}};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  ::poll(fds, 2, static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
  const auto came = signals.take();
  return came.empty() ? 0 : came.back();
}

int stopped(const std::string& lock, int signal) {
  std::fprintf(stderr, "stopped while it waited for lock `%s`; nothing ran\n", printable(lock).c_str());
  return 128 + signal;
}

}  // namespace

int RunLocks::take(const std::vector<LockRequest>& requests, LockSetting setting) {
  setting_ = std::move(setting);
  LockUser me;
  if (!setting_.own_runs.empty()) me.run = setting_.own_runs.front();
  me.runbook = setting_.runbook;
  me.user = setting_.machine.user;
  me.host = setting_.machine.host;
  me.pid = ::getpid();
  me.supervisor = setting_.supervisor;
  me.supervisor_began = process_began(setting_.supervisor);
  for (const auto& request : requests) {
    auto ticket = LockTicket::draw(setting_.state_directory, request.name, me);
    const int code = ticket ? wait_for(*ticket, request) : complain(ticket.error(), exit_codes::journal);
    if (code != 0) {
      held_.clear();
      return code;
    }
    held_.push_back(std::move(*ticket));
  }
  return 0;
}

int RunLocks::wait_for(LockTicket& ticket, const LockRequest& request) {
  const auto begin = Clock::now();
  const auto wait = setting_.wait.value_or(request.wait);
  const auto until = begin + wait;
  auto signals = SignalWatch::create(SignalWatch::Untaken::delivered);
  if (!signals) return complain(signals.error(), exit_codes::our_bug);
  {
    WaitingLine line;
    while (true) {
      const auto ahead = ticket.ahead();
      if (!ahead) return complain(ahead.error(), exit_codes::journal);
      if (ahead->empty()) break;
      if (Clock::now() >= until) return refuse_held(request, *ahead, wait > Duration(0));
      const auto wake = ticket.wake_fd();
      if (!wake) return complain(wake.error(), exit_codes::our_bug);
      line.show("waiting up to " + show_limit(wait) + " for lock `" + printable(request.name) + "`, " +
                    position_text(ahead->size()) + "; held by " + holder_text(setting_.state_directory, ahead->front()),
                std::chrono::floor<Duration>(Clock::now() - begin));
      if (const int signal = wait_until(*signals, *wake, std::min(until, Clock::now() + line.lasts())))
        return stopped(request.name, signal);
      ticket.clear_wake();
    }
    const auto dead = ticket.died_holding();
    if (!dead) return complain(dead.error(), exit_codes::journal);
    for (const auto& user : *dead) {
      const auto patience = std::max(until, Clock::now() + ending_patience);
      for (auto ending = still_ending(user); ending.valid(); ending = still_ending(user)) {
        if (Clock::now() >= patience) return refuse_held(request, {user}, true);
        line.show("waiting for what " + holder_text(setting_.state_directory, user) + " had started to end",
                  std::chrono::floor<Duration>(Clock::now() - begin));
        if (const int signal = wait_until(*signals, ending.get(), std::min(patience, Clock::now() + line.lasts())))
          return stopped(request.name, signal);
        pollfd over{ending.get(), POLLIN, 0};
        if (::poll(&over, 1, 0) > 0) break;
      }
    }
  }
  if (auto settled = settle_the_dead(ticket); !settled) return complain(settled.error(), exit_codes::journal);
  const auto kept = kept_lock(setting_.state_directory, request.name);
  if (!kept) return complain(kept.error(), exit_codes::journal);
  if (!*kept || is_own((*kept)->run)) return 0;
  auto text = (*kept)->why;
  if (const auto since = parse_wall_time((*kept)->since)) text += " since " + show_wall(*since);
  if (!(*kept)->user.empty()) text += ", by " + (*kept)->user + " on " + (*kept)->host;
  const auto summary = summarize_run(runs_directory(setting_.state_directory) + "/" + (*kept)->run);
  return refuse_kept(request, (*kept)->run, text, !summary.outcome);
}

// The kernel gave back the lock of a run whose engine died. One that had come to a bad end by then keeps it all the
// same; one that did not come to its end is told of.
Result<bool> RunLocks::settle_the_dead(const LockTicket& ticket) {
  const auto dead = ticket.died_holding();
  if (!dead) return tl::unexpected(dead.error());
  for (const auto& user : *dead) {
    if (user.run.empty() || is_own(user.run)) continue;
    const auto run = summarize_run(runs_directory(setting_.state_directory) + "/" + user.run);
    if (run.outcome == RunOutcome::rollback_incomplete || run.outcome == RunOutcome::unknown) {
      RUNBOOK_TRY(keep_lock(setting_.state_directory,
                            {ticket.lock(), user.run, user.runbook, user.user, user.host, "", "rollback incomplete"}));
    } else if (!run.outcome && !run.runbook.empty()) {
      const auto id = printable(user.run);
      std::fprintf(
          stderr,
          "warning: run %s (%s on %s) died holding lock `%s` and is unfinished; it may have left things half done\n"
          "  help: look at it with `runbook show %s`; then `runbook resume %s` or `runbook rollback %s`\n",
          id.c_str(), printable(user.user).c_str(), printable(user.host).c_str(), printable(ticket.lock()).c_str(),
          id.c_str(), id.c_str(), id.c_str());
    }
  }
  return true;
}

bool RunLocks::is_own(const std::string& run) const {
  return std::find(setting_.own_runs.begin(), setting_.own_runs.end(), run) != setting_.own_runs.end();
}

int RunLocks::refuse_held(const LockRequest& request, const std::vector<LockUser>& ahead, bool waited) const {
  Diagnostics diagnostics;
  auto& d = diagnostics.error(code::lock_held, request.span, "lock `" + request.name + "` is held; nothing ran");
  d.label = waited ? "its turn did not come in time" : "";
  d.notes.push_back("by " + holder_text(setting_.state_directory, ahead.front()));
  if (ahead.size() > 1) d.notes.push_back(count_of(ahead.size() - 1, "other") + " waiting before this one");
  const auto look = ahead.front().run.empty() ? "" : "; look at it with `runbook show " + ahead.front().run + "`";
  d.help = (waited ? "wait longer with `--lock-wait 30m`" : "wait for it with `--lock-wait 10m`") + std::string(look);
  std::fputs(render_text(diagnostics, setting_.rendering).c_str(), stderr);
  return exit_codes::locked;
}

int RunLocks::refuse_kept(const LockRequest& request, const std::string& run, const std::string& text,
                          bool unfinished) const {
  Diagnostics diagnostics;
  auto& d = diagnostics.error(code::lock_kept, request.span,
                              "lock `" + request.name + "` is kept by run " + run + "; nothing ran");
  d.notes.push_back(text);
  d.notes.push_back("look at it with `runbook show " + run + "`");
  d.notes.push_back(unfinished
                        ? "finish it with `runbook resume " + run + "`, or undo it with `runbook rollback " + run + "`"
                        : "what is not undone is tried again by `runbook rollback " + run + "`");
  d.help = "when a person has dealt with it: `runbook resolve " + run + " -m WHY` gives the lock back";
  std::fputs(render_text(diagnostics, setting_.rendering).c_str(), stderr);
  return exit_codes::locked;
}

std::vector<std::string> RunLocks::names() const {
  std::vector<std::string> names;
  for (const auto& ticket : held_) names.push_back(ticket.lock());
  return names;
}

Result<> RunLocks::begin(const std::string& run_id) {
  run_ = run_id;
  for (auto& ticket : held_) RUNBOOK_TRY(ticket.hold(run_id));
  return {};
}

Result<> RunLocks::end(const std::string& why) {
  const auto held = std::exchange(held_, {});
  for (const auto& ticket : held) {
    if (why.empty()) {
      RUNBOOK_TRY(drop_kept_lock(setting_.state_directory, ticket.lock()));
    } else {
      RUNBOOK_TRY(keep_lock(setting_.state_directory, {ticket.lock(), run_, setting_.runbook, setting_.machine.user,
                                                       setting_.machine.host, "", why}));
    }
  }
  return {};
}

}  // namespace runbook
