#include "store/files/lock_place.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/hash.h"
#include "base/io.h"

namespace runbook {
namespace {

constexpr std::string_view ticket_prefix = "ticket.";
constexpr std::size_t longest_file_name = 120;
constexpr std::size_t longest_object = 64 << 10;

Result<std::vector<std::string>> entries(const UniqueFd& directory, const std::string& path) {
  UniqueFd own(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return system_error("open", path);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), ::closedir);
  if (!stream) return system_error("read", path);
  own.release();
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const auto* entry = ::readdir(stream.get());
    if (!entry && errno != 0) return system_error("read", path);
    if (!entry) return names;
    names.push_back(entry->d_name);
  }
}

Result<> make_folder(const std::string& above, const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return errno == EEXIST ? Result<>() : system_error("create", path);
  const auto directory = open_directory(above);
  if (!directory) return tl::unexpected(directory.error());
  return sync_file(*directory, above);
}

}  // namespace

std::string lock_file_name(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || (c == '.' && !escaped.empty());
    char hexadecimal[4];
    std::snprintf(hexadecimal, sizeof hexadecimal, "%%%02x", static_cast<unsigned char>(c));
    escaped += plain ? std::string(1, c) : std::string(hexadecimal);
  }
  if (escaped.size() <= longest_file_name && !escaped.empty()) return escaped;
  // No escape has two of `%` in a row.
  return escaped.substr(0, 40) + "%%" + hex(sha256(name));
}

Result<LockPlace> LockPlace::make(const std::string& state_directory, const std::string& name) {
  const auto locks = locks_directory(state_directory);
  LockPlace place{name, locks + "/" + lock_file_name(name), {}};
  RUNBOOK_TRY(make_folder(state_directory, locks));
  RUNBOOK_TRY(make_folder(locks, place.path));
  auto directory = open_directory(place.path);
  if (!directory) return tl::unexpected(directory.error());
  place.directory = std::move(*directory);
  return place;
}

Result<std::optional<LockPlace>> LockPlace::find(const std::string& state_directory, const std::string& name) {
  LockPlace place{name, locks_directory(state_directory) + "/" + lock_file_name(name), {}};
  auto directory = open_directory(place.path);
  if (!directory && directory.error().number == ENOENT) return std::optional<LockPlace>();
  if (!directory) return tl::unexpected(directory.error());
  place.directory = std::move(*directory);
  return std::optional(std::move(place));
}

Result<std::vector<LockPlace>> LockPlace::all(const std::string& state_directory) {
  std::vector<LockPlace> places;
  const auto locks = locks_directory(state_directory);
  const auto above = open_directory(locks);
  if (!above && above.error().number == ENOENT) return places;
  if (!above) return tl::unexpected(above.error());
  auto names = entries(*above, locks);
  if (!names) return tl::unexpected(names.error());
  std::sort(names->begin(), names->end());
  for (const auto& name : *names) {
    if (name[0] == '.') continue;
    auto directory = open_directory_at(*above, name, locks + "/" + name);
    if (!directory && directory.error().number == ENOTDIR) continue;  // nothing of ours
    if (!directory) return tl::unexpected(directory.error());
    places.push_back({name, locks + "/" + name, std::move(*directory)});
  }
  return places;
}

Result<UniqueFd> LockPlace::hold_mutex() const {
  UniqueFd mutex(::openat(directory.get(), "mutex", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!mutex.valid()) return system_error("open", file("mutex"));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  while (::fcntl(mutex.get(), F_OFD_SETLKW, &whole) != 0)
    if (errno != EINTR) return system_error("lock", file("mutex"));
  return mutex;
}

Result<std::vector<std::uint64_t>> LockPlace::tickets() const {
  const auto names = entries(directory, path);
  if (!names) return tl::unexpected(names.error());
  std::vector<std::uint64_t> numbers;
  for (const auto& entry : *names) {
    if (!entry.starts_with(ticket_prefix)) continue;
    const auto number = std::strtoull(entry.c_str() + ticket_prefix.size(), nullptr, 10);
    if (number > 0 && ticket_name(number) == entry) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<std::optional<Value>> LockPlace::read_object(const std::string& file_name) const {
  const auto opened = open_file_at(directory, file_name, file(file_name));
  if (!opened && opened.error().number == ENOENT) return std::optional<Value>();
  if (!opened) return tl::unexpected(opened.error());
  std::string text;
  char buffer[4096];
  while (text.size() < longest_object) {
    const auto count = read_some(*opened, buffer, sizeof buffer, file(file_name));
    if (!count) return tl::unexpected(count.error());
    if (*count == 0) break;
    text.append(buffer, *count);
  }
  Value value;
  if (!from_json(text.substr(0, text.find('\n')), value) || !value.is_map())
    return failure("read", file(file_name), "it does not hold what the engine writes there");
  return std::optional(std::move(value));
}

std::string ticket_name(std::uint64_t number) {
  char name[40];
  std::snprintf(name, sizeof name, "%s%08llu", ticket_prefix.data(), static_cast<unsigned long long>(number));
  return name;
}

std::string text_member(const Value& map, std::string_view key) {
  const auto* value = map.find(key);
  return value && value->is_string() ? value->as_string() : std::string();
}

}  // namespace runbook
