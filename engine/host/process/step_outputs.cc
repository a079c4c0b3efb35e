#include "host/process/step_outputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/duration.h"
#include "base/io.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace runbook {
namespace {

bool is_name(std::string_view text) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

Unexpected at_line(std::size_t line, std::string reason) {
  return failure("read", "$RUNBOOK_OUTPUT", "line " + std::to_string(line) + ": " + std::move(reason));
}

void put(StepOutputs& outputs, std::string_view name, std::string value) {
  for (auto& [known, old] : outputs) {
    if (known == name) {
      old = std::move(value);
      return;
    }
  }
  outputs.emplace_back(name, std::move(value));
}

}  // namespace

Result<StepOutputs> parse_step_outputs(std::string_view text) {
  StepOutputs outputs;
  const auto lines = split_lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (trim(line).empty()) continue;
    const std::size_t number = i + 1;
    const std::size_t equals = line.find('='), block = line.find("<<");
    if (equals == std::string_view::npos && block == std::string_view::npos) {
      return at_line(number, "want `name=value`, got " + ticked(line));
    }
    const std::string_view name = line.substr(0, std::min(equals, block));
    if (!is_name(name)) {
      return at_line(number, ticked(name) + " is not a name: letters, digits and `_`, not beginning with a digit");
    }
    std::string value;
    if (equals < block) {
      value = line.substr(equals + 1);
    } else {
      const std::string_view word = line.substr(block + 2);
      if (word.empty()) return at_line(number, "the block of `" + std::string(name) + "` has no end word after `<<`");
      bool ended = false;
      for (++i; i < lines.size(); ++i) {
        ended = lines[i] == word;
        if (ended) break;
        if (i > number) value += '\n';
        value += lines[i];
      }
      if (!ended) return at_line(number, "the block of `" + std::string(name) + "` has no end line " + ticked(word));
    }
    if (value.find('\0') != std::string::npos) {
      return at_line(number, "the value of `" + std::string(name) + "` holds a NUL byte");
    }
    put(outputs, name, std::move(value));
  }
  return outputs;
}

Result<std::string> take_step_output_file(int directory, const std::string& name) {
  // O_NONBLOCK: a FIFO in its place must not hold us up.
  UniqueFd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return std::string();
  const int open_error = errno;
  if (::unlinkat(directory, name.c_str(), 0) != 0 && errno != EISDIR && errno != ENOENT) {
    return system_error("remove", "$RUNBOOK_OUTPUT");
  }
  if (!file.valid() && open_error != ELOOP) return system_error("open", "$RUNBOOK_OUTPUT", open_error);
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return failure("read", "$RUNBOOK_OUTPUT", "the step put something that is not a regular file in its place");
  }
  auto text = read_all(file, "$RUNBOOK_OUTPUT", max_step_outputs);
  if (!text && text.error().number == EFBIG) text.error().reason += "; hand on the name of a file instead";
  return text;
}

}  // namespace runbook
