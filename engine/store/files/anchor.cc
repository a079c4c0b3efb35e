#include "store/files/anchor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/io.h"
#include "base/value.h"
#include "journal/line_reader.h"

namespace runbook {
namespace {

// The line of an anchor; a newline first when an engine died while it wrote the one before.
Result<std::string> next_line(const UniqueFd& file, std::uint64_t size, const std::string& run_id,
                              std::uint64_t records, const Digest& head, const std::string& path) {
  std::string line;
  if (size > 0) {
    char last = 0;
    if (::pread(file.get(), &last, 1, static_cast<off_t>(size - 1)) != 1) return system_error("read", path);
    if (last != '\n') line += '\n';
  }
  line += "{\"run\":";
  append_json_string(line, run_id);
  line += ",\"records\":" + std::to_string(records) + ",\"head\":\"" + hex(head) + "\"}\n";
  return line;
}

struct NamedAnchor : Anchor {
  std::string run;
};

std::optional<NamedAnchor> parse_anchor(std::string_view line) {
  Value value;
  if (!from_json(line, value)) return std::nullopt;
  const auto *run = value.find("run"), *records = value.find("records"), *head = value.find("head");
  if (!run || !run->is_string() || !records || !records->is_integer() || records->as_integer() < 0) return std::nullopt;
  NamedAnchor anchor;
  if (!head || !head->is_string() || !parse_hex(head->as_string(), anchor.head)) return std::nullopt;
  anchor.run = run->as_string();
  anchor.records = static_cast<std::uint64_t>(records->as_integer());
  return anchor;
}

}  // namespace

Result<> append_anchor(const std::string& state_directory, const std::string& run_id, std::uint64_t records,
                       const Digest& head) {
  const std::string path = state_directory + "/" + std::string(anchors_name);
  auto directory = open_directory(state_directory);
  if (!directory) return tl::unexpected(directory.error());
  const UniqueFd file(::openat(directory->get(), anchors_name.data(),
                               O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.valid()) return system_error("open", path);
  while (::flock(file.get(), LOCK_EX) != 0)  // until the file is closed
    if (errno != EINTR) return system_error("lock", path);

  const auto size = file_size(file, path);
  if (!size) return tl::unexpected(size.error());
  const auto line = next_line(file, *size, run_id, records, head, path);
  if (!line) return tl::unexpected(line.error());
  if (auto written = write_file(file, *line, path); !written) {
    if (::ftruncate(file.get(), static_cast<off_t>(*size)) != 0)
      written.error().reason += "; a part of it stayed there";
    return written;
  }
  RUNBOOK_TRY(sync_file(file, path));
  return *size == 0 ? sync_file(*directory, state_directory) : Result<>();
}

Result<Anchors> read_anchors(const std::string& state_directory, const std::string& run_id) {
  Anchors found;
  const std::string path = state_directory + "/" + std::string(anchors_name);
  auto file = open_file(path);
  if (!file && file.error().number == ENOENT) return found;
  if (!file) return tl::unexpected(file.error());
  found.there = true;
  LineReader lines(std::move(*file), path);
  for (std::uint64_t number = 1;; ++number) {
    const auto line = lines.next();
    if (!line) return tl::unexpected(line.error());
    if (!*line) return found;
    const auto anchor = parse_anchor((*line)->text);
    if (!anchor)
      found.bad_lines.push_back(number);
    else if (anchor->run == run_id)
      found.anchors.push_back(*anchor);
  }
}

}  // namespace runbook
