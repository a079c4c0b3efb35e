#include "redact/redactor.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace runbook {
namespace {

bool in_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

Result<std::shared_ptr<const Redactor>> Redactor::make(const std::vector<SecretValue>& secrets) {
  auto redactor = std::make_shared<Redactor>();
  std::vector<SecretPattern> patterns;
  for (const auto& [name, value] : secrets) {
    if (value.size() < shortest_secret) {
      return failure("use secret", "`" + name + "`",
                     value.empty() ? "its value is empty"
                                   : "its value has " + count_of(value.size(), "byte") + "; one of fewer than " +
                                         std::to_string(shortest_secret) + " cannot be kept out of the logs");
    }
    if (value.size() < shortest_free_pattern) redactor->whole_words_only_.push_back(name);
    for (auto& pattern : secret_patterns(value)) patterns.push_back(std::move(pattern));
  }
  redactor->automaton_ = PatternAutomaton(patterns);
  return redactor;
}

std::string Redactor::redact(std::string_view text) const {
  if (empty()) return std::string(text);
  // Not owning: the stream lives no longer than this call.
  RedactingStream stream(std::shared_ptr<const Redactor>(std::shared_ptr<const Redactor>(), this));
  std::string result;
  const RedactingStream::Sink sink = [&](std::string_view piece) { result += piece; };
  stream.feed(text, sink);
  stream.finish(sink);
  return result;
}

void RedactingStream::feed(std::string_view bytes, const Sink& sink) {
  if (!redactor_ || redactor_->empty()) {
    if (!bytes.empty()) sink(bytes);
    return;
  }
  const std::size_t from = held_.size();
  if (from > 0) held_ += bytes;
  const std::string_view window = from > 0 ? std::string_view(held_) : bytes;
  scan(window, from);
  // A secret can begin no earlier than the longest suffix that is the beginning of one.
  const std::size_t boundary = std::min(written_ + window.size() - automaton().depth(node_), word_begin_);
  emit(window, boundary, sink);
}

void RedactingStream::finish(const Sink& sink) {
  if (redactor_ && !redactor_->empty()) {
    const std::string rest = std::exchange(held_, {});
    const std::size_t end = written_ + rest.size();
    if (word_begin_ != none) hide(word_begin_, end);
    emit(rest, end, sink);
  }
  *this = RedactingStream(std::move(redactor_));
}

void RedactingStream::scan(std::string_view window, std::size_t from) {
  for (std::size_t at = from; at < window.size(); ++at) {
    if (word_begin_ != none) {
      if (!in_word(window[at])) hide(word_begin_, written_ + at);
      word_begin_ = none;
    }
    if (node_ == PatternAutomaton::root) {
      at = automaton().skip(window, at);
      if (at == window.size()) return;
    }
    node_ = automaton().step(node_, static_cast<unsigned char>(window[at]));
    const std::size_t end = written_ + at + 1;
    if (const std::size_t length = automaton().longest_match(node_); length > 0) hide(end - length, end);
    match_words(window, end);
  }
}

void RedactingStream::match_words(std::string_view window, std::size_t end) {
  automaton().each_word(node_, [&](std::size_t length) {
    const std::size_t begin = end - length;
    const char before = begin > written_ ? window[begin - written_ - 1] : before_;
    if (in_word(window[begin - written_]) && in_word(before)) return;
    if (in_word(window[end - written_ - 1])) {
      word_begin_ = std::min(word_begin_, begin);
    } else {
      hide(begin, end);
    }
  });
}

// Regions that touch become one: how many secrets follow each other is nobody's business.
void RedactingStream::hide(std::size_t begin, std::size_t end) {
  while (!regions_.empty() && regions_.back().end >= begin) {
    begin = std::min(begin, regions_.back().begin);
    end = std::max(end, regions_.back().end);
    regions_.pop_back();
  }
  regions_.push_back({begin, end});
}

void RedactingStream::emit(std::string_view window, std::size_t boundary, const Sink& sink) {
  const std::size_t start = written_;
  std::size_t at = start, used = 0;
  auto text_until = [&](std::size_t end) {
    if (end > at) sink(window.substr(at - start, end - at));
    at = end;
  };
  for (Region& region : regions_) {
    if (region.begin >= boundary) break;
    text_until(region.begin);
    if (region.begin != hidden_end_) sink("***");
    at = hidden_end_ = std::min(region.end, boundary);
    if (region.end > boundary) {
      region.begin = boundary;  // the rest of it follows later, without another `***`
      break;
    }
    ++used;
  }
  text_until(boundary);
  regions_.erase(regions_.begin(), regions_.begin() + static_cast<std::ptrdiff_t>(used));
  if (boundary > start) before_ = window[boundary - start - 1];
  written_ = boundary;
  // `window` may be held_ itself.
  if (!held_.empty()) {
    held_.erase(0, boundary - start);
  } else {
    held_ = window.substr(boundary - start);
  }
}

}  // namespace runbook
