// Redactor: replaces the values of secrets by `***` in everything that enters the engine: output of processes, answers
// of servers, values a step hands on. Immutable, so one object serves all.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redact/pattern_automaton.h"

namespace runbook {

struct SecretValue {
  std::string name;
  std::string value;
};

class Redactor {
 public:
  // An error when a value is so short that hiding it would garble everything.
  static Result<std::shared_ptr<const Redactor>> make(const std::vector<SecretValue>& secrets);

  std::string redact(std::string_view text) const;
  // Nothing is hidden.
  bool empty() const { return automaton_.empty(); }
  // Names of the secrets so short that they are hidden as whole words only.
  const std::vector<std::string>& whole_words_only() const { return whole_words_only_; }

 private:
  friend class RedactingStream;
  PatternAutomaton automaton_;
  std::vector<std::string> whole_words_only_;
};

// The same for bytes that come in pieces. It keeps back only what may still become a secret, so that prompts and
// progress are seen at once. The result does not depend on how the input was cut.
class RedactingStream {
 public:
  using Sink = std::function<void(std::string_view)>;

  // nullptr: nothing is hidden.
  explicit RedactingStream(std::shared_ptr<const Redactor> redactor) : redactor_(std::move(redactor)) {}

  void feed(std::string_view bytes, const Sink& sink);
  // The end of the input; the stream is then as new.
  void finish(const Sink& sink);

 private:
  // Positions count from the beginning of the stream.
  struct Region {
    std::size_t begin, end;
  };

  const PatternAutomaton& automaton() const { return redactor_->automaton_; }
  void scan(std::string_view window, std::size_t from);
  void match_words(std::string_view window, std::size_t end);
  void hide(std::size_t begin, std::size_t end);
  void emit(std::string_view window, std::size_t boundary, const Sink& sink);

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::shared_ptr<const Redactor> redactor_;
  PatternAutomaton::NodeIndex node_ = PatternAutomaton::root;
  std::string held_;               // read, not yet written
  std::size_t written_ = 0;        // where held_ begins
  std::vector<Region> regions_;    // to hide, not yet written: in order, apart from each other
  std::size_t hidden_end_ = none;  // where the last `***` ends
  std::size_t word_begin_ = none;  // a whole word, if no letter follows
  char before_ = '\n';             // the byte before held_
};

}  // namespace runbook
