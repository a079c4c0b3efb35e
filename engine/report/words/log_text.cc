#include "report/words/log_text.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "report/output_lines.h"

namespace runbook {
namespace {

constexpr std::size_t chunk = 64 << 10;
constexpr std::size_t longest_piece = 64 << 10;  // of a line

Result<std::string_view> read_at(int file, std::string& buffer, std::size_t size, std::uint64_t from) {
  buffer.resize(size);
  for (;;) {
    const ssize_t count = ::pread(file, buffer.data(), size, static_cast<off_t>(from));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read", "the log");
    return std::string_view(buffer).substr(0, static_cast<std::size_t>(count));
  }
}

// Where the last `wanted` lines begin; `wanted` becomes how many are still missing when the file has fewer.
Result<std::uint64_t> find_last_lines(int file, std::size_t& wanted) {
  const off_t end = ::lseek(file, 0, SEEK_END);
  if (end < 0) return system_error("seek in", "the log");
  if (wanted == 0 || end == 0) return static_cast<std::uint64_t>(end);
  std::string buffer;
  const auto size = static_cast<std::uint64_t>(end);
  for (std::uint64_t at = size; at > 0;) {
    const auto count = std::min<std::uint64_t>(chunk, at);
    const auto bytes = read_at(file, buffer, static_cast<std::size_t>(count), at - count);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->size() < count) return failure("read", "the log", "it became shorter meanwhile");
    for (auto i = bytes->size(); i > 0; --i) {
      const auto after = at - count + i;
      if ((*bytes)[i - 1] == '\n' && after < size && --wanted == 0) return after;
    }
    at -= count;
  }
  --wanted;  // the first line has no line end before it
  return std::uint64_t{0};
}

Result<> feed_from(int file, std::uint64_t at, const std::function<void(std::string_view)>& feed) {
  std::string buffer;
  for (;;) {
    const auto bytes = read_at(file, buffer, chunk, at);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->empty()) return {};
    feed(*bytes);
    at += bytes->size();
  }
}

}  // namespace

Result<> print_log(const std::vector<int>& parts, const LogOptions& options,
                   const std::function<void(std::string_view)>& sink) {
  std::vector<std::uint64_t> begins(parts.size());
  if (options.last) {
    auto wanted = *options.last;
    for (auto i = parts.size(); i > 0; --i) {
      const auto begin = find_last_lines(parts[i - 1], wanted);
      if (!begin) return tl::unexpected(begin.error());
      begins[i - 1] = *begin;
    }
  }
  const auto prefix = options.style.clean(options.prefix);
  bool at_begin = true;
  const LineAssembler::Sink line = [&](std::string_view text, bool complete) {
    sink((at_begin ? prefix : "") + options.style.clean(strip_escapes(text)) + (complete ? "\n" : ""));
    at_begin = complete;
  };
  LineAssembler lines(longest_piece);
  for (std::size_t i = 0; i < parts.size(); ++i)
    RUNBOOK_TRY(feed_from(parts[i], begins[i], [&](std::string_view bytes) { lines.feed(bytes, line); }));
  lines.finish(line);
  if (!at_begin) sink("\n");
  return {};
}

}  // namespace runbook
