#include "store/files/lock_ticket.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <thread>

#include "base/io.h"
#include "base/wall_time.h"

namespace runbook {
namespace {

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

// Its engine lives. Whoever waits for it holds a shared lock for a moment, so that is not asked about.
Result<bool> is_taken(const UniqueFd& ticket, const std::string& path) {
  auto lock = whole_file(F_RDLCK);
  if (::fcntl(ticket.get(), F_OFD_GETLK, &lock) != 0) return system_error("ask about", path);
  return lock.l_type != F_UNLCK;
}

// Invalid: it has been given back.
Result<UniqueFd> open_ticket(const LockPlace& place, std::uint64_t number) {
  const auto name = ticket_name(number);
  auto file = open_file_at(place.directory, name, place.file(name));
  if (!file && file.error().number == ENOENT) return UniqueFd();
  return file;
}

Result<bool> is_taken(const LockPlace& place, std::uint64_t number) {
  const auto file = open_ticket(place, number);
  if (!file) return tl::unexpected(file.error());
  return file->valid() ? is_taken(*file, place.file(ticket_name(number))) : Result<bool>(false);
}

std::string written(const std::string& lock, const LockUser& user) {
  Value value = Value::map();
  value.set("lock", lock);
  value.set("run", user.run);
  value.set("runbook", user.runbook);
  value.set("user", user.user);
  value.set("host", user.host);
  value.set("pid", user.pid);
  value.set("since", user.since);
  value.set("holds", user.holds);
  value.set("supervisor", user.supervisor);
  value.set("supervisor_began", static_cast<std::int64_t>(user.supervisor_began));
  return to_json(value) + "\n";
}

LockUser read_user(const Value& value) {
  const auto number = [&](std::string_view key) {
    const auto* found = value.find(key);
    return found && found->is_integer() ? found->as_integer() : 0;
  };
  LockUser user;
  user.run = text_member(value, "run");
  user.runbook = text_member(value, "runbook");
  user.user = text_member(value, "user");
  user.host = text_member(value, "host");
  user.since = text_member(value, "since");
  user.pid = number("pid");
  const auto* holds = value.find("holds");
  user.holds = holds && *holds == Value(true);
  user.supervisor = number("supervisor");
  user.supervisor_began = static_cast<std::uint64_t>(number("supervisor_began"));
  return user;
}

// What a ticket says; of one that is just being written, or given back, nothing.
LockUser user_of(const LockPlace& place, std::uint64_t number) {
  const auto value = place.read_object(ticket_name(number));
  return value && *value ? read_user(**value) : LockUser{};
}

// The numbers below `mine`, with a living engine or without.
Result<std::vector<std::uint64_t>> before(const LockPlace& place, std::uint64_t mine, bool living) {
  const auto all = place.tickets();
  if (!all) return tl::unexpected(all.error());
  std::vector<std::uint64_t> found;
  for (const auto number : *all) {
    if (number >= mine) break;
    const auto taken = is_taken(place, number);
    if (!taken) return tl::unexpected(taken.error());
    if (*taken == living) found.push_back(number);
  }
  return found;
}

Result<UniqueFd> create_ticket(const LockPlace& place, std::uint64_t number) {
  const auto name = ticket_name(number);
  UniqueFd file(
      ::openat(place.directory.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return system_error("create", place.file(name));
  auto lock = whole_file(F_WRLCK);
  while (::fcntl(file.get(), F_OFD_SETLKW, &lock) != 0)
    if (errno != EINTR) return system_error("lock", place.file(name));
  return file;
}

}  // namespace

std::uint64_t process_began(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  auto at = text.rfind(')');  // a name may hold anything
  if (at == std::string::npos) return 0;
  // After the name, in parentheses, come state (3) … start time (22).
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + 1, nullptr, 10);
}

// The thread that sleeps in the kernel until the ticket before is over: only that is told to nobody but who waits in
// fcntl(2). It owns what it needs, so that it may outlive the ticket; then it wakes once more, and is gone.
struct LockTicket::Watch {
  LockPlace place;
  std::uint64_t number = 0;
  UniqueFd wake;
  std::atomic<bool> over{false};

