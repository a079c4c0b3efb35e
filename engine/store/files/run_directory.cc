#include "store/files/run_directory.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/check.h"
#include "base/io.h"
#include "store/files/snapshot.h"
#include "store/files/state_directory.h"

namespace runbook {
namespace {

constexpr std::size_t longest_name = 100;  // a file name may have 255 bytes
constexpr int most_collisions = 100;

bool is_id_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string random_suffix() {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789";
  unsigned char bytes[4];
  CHECK(::getentropy(bytes, sizeof bytes) == 0);
  std::string suffix;
  for (const auto byte : bytes) suffix += characters[byte % characters.size()];
  return suffix;
}

Result<> make_folders(const UniqueFd& directory, const std::string& path) {
  for (const std::string& name :
       {std::string(snapshot_name), std::string("logs"), std::string("artifacts"), std::string("requests")})
    if (::mkdirat(directory.get(), name.c_str(), 0700) != 0) return system_error("create", path + "/" + name);
  return sync_file(directory, path);
}

}  // namespace

std::string make_run_id(WallTime started, std::string_view runbook_name, std::string_view suffix) {
  const auto text = write_wall_time(started);  // 2026-11-20T23:15:04.118Z
  std::string id = text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + "-" + text.substr(11, 2) +
                   text.substr(14, 2) + text.substr(17, 2) + "-";
  for (const char c : runbook_name.substr(0, longest_name)) id += is_id_character(c) ? c : '-';
  return id + "-" + std::string(suffix);
}

bool is_run_id(std::string_view text) {
  if (text.size() < 17 || text.size() > 255 || text[8] != '-' || text[15] != '-') return false;
  for (std::size_t i = 0; i < 15; ++i)
    if (i != 8 && !is_digit(text[i])) return false;
  return std::all_of(text.begin() + 16, text.end(), is_id_character);
}

Result<RunDirectory> RunDirectory::create(const std::string& state_directory, std::string_view runbook_name,
                                          const RunIdSource& source) {
  const std::string runs_path = runs_directory(state_directory);
  const auto runs = open_directory(runs_path);
  if (!runs) return tl::unexpected(runs.error());
  for (int i = 0; i < most_collisions; ++i) {
    const auto id = make_run_id(source.wall_clock(), runbook_name, source.suffix ? source.suffix() : random_suffix());
    const std::string path = runs_path + "/" + id;
    if (::mkdirat(runs->get(), id.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      return system_error("create", path);
    }
    const auto directory = open_directory_at(*runs, id, path);
    if (!directory) return tl::unexpected(directory.error());
    auto lock = RunLock::take(path);
    if (!lock) return tl::unexpected(lock.error());
    RUNBOOK_TRY(make_folders(*directory, path));
    RUNBOOK_TRY(sync_file(*runs, runs_path));
    return RunDirectory(id, path, std::move(*lock));
  }
  return failure("create", runs_path, "no run id is free");
}

Result<RunDirectory> RunDirectory::open(const std::string& state_directory, const std::string& run_id) {
  CHECK(is_run_id(run_id));
  const std::string path = runs_directory(state_directory) + "/" + run_id;
  auto lock = RunLock::take(path);
  if (!lock) return tl::unexpected(lock.error());
  return RunDirectory(run_id, path, std::move(*lock));
}

}  // namespace runbook
