// Named locks: names that are safe files, tickets in order, locks that are kept and resolved.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "journal/fixture.h"
#include "store/files/kept_lock.h"
#include "store/files/lock_ticket.h"
#include "store/files/state_directory.h"

using namespace runbook;

namespace {

struct State {
  test::TempDirectory directory;
  State() { REQUIRE(prepare_state_directory(directory.path())); }
  const std::string& path() const { return directory.path(); }

  LockTicket draw(const std::string& run = "", const std::string& lock = "deploy") const {
    LockUser me;
    me.run = run;
    me.user = "anna";
    me.host = "here";
    me.pid = ::getpid();
    auto ticket = LockTicket::draw(path(), lock, me);
    REQUIRE(ticket);
    return std::move(*ticket);
  }
};

std::size_t ahead_of(const LockTicket& ticket) {
  const auto ahead = ticket.ahead();
  REQUIRE(ahead);
  return ahead->size();
}

// The watching thread is another one: it tells by the descriptor.
void wait_for_turn(LockTicket& ticket) {
  const auto wake = ticket.wake_fd();
  REQUIRE(wake);
  while (ahead_of(ticket) > 0) {
    pollfd fd{*wake, POLLIN, 0};
    REQUIRE(::poll(&fd, 1, 60'000) == 1);
    ticket.clear_wake();
  }
}

// A process that holds the lock, and dies as by kill -9 with its ticket in hand.
void die_holding(const State& state, const std::string& run) {
  const auto pid = ::fork();
  if (pid == 0) {
    auto ticket = state.draw();
    if (!ticket.hold(run)) ::_exit(1);
    ::_exit(0);  // no destructor runs
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(status == 0);
}

}  // namespace

TEST_CASE("every name of a lock is a file name of its own") {
  CHECK(lock_file_name("deploy-prod_1.x") == "deploy-prod_1.x");
  CHECK(lock_file_name("../x") == "%2e.%2fx");
  std::set<std::string> seen;
  for (const auto& name :
       {std::string(""), std::string("."), std::string(".."), std::string("a/b"), std::string("a%2fb"),
        std::string("a b"), std::string("A"), std::string("a"), std::string("a\0b", 3), std::string(500, 'x'),
        std::string(501, 'x'), std::string(120, 'x'), std::string(120, '/')}) {
    const auto file = lock_file_name(name);
    INFO(file);
    CHECK(seen.insert(file).second);
    CHECK(file.size() < 200);
    CHECK(file.find('/') == std::string::npos);
    CHECK((!file.empty() && file[0] != '.'));
  }
}

TEST_CASE("first come, first served; who gives up is passed over") {
  const State state;
  auto first = std::make_unique<LockTicket>(state.draw());
  auto second = std::make_unique<LockTicket>(state.draw());
  auto third = state.draw();
  CHECK(ahead_of(*first) == 0);
  CHECK(ahead_of(*second) == 1);
  CHECK(ahead_of(third) == 2);
  REQUIRE(first->hold("run-1"));
  CHECK(third.ahead()->front().run == "run-1");
  CHECK(third.ahead()->front().holds);
  CHECK_FALSE(third.ahead()->back().holds);
  CHECK(lock_holder(state.path(), "deploy")->value().run == "run-1");
  REQUIRE(third.wake_fd());
  second.reset();
  CHECK(ahead_of(third) == 1);
  first.reset();
  wait_for_turn(third);
  CHECK(third.died_holding()->empty());
  CHECK(state.draw("", "another").ahead()->empty());
}

TEST_CASE("an engine that dies leaves its place, and a word about it") {
  const State state;
  die_holding(state, "run-1");
  {
    auto next = state.draw();
    CHECK(ahead_of(next) == 0);
    REQUIRE(next.died_holding()->size() == 1);
    CHECK(next.died_holding()->front().run == "run-1");
    CHECK_FALSE(still_ending(next.died_holding()->front()).valid());
    // It gives up before it holds the lock: the one after it is told as well.
  }
  auto last = state.draw();
  CHECK(last.died_holding()->size() == 1);
  REQUIRE(last.hold("run-3"));
  CHECK(last.died_holding()->empty());
  CHECK(LockPlace::find(state.path(), "deploy")->value().tickets()->size() == 1);
}

TEST_CASE("a process is known by its number and its beginning") {
  CHECK(process_began(::getpid()) > 0);
  CHECK(process_began(0) == 0);
  LockUser dead;
  dead.supervisor = ::getpid();
  dead.supervisor_began = process_began(::getpid());
  CHECK(still_ending(dead).valid());
  dead.supervisor_began += 1;  // a later process of the same number
  CHECK_FALSE(still_ending(dead).valid());
}

TEST_CASE("a lock that is kept is resolved once, by the run's name, and that is written down") {
  const State state;
  CHECK_FALSE(kept_lock(state.path(), "deploy")->has_value());
  REQUIRE(keep_lock(state.path(), {"deploy", "run-1", "book", "anna", "here", "", "rollback incomplete"}));
  REQUIRE(keep_lock(state.path(), {"other \n", "run-1", "book", "anna", "here", "", "rollback incomplete"}));
  CHECK(kept_lock(state.path(), "deploy")->value().run == "run-1");
  CHECK(locks_kept_by(state.path(), "run-2")->empty());
  REQUIRE(locks_kept_by(state.path(), "run-1")->size() == 2);
  CHECK(locks_kept_by(state.path(), "run-1")->back().lock == "other \n");

  CHECK_FALSE(resolve_lock(state.path(), {"deploy", "run-2", "bob", "there", "because", ""}));
  REQUIRE(resolve_lock(state.path(), {"deploy", "run-1", "bob", "there", "because", ""}));
  CHECK_FALSE(resolve_lock(state.path(), {"deploy", "run-1", "bob", "there", "because", ""}));
  CHECK_FALSE(kept_lock(state.path(), "deploy")->has_value());
  const auto resolutions = resolutions_of(state.path(), "run-1");
  REQUIRE(resolutions->size() == 1);
  CHECK(resolutions->front().user == "bob");
  CHECK(resolutions->front().why == "because");
  CHECK(resolutions_of(state.path(), "run-2")->empty());
  REQUIRE(drop_kept_lock(state.path(), "other \n"));
  CHECK(locks_kept_by(state.path(), "run-1")->empty());
}