  void run() {
    while (!over) {
      const auto ahead = before(place, number, true);
      if (!ahead || ahead->empty()) break;
      const auto nearest = open_ticket(place, ahead->back());
      if (!nearest) break;
      auto lock = whole_file(F_RDLCK);
      while (nearest->valid() && ::fcntl(nearest->get(), F_OFD_SETLKW, &lock) != 0)
        if (errno != EINTR) return tell();
      tell();
    }
    tell();
  }
  void tell() {
    const std::uint64_t one = 1;
    // It can only fail when it is readable anyway.
    (void)!::write(wake.get(), &one, sizeof one);
  }
};

LockTicket::LockTicket(LockPlace place, UniqueFd file, std::uint64_t number, LockUser me)
    : place_(std::move(place)), file_(std::move(file)), number_(number), me_(std::move(me)) {}

LockTicket::LockTicket(LockTicket&&) noexcept = default;

LockTicket::~LockTicket() {
  if (watch_) watch_->over = true;
  if (!file_.valid()) return;  // moved away
  // Nobody else takes a ticket away while it is locked. One that stays says of a dead engine that it held the lock.
  ::unlinkat(place_.directory.get(), ticket_name(number_).c_str(), 0);
}

Result<LockTicket> LockTicket::draw(const std::string& state_directory, const std::string& name, LockUser me) {
  auto place = LockPlace::make(state_directory, name);
  if (!place) return tl::unexpected(place.error());
  const auto mutex = place->hold_mutex();
  if (!mutex) return tl::unexpected(mutex.error());
  const auto there = place->tickets();
  if (!there) return tl::unexpected(there.error());
  const auto number = there->empty() ? 1 : there->back() + 1;
  auto file = create_ticket(*place, number);
  if (!file) return tl::unexpected(file.error());
  me.since = write_wall_time(wall_now());
  LockTicket ticket(std::move(*place), std::move(*file), number, std::move(me));
  RUNBOOK_TRY(ticket.write());
  return ticket;
}

// In place: a file renamed over it would not be locked. Nothing but the first line counts.
Result<> LockTicket::write() const {
  const auto text = written(place_.name, me_);
  const auto path = place_.file(ticket_name(number_));
  const auto count = ::pwrite(file_.get(), text.data(), text.size(), 0);
  if (count < 0) return system_error("write", path);
  if (static_cast<std::size_t>(count) != text.size()) return failure("write", path, "only a part of it was written");
  return {};
}

Result<std::vector<LockUser>> LockTicket::ahead() const {
  const auto numbers = before(place_, number_, true);
  if (!numbers) return tl::unexpected(numbers.error());
  std::vector<LockUser> users;
  for (const auto number : *numbers) users.push_back(user_of(place_, number));
  return users;
}

Result<int> LockTicket::wake_fd() {
  if (watch_) return watch_->wake.get();
  auto watch = std::make_shared<Watch>();
  watch->place.name = place_.name;
  watch->place.path = place_.path;
  watch->place.directory.reset(::fcntl(place_.directory.get(), F_DUPFD_CLOEXEC, 0));
  watch->number = number_;
  watch->wake.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!watch->place.directory.valid() || !watch->wake.valid()) return system_error("watch", place_.path);
  try {
    std::thread([watch] { watch->run(); }).detach();
  } catch (const std::system_error& error) {
    return system_error("watch", place_.path, error.code().value());
  }
  watch_ = std::move(watch);
  return watch_->wake.get();
}

void LockTicket::clear_wake() {
  std::uint64_t count;
  if (watch_) (void)!::read(watch_->wake.get(), &count, sizeof count);
}

Result<std::vector<LockUser>> LockTicket::died_holding() const {
  const auto numbers = before(place_, number_, false);
  if (!numbers) return tl::unexpected(numbers.error());
  std::vector<LockUser> dead;
  for (const auto number : *numbers)
    if (auto user = user_of(place_, number); user.holds) dead.push_back(std::move(user));
  return dead;
}

Result<> LockTicket::hold(const std::string& run) {
  me_.run = run;
  me_.holds = true;
  me_.since = write_wall_time(wall_now());
  RUNBOOK_TRY(write());
  // Under the mutex no number is given out anew, so what is not taken now is nobody's.
  const auto mutex = place_.hold_mutex();
  if (!mutex) return tl::unexpected(mutex.error());
  const auto numbers = before(place_, number_, false);
  if (!numbers) return tl::unexpected(numbers.error());
  for (const auto number : *numbers) {
    const auto name = ticket_name(number);
    if (::unlinkat(place_.directory.get(), name.c_str(), 0) != 0 && errno != ENOENT)
      return system_error("remove", place_.file(name));
  }
  return {};
}

UniqueFd still_ending(const LockUser& dead) {
  if (dead.supervisor <= 0 || dead.supervisor_began == 0) return UniqueFd();
  UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(dead.supervisor), 0)));
  // Looked at after it was opened: what is named is what is held.
  if (!process.valid() || process_began(dead.supervisor) != dead.supervisor_began) return UniqueFd();
  return process;
}

Result<std::optional<LockUser>> lock_holder(const std::string& state_directory, const std::string& name) {
  const auto place = LockPlace::find(state_directory, name);
  if (!place) return tl::unexpected(place.error());
  if (!*place) return std::optional<LockUser>();
  const auto numbers = before(**place, UINT64_MAX, true);
  if (!numbers) return tl::unexpected(numbers.error());
  if (numbers->empty()) return std::optional<LockUser>();
  return std::optional(user_of(**place, numbers->front()));
}

}  // namespace runbook
