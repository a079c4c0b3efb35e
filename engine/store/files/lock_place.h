// Where a named lock keeps its files, in the state directory, 0700 and 0600:
//
//   locks/<name>/mutex             held for the moment in which tickets are drawn or cleared away
//   locks/<name>/ticket.00000007   one engine that holds the lock or waits for it: the lowest whose engine lives holds
//   locks/<name>/kept              a run that keeps the lock although no engine drives it
//   locks/<name>/history.jsonl     who took the lock from such a run, when and why
//
// A ticket is locked in the kernel by its engine's open file, so it is over when the engine is, however that dies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/value.h"

namespace runbook {

// A file name for any lock's name, a different one for each: letters, digits, `-`, `_` and `.` stay.
std::string lock_file_name(std::string_view name);

inline std::string locks_directory(const std::string& state_directory) { return state_directory + "/locks"; }

struct LockPlace {
  std::string name;  // of the lock
  std::string path;
  UniqueFd directory;

  // Makes what is missing.
  static Result<LockPlace> make(const std::string& state_directory, const std::string& name);
  // nullopt: nobody ever took this lock.
  static Result<std::optional<LockPlace>> find(const std::string& state_directory, const std::string& name);
  // Of every lock that was ever taken here; `name` is the folder's then.
  static Result<std::vector<LockPlace>> all(const std::string& state_directory);

  std::string file(std::string_view file_name) const { return path + "/" + std::string(file_name); }
  // Blocks while another engine is at it, for moments. Dropped with the descriptor.
  Result<UniqueFd> hold_mutex() const;
  // Tickets there are, in order, whoever they belong to.
  Result<std::vector<std::uint64_t>> tickets() const;
  // The JSON object in the first line of a file; nullopt when there is no file.
  Result<std::optional<Value>> read_object(const std::string& file_name) const;
};

std::string ticket_name(std::uint64_t number);

// A text member of a map, or empty.
std::string text_member(const Value& map, std::string_view key);

}  // namespace runbook
