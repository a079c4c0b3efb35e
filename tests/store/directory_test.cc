// State directories, run directories, their locks and snapshots.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/hash.h"
#include "base/unique_fd.h"
#include "journal/fixture.h"
#include "store/files/run_directory.h"
#include "store/files/run_lock.h"
#include "store/files/snapshot.h"
#include "store/files/state_directory.h"

using namespace runbook;
using namespace runbook::test;
namespace fs = std::filesystem;

namespace {

// Sets an environment variable, or takes it away, for one test.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Environment() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

unsigned mode_of(const std::string& path) {
  struct stat info;
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

RunIdSource ids(std::vector<std::string> suffixes) {
  RunIdSource source;
  source.wall_clock = [] { return *parse_wall_time("2026-11-20T23:15:02.999Z"); };
  source.suffix = [suffixes, next = std::size_t{0}]() mutable { return suffixes[next++ % suffixes.size()]; };
  return source;
}

}  // namespace

TEST_CASE("the state directory is the chosen one, or where the system keeps such things") {
  Environment own("RUNBOOK_STATE_DIR", nullptr), xdg("XDG_STATE_HOME", nullptr), home("HOME", "/home/anna");
  CHECK(find_state_directory("/x/y").value() == "/x/y");
  CHECK(find_state_directory("/x/../y/").value() == "/y");
  CHECK(find_state_directory("y").value() == fs::current_path().string() + "/y");
  CHECK(find_state_directory("").value() == "/home/anna/.local/state/runbook");
  Environment set_xdg("XDG_STATE_HOME", "/var/state");
  CHECK(find_state_directory("").value() == "/var/state/runbook");
  {
    Environment relative("XDG_STATE_HOME", "state");
    CHECK(find_state_directory("").value() == "/home/anna/.local/state/runbook");
  }
  Environment set_own("RUNBOOK_STATE_DIR", "/srv/runbook");
  CHECK(find_state_directory("").value() == "/srv/runbook");
  CHECK(find_state_directory("/x").value() == "/x");
}

TEST_CASE("a missing state directory is created, private") {
  TempDirectory temp;
  const auto path = temp.path() + "/a/b/runbook";
  REQUIRE(prepare_state_directory(path));
  for (const auto& made : {temp.path() + "/a", temp.path() + "/a/b", path, path + "/runs"})
    CHECK(mode_of(made) == 0700);
  REQUIRE(prepare_state_directory(path));
}

TEST_CASE("a state directory that others may write to is refused") {
  TempDirectory temp;
  const auto path = temp.path() + "/state";
  REQUIRE(prepare_state_directory(path));
  for (const unsigned mode : {0720u, 0702u, 0777u, 01777u}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const auto result = prepare_state_directory(path);
    REQUIRE_FALSE(result);
    CHECK(result.error().message().find("others may write to it") != std::string::npos);
  }
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
  CHECK(prepare_state_directory(path));
  REQUIRE(::chmod((path + "/runs").c_str(), 0770) == 0);
  CHECK_FALSE(prepare_state_directory(path));
}

TEST_CASE("a state directory of somebody else is refused") {
  // Root owns a directory nobody else does; anybody else does not own root's.
  TempDirectory temp;
  const auto path = temp.path() + "/state";
  std::string foreign = "/usr";
  if (::geteuid() == 0) {
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    foreign = path;
  }
  const auto result = prepare_state_directory(foreign);
  REQUIRE_FALSE(result);
  CHECK(result.error().message().find("it belongs to user") != std::string::npos);
  CHECK_FALSE(fs::exists(foreign + "/runs"));
}

TEST_CASE("a state directory that is a link, dangling or not, is refused") {
  TempDirectory temp;
  const auto link = temp.path() + "/link", target = temp.path() + "/target";
  fs::create_directory_symlink(target, link);
  CHECK(prepare_state_directory(link).error().message().find("symbolic link") != std::string::npos);
  CHECK_FALSE(fs::exists(target));
  fs::create_directory(target);
  CHECK(prepare_state_directory(link).error().message().find("symbolic link") != std::string::npos);
  CHECK_FALSE(fs::exists(target + "/runs"));
}

TEST_CASE("a run's directory is new, private and has its folders") {
  TempDirectory temp;
  REQUIRE(prepare_state_directory(temp.path()));
  const auto run = RunDirectory::create(temp.path(), "deploy-checkout", ids({"k3f9"}));
  REQUIRE(run);
  CHECK(run->id() == "20261120-231502-deploy-checkout-k3f9");
  CHECK(run->path() == temp.path() + "/runs/20261120-231502-deploy-checkout-k3f9");
  CHECK(mode_of(run->path()) == 0700);
  for (const char* name : {"/runbook", "/logs", "/artifacts"}) CHECK(mode_of(run->path() + name) == 0700);
  CHECK(mode_of(run->path() + "/lock") == 0600);
  CHECK(is_run_id(run->id()));
}

TEST_CASE("an id that is taken is not used twice") {
  TempDirectory temp;
  REQUIRE(prepare_state_directory(temp.path()));
  const auto first = RunDirectory::create(temp.path(), "x", ids({"aaaa"}));
  const auto second = RunDirectory::create(temp.path(), "x", ids({"aaaa", "aaaa", "bbbb"}));
  REQUIRE(second);
  CHECK(second->id() == "20261120-231502-x-bbbb");
  const auto none = RunDirectory::create(temp.path(), "x", ids({"aaaa", "bbbb"}));
  REQUIRE_FALSE(none);
  CHECK(none.error().message().find("no run id is free") != std::string::npos);
  // A dangling link in its place is taken, too.
  fs::create_directory_symlink("/nowhere", temp.path() + "/runs/20261120-231502-x-cccc");
  CHECK(RunDirectory::create(temp.path(), "x", ids({"cccc", "dddd"}))->id() == "20261120-231502-x-dddd");
}

TEST_CASE("ids are made of what file systems and people can take") {
  const auto time = *parse_wall_time("2026-11-20T23:15:02.999Z");
  CHECK(make_run_id(time, "../../etc", "k3f9") == "20261120-231502-------etc-k3f9");
  CHECK(make_run_id(time, std::string(500, 'a'), "k3f9").size() < 255);
  RunIdSource real;
  TempDirectory temp;
  REQUIRE(prepare_state_directory(temp.path()));
  const auto run = RunDirectory::create(temp.path(), "x", real);
  REQUIRE(run);
  CHECK(is_run_id(run->id()));
  CHECK(run->id().size() == std::string("20261120-231502-x-k3f9").size());
  for (const char* wrong : {"", ".", "..", "lost+found", "20261120-231502", "20261120-231502-", "2026112x-231502-a",
                            "20261120-231502-a/b", "20261120-231502-A", "20261120231502--a"})
    CHECK_FALSE(is_run_id(wrong));
}

TEST_CASE("one engine drives a run, and who is turned away learns which") {
  TempDirectory temp;
  REQUIRE(prepare_state_directory(temp.path()));
  std::string id;
  {
    const auto run = RunDirectory::create(temp.path(), "x");
    REQUIRE(run);
    id = run->id();
    CHECK(is_live(run->path()));
    const auto second = RunDirectory::open(temp.path(), id);
    REQUIRE_FALSE(second);
    CHECK(second.error().number == EWOULDBLOCK);
    CHECK(second.error().message().find("the run is driven by process " + std::to_string(::getpid()) + " since 20") !=
          std::string::npos);
    CHECK(is_live(run->path()));
  }
  CHECK_FALSE(is_live(temp.path() + "/runs/" + id));
  const auto again = RunDirectory::open(temp.path(), id);
  REQUIRE(again);
  CHECK(is_live(again->path()));
  CHECK_FALSE(RunDirectory::open(temp.path(), "20200101-000000-none-aaaa"));
}

TEST_CASE("asking whether a run is live neither takes nor drops the lock") {
  TempDirectory temp;
  CHECK_FALSE(is_live(temp.path()));
  {
    const auto lock = RunLock::take(temp.path());
    REQUIRE(lock);
    for (int i = 0; i < 10; ++i) CHECK(is_live(temp.path()));
    CHECK_FALSE(RunLock::take(temp.path()));
  }
  CHECK_FALSE(is_live(temp.path()));
  CHECK(RunLock::take(temp.path()));
}

TEST_CASE("the lock ends with its process, however that ends") {
  TempDirectory temp;
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd out(ends[0]);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto lock = RunLock::take(temp.path());
    if (!lock || ::write(ends[1], "x", 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  ::close(ends[1]);
  char taken = 0;
  REQUIRE(::read(out.get(), &taken, 1) == 1);
  CHECK(is_live(temp.path()));
  CHECK_FALSE(RunLock::take(temp.path()));
  REQUIRE(::kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK_FALSE(is_live(temp.path()));
  CHECK(RunLock::take(temp.path()));
}

TEST_CASE("a planted lock link is not followed") {
  TempDirectory temp;
  fs::create_symlink(temp.path() + "/target", temp.path() + "/lock");
  CHECK_FALSE(RunLock::take(temp.path()));
  CHECK_FALSE(fs::exists(temp.path() + "/target"));
}

TEST_CASE("a snapshot is kept as it was and hashed as sha256sum does") {
  TempDirectory temp;
  fs::create_directory(temp.path() + "/runbook");
  const std::vector<SnapshotFile> files = {{"deploy.yaml", "a"}, {"std/notify.yaml", "b"}, {"std/deep/x.lua", ""}};
  REQUIRE(write_snapshot(temp.path(), files));
  CHECK(read_text(temp.path() + "/runbook/std/notify.yaml") == "b");
  CHECK(mode_of(temp.path() + "/runbook/std") == 0700);
  CHECK(mode_of(temp.path() + "/runbook/std/deep/x.lua") == 0600);

  const auto listing = hex(sha256("a")) + "  deploy.yaml\n" + hex(sha256("")) + "  std/deep/x.lua\n" +
                       hex(sha256("b")) + "  std/notify.yaml\n";
  CHECK(snapshot_hash(files) == hex(sha256(listing)));
  CHECK(hash_snapshot(temp.path()).value() == snapshot_hash(files));
  CHECK(snapshot_hash({{"deploy.yaml", "a"}}) == hex(sha256("a")));

  fs::create_symlink("/etc/passwd", temp.path() + "/runbook/link");
  CHECK(hash_snapshot(temp.path()).error().message().find("symbolic link") != std::string::npos);
}

TEST_CASE("a snapshot does not leave its directory") {
  TempDirectory temp;
  fs::create_directory(temp.path() + "/runbook");
  for (const char* name : {"../x", "a/../../x", "/x", "", "a//b", "a/", "."}) {
    INFO(name);
    CHECK_FALSE(write_snapshot(temp.path(), {{name, "x"}}));
  }
  fs::create_directory_symlink(temp.path(), temp.path() + "/runbook/out");
  CHECK_FALSE(write_snapshot(temp.path(), {{"out/x", "x"}}));
  CHECK_FALSE(fs::exists(temp.path() + "/x"));
}
