// JsonLine: writes the members of one JSON object by hand. A run appends several records a step, so no tree is built.
// Text that an author or a step provided passes through `redact`, the last line of defence before the disk; words of
// ours (names, hashes, kinds) do not, or a short secret could make a journal unreadable.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"

namespace runbook {

// The text without the values of secrets. Empty: text is written as it is.
using Redact = std::function<std::string(std::string_view)>;

class JsonLine {
 public:
  // Both must outlive this. Keys are written as they are: literals without escapes.
  JsonLine(std::string& out, const Redact& redact) : out_(out), redact_(redact) { out_ += '{'; }
  const Redact& redact() const { return redact_; }  // for members that are objects themselves

  void number(std::string_view key, std::int64_t number);
  void flag(std::string_view key, bool flag);
  void word(std::string_view key, std::string_view word);
  void text(std::string_view key, std::string_view text);
  void words(std::string_view key, const std::vector<std::string>& words);
  void texts(std::string_view key, const std::vector<std::string>& texts);
  // Integral doubles keep a `.0`, so that what reads back is of the same kind. Levels that a reader would refuse are
  // written as one string of JSON.
  void value(std::string_view key, const Value& value);
  // For lists of objects: begins the member, the caller writes its value.
  std::string& raw(std::string_view key);

 private:
  void append_text(std::string_view text);
  void append_number(const Value& value);
  void append_value(const Value& value, int depth);

  std::string& out_;
  const Redact& redact_;
  bool first_ = true;
};

}  // namespace runbook
