// ShellParser: words, quotes and expansions.
#include <algorithm>

#include "shell/shell_parser.h"
#include "source/codes.h"

namespace runbook {
namespace {


bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

ShellParser::Forced ShellParser::arithmetic(std::string_view what) const {
  return {code::shell_arithmetic, std::string(what) + " is arithmetic, which can run commands", help_arithmetic};
}

void ShellParser::require_bash(std::string_view construct) const {
  if (shell_ == Shell::sh) give_up("`" + std::string(construct) + "` is not read alike by every `sh`");
}

// Here-documents begin behind the next line end; when that line end is inside a quote or a substitution, shells differ.
void ShellParser::note_newline() {
  if (!heredocs_.empty()) give_up("a here-document begins on a line that ends inside a quote or substitution");
}

void ShellParser::read_hole(ShellWord& word, std::string_view replacement) {
  const auto hole = hole_count_at(at_);
  verdicts_[hole].replacement = replacement;
  if (!forced_.code.empty()) verdicts_.refuse(hole, forced_.code, forced_.reason, forced_.help);
  word.holes.push_back(hole);
  word.text += ShellWord::hole;
  ++at_;
}

ShellWord ShellParser::read_word(WordKind kind) {
  ShellWord word;
  bool tilde = false;      // a `~` at the beginning is waiting for its `/`
  std::size_t braces = 0;  // open `{` of a possible {a,b} or {1..9}
  std::size_t parentheses = 0;
  const auto literal = [&](const std::string& reason) {
    verdicts_.refuse(hole_count_at(at_), code::shell_literal, reason, help_env);
  };
  while (!at_end()) {
    const char c = peek();
    if (c == hole_byte) {
      if (tilde) literal("behind `~` it is not expanded to a home directory");
      const bool range = (word.text.size() >= 2 && word.text.ends_with("..")) || (peek(1) == '.' && peek(2) == '.');
      if (braces > 0 && range) literal("`{…..…}` is expanded before values are known");
      read_hole(word, "\"${@}\"");
      continue;
    }
    if (c == '\n' || is_blank(c)) {
      if (parentheses == 0 || c == '\n') break;
      ++at_;
      continue;
    }
    if (kind == WordKind::pattern && (c == '(' || c == ')' || c == '|')) {
      if (c == ')' && parentheses == 0) break;
      if (c == '|' && parentheses == 0 && peek(1) == '|') break;
      parentheses += c == '(' ? 1 : c == ')' ? -1 : 0;
      word.text += c;
      ++at_;
      continue;
    }
    if ((c == '<' || c == '>') && peek(1) == '(') {
      require_bash(c == '<' ? "<(" : ">(");
      const auto readers = code_readers_;
      ++at_;
      read_substitution(word);
      if (c == '>' && code_readers_ > readers) give_up("`>(…)` feeds a program that runs its input");
      continue;
    }
    if (c == ';' || c == '&' || c == '|' || c == '(' || c == ')' || c == '<' || c == '>') break;
    if (c == '\\') {
      read_escape(word, Quote::none);
    } else if (c == '\'') {
      read_single_quoted(word);
    } else if (c == '"') {
      read_double_quoted(word);
    } else if (c == '$') {
      read_dollar(word, Quote::none);
    } else if (c == '`') {
      read_backticks(word);
    } else {
      if (c == '~' && (word.text.empty() || word.text.back() == '=' || word.text.back() == ':')) tilde = true;
      if (c == '/' || c == ':') tilde = false;
      if (c == '{') ++braces;
      if (c == '}' && braces > 0) --braces;
      word.text += c;
      ++at_;
    }
  }
  return word;
}

void ShellParser::read_escape(ShellWord& word, Quote quote) {
  if (peek(1) == hole_byte) {
    const auto hole = hole_count_at(at_ + 1);
    verdicts_.refuse(hole, code::shell_literal, "behind a backslash the reference would appear as text",
                     "take the backslash away");
    ++at_;
    read_hole(word, "");
    return;
  }
  if (at_ + 1 >= limit_) give_up("the text ends with a backslash");
  if (peek(1) == '\n') {  // the line goes on
    note_newline();
  } else {
    if (quote != Quote::none) word.text += '\\';
    word.text += peek(1);
    word.quoted = true;
  }
  at_ += 2;
}

void ShellParser::read_single_quoted(ShellWord& word) {
  word.quoted = true;
  for (++at_; peek() != '\'';) {
    if (at_end()) give_up("a `'` is never closed");
    if (peek() == '\n') note_newline();
    if (peek() == hole_byte) {
      read_hole(word, "'\"${@}\"'");
    } else {
      word.text += peek();
      ++at_;
    }
  }
  ++at_;
}

void ShellParser::read_double_quoted(ShellWord& word) {
  word.quoted = true;
  for (++at_; peek() != '"';) {
    if (at_end()) give_up("a `\"` is never closed");
    const char c = peek();
    if (c == hole_byte) {
      read_hole(word, "${@}");
    } else if (c == '\\') {
      read_escape(word, Quote::doubled);
    } else if (c == '$') {
      read_dollar(word, Quote::doubled);
    } else if (c == '`') {
      read_backticks(word);
    } else {
      if (c == '\n') note_newline();
      word.text += c;
      ++at_;
    }
  }
  ++at_;
}

void ShellParser::read_ansi_quoted(ShellWord& word) {
  require_bash("$'…'");
  const Forcing literal(*this, {code::shell_literal, "inside `$'…'` the reference would appear as text", help_env});
  word.quoted = true;
  for (at_ += 2; peek() != '\'';) {
    if (at_end()) give_up("a `$'` is never closed");
    if (peek() == '\n') note_newline();
    if (peek() == hole_byte) {
      read_hole(word, "");
      continue;
    }
    if (peek() == '\\' && peek(1) != hole_byte) {
      if (at_ + 1 >= limit_) give_up("a `$'` is never closed");
      if (peek(1) == '\n') note_newline();
      word.text += ShellWord::expansion;  // which character it is does not matter here
      ++at_;
    } else {
      word.text += peek();
    }
    ++at_;
  }
  ++at_;
}

void ShellParser::note_expansion(ShellWord& word, std::string_view name) {
  const bool positional = name.find_first_not_of("@*0123456789") == std::string_view::npos;
  word.names.emplace_back(positional ? "@" : name);
  expanded_.push_back(word.names.back());
}

void ShellParser::read_dollar(ShellWord& word, Quote quote) {
  const char next = peek(1);
  if (next == hole_byte) {
    verdicts_.refuse(hole_count_at(at_ + 1), code::shell_unsure, "directly behind a `$` it would be read as part of it",
                     "put a blank or a quote between them");
    ++at_;
    read_hole(word, "");
    return;
  }
  if (next == '(') {
    ++at_;
    if (peek(1) == '(') {
      at_ += 2;
      read_arithmetic("`$((…))`");
      word.text += ShellWord::expansion;
      return;
    }
    return read_substitution(word);
  }
  if (next == '{') return read_parameter(word, quote);
  if (next == '[') {
    require_bash("$[");
    const Forcing forced(*this, arithmetic("`$[…]`"));
    const auto begin = at_ + 2;
    at_ += 2;
    read_until(']', word);
    evaluated_.push_back({std::string(text_.substr(begin, at_ - begin)), code::shell_arithmetic, "`$[…]`"});
    word.text += ShellWord::expansion;
    return;
  }
  if (quote == Quote::none && next == '\'') return read_ansi_quoted(word);
  if (quote == Quote::none && next == '"') {
    ++at_;
    return read_double_quoted(word);
  }
  ++at_;
  if (is_name_start(next)) {
    const auto begin = at_;
    while (is_name(peek())) ++at_;
    note_expansion(word, text_.substr(begin, at_ - begin));
    word.text += ShellWord::expansion;
  } else if (next != '\0' && std::string_view("@*#?-$!0123456789").find(next) != std::string_view::npos) {
    note_expansion(word, text_.substr(at_, 1));
    ++at_;
    word.text += ShellWord::expansion;
  } else {
    word.text += '$';
  }
}

void ShellParser::read_parameter(ShellWord& word, Quote quote) {
  const auto begin = at_ + 2;
  auto name = begin;
  if (name < limit_ && (text_[name] == '!' || text_[name] == '#')) ++name;
  auto name_end = name;
  while (name_end < limit_ && is_name(text_[name_end])) ++name_end;
  const bool positional = name_end == name && name < limit_ && (text_[name] == '@' || text_[name] == '*');
  note_expansion(word, text_.substr(name, positional ? 1 : name_end - name));
  // `${a[i]}` and `${s:n}` are arithmetic; `${!n}` evaluates the value of n as a name.
  const char behind = name_end < limit_ ? text_[name_end] : '\0';
  const char after = name_end + 1 < limit_ ? text_[name_end + 1] : '\0';
  const bool offset = behind == ':' && std::string_view("-=?+").find(after) == std::string_view::npos;
  const bool is_arithmetic = behind == '[' || offset;
  if (begin < limit_ && text_[begin] == '!')
    evaluated_.push_back({word.names.back(), code::shell_arithmetic, "`${!…}`"});
  const Forcing forced(*this, is_arithmetic
                                  ? arithmetic("an index or offset in `${…}`")
                                  : Forced{code::shell_unsure, "inside `${…}` its quoting cannot be proved", help_env});
  ShellWord inner;
  at_ = begin;
  while (peek() != '}') {
    if (at_end()) give_up("a `${` is never closed");
    const char c = peek();
    if (c == hole_byte) {
      read_hole(inner, "");
    } else if (c == '\\') {
      read_escape(inner, quote);
    } else if (c == '\'' && quote != Quote::none) {
      give_up("a `'` inside `${…}` inside quotes is not read alike by every shell");
    } else if (c == '\'') {
      read_single_quoted(inner);
    } else if (c == '"') {
      if (quote != Quote::none) require_bash("\"${…\"…\"}\"");
      if (quote == Quote::heredoc) give_up("a `\"` inside `${…}` in a here-document is not read alike by every shell");
      read_double_quoted(inner);
    } else if (c == '$') {
      read_dollar(inner, quote);
    } else if (c == '`') {
      read_backticks(inner);
    } else {
      if (c == '\n' && quote != Quote::heredoc) note_newline();
      inner.text += c;
      ++at_;
    }
  }
  if (is_arithmetic)
    evaluated_.push_back(
        {std::string(text_.substr(name_end, at_ - name_end)), code::shell_arithmetic, "an index or offset in `${…}`"});
  ++at_;
  word.names.insert(word.names.end(), inner.names.begin(), inner.names.end());
  const auto holes = inner.all_holes();
  word.nested.insert(word.nested.end(), holes.begin(), holes.end());
  word.text += ShellWord::expansion;
}

// Not looked into: what a backslash means there depends on how deep it is.
void ShellParser::read_backticks(ShellWord& word) {
  const Forcing forced(*this,
                       {code::shell_unsure, "inside backticks its quoting cannot be proved", "write `$(…)` instead"});
  for (++at_; peek() != '`';) {
    if (at_end()) give_up("a backtick is never closed");
    if (peek() == '\n') note_newline();
    if (peek() == hole_byte) {
      ShellWord inner;
      read_hole(inner, "");
      word.nested.insert(word.nested.end(), inner.holes.begin(), inner.holes.end());
    } else {
      at_ += peek() == '\\' && peek(1) != hole_byte ? 2 : 1;
    }
  }
  ++at_;
  word.text += ShellWord::expansion;
}

void ShellParser::read_substitution(ShellWord& word) {
  if (depth_ >= deepest_nesting) give_up("it nests too deeply");
  const auto first = hole_count_at(at_);
  auto outer = std::exchange(heredocs_, {});
  const auto begin = at_;
  ++depth_;
  ++at_;
  Stops stops;
  stops.parenthesis = true;
  parse_list(stops);
  if (!heredocs_.empty()) give_up("a here-document begins in a substitution and is read behind it");
  --depth_;
  heredocs_ = std::move(outer);
  if (std::count(text_.begin() + static_cast<std::ptrdiff_t>(begin), text_.begin() + static_cast<std::ptrdiff_t>(at_),
                 '\n') > 0)
    note_newline();
  ++at_;
  for (auto hole = first; hole < hole_count_at(at_); ++hole) word.nested.push_back(hole);
  word.text += ShellWord::expansion;
}

// To the closing character, over nested pairs; quotes inside are more than this reads.
void ShellParser::read_until(char close, ShellWord& word) {
  const char open = close == ']' ? '[' : '(';
  ShellWord inner;
  for (int depth = 0;;) {
    if (at_end()) give_up(std::string("a `") + open + "` is never closed");
    const char c = peek();
    if (c == close && depth == 0) break;
    if (c == hole_byte) {
      read_hole(inner, "");
    } else if (c == '$') {
      read_dollar(inner, Quote::doubled);
    } else if (c == '`') {
      read_backticks(inner);
    } else if (c == '"') {
      read_double_quoted(inner);
    } else if (c == '\\') {
      read_escape(inner, Quote::doubled);
    } else if (c == '\'') {
      give_up("a `'` inside arithmetic is not read alike by every shell");
    } else {
      if (c == '\n') note_newline();
      depth += c == open ? 1 : c == close ? -1 : 0;
      ++at_;
    }
  }
  ++at_;
  const auto holes = inner.all_holes();
  word.nested.insert(word.nested.end(), holes.begin(), holes.end());
  word.names.insert(word.names.end(), inner.names.begin(), inner.names.end());
}

void ShellParser::read_arithmetic(std::string_view what) {
  const Forcing forced(*this, arithmetic(what));
  const auto begin = at_;
  ShellWord ignored;
  read_until(')', ignored);
  if (peek() != ')') give_up("`((` may be arithmetic or two subshells; put a blank between the parentheses");
  evaluated_.push_back({std::string(text_.substr(begin, at_ - begin)), code::shell_arithmetic, std::string(what)});
  ++at_;
}

void ShellParser::read_subscript(ShellWord& word) {
  const Forcing forced(*this, arithmetic("an index in `[…]`"));
  const auto begin = ++at_;
  read_until(']', word);
  evaluated_.push_back({std::string(text_.substr(begin, at_ - begin)), code::shell_arithmetic, "an index in `[…]`"});
  word.text += "[]";
}

}  // namespace runbook
