// ShellParser: lists, pipelines and commands.
#include <algorithm>
#include <array>

#include "shell/shell_parser.h"
#include "source/codes.h"

namespace runbook {
namespace {

constexpr std::array<std::string_view, 22> reserved_words{"if",   "then", "elif", "else", "fi",       "while", "until", "do",
                                                    "done", "for",  "in",   "case", "select",   "esac",  "{",     "}",
                                                    "[[",   "]]",   "!",    "time", "function", "coproc"};

bool ends_word(char c) { return std::string_view(" \t\n;&|()<>").find(c) != std::string_view::npos || c == '\0'; }

}  // namespace

ShellParser::ShellParser(std::string_view text, Shell shell)
    : text_(text),
      shell_(shell),
      verdicts_(static_cast<std::size_t>(std::count(text.begin(), text.end(), hole_byte))),
      limit_(text.size()) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == hole_byte) holes_.push_back(i);
}

std::size_t ShellParser::hole_count_at(std::size_t position) const {
  return static_cast<std::size_t>(std::lower_bound(holes_.begin(), holes_.end(), position) - holes_.begin());
}

// A line that goes on in the middle of an operator or a `$…` is legal and unreadable.
void ShellParser::check_line_continuations() const {
  constexpr std::string_view operators = "<>&|;(";
  for (auto i = text_.find("\\\n"); i != std::string_view::npos; i = text_.find("\\\n", i + 2)) {
    const char before = i > 0 ? text_[i - 1] : ' ', after = i + 2 < text_.size() ? text_[i + 2] : ' ';
    const bool splits =
        operators.find(before) != std::string_view::npos && operators.find(after) != std::string_view::npos;
    if (before == '$' || splits) throw GiveUp{i, "a line break stands inside an operator"};
  }
}

HoleVerdicts ShellParser::parse() {
  try {
    check_line_continuations();
    Stops stops;
    stops.end_of_text = true;
    parse_list(stops);
    if (!heredocs_.empty()) give_up("a here-document has no text");
    settle_flows();
  } catch (const GiveUp& reason) {
    const auto line = std::count(text_.begin(),
                                 text_.begin() + static_cast<std::ptrdiff_t>(std::min(reason.at, text_.size())), '\n') +
                      1;
    for (std::size_t hole = 0; hole < verdicts_.size(); ++hole)
      verdicts_.refuse(hole, code::shell_unsure,
                       "how the shell reads it cannot be proved: " + reason.why + " (line " + std::to_string(line) +
                           " of the script)",
                       help_env);
  }
  for (std::size_t hole = 0; hole < verdicts_.size(); ++hole)
    if (verdicts_[hole].replacement.empty())
      verdicts_.refuse(hole, code::shell_unsure, "how the shell reads it cannot be proved", help_env);
  return std::move(verdicts_);
}

void ShellParser::skip_blanks() {
  for (;;) {
    if (peek() == ' ' || peek() == '\t') {
      ++at_;
    } else if (looking_at("\\\n")) {
      at_ += 2;
    } else {
      return;
    }
  }
}

void ShellParser::skip_comment() {
  for (; !at_end() && peek() != '\n'; ++at_)
    if (peek() == hole_byte)
      verdicts_.refuse(hole_count_at(at_), code::shell_literal, "in a comment it has no use",
                       "take it out of the comment");
}

void ShellParser::skip_blank_lines() {
  for (;;) {
    skip_blanks();
    if (peek() == '#') skip_comment();
    if (at_end() || peek() != '\n') return;
    ++at_;
    read_heredocs();
  }
}

std::string_view ShellParser::peek_reserved() const {
  auto end = at_;
  while (end < limit_ && !ends_word(text_[end])) ++end;
  const auto word = text_.substr(at_, end - at_);
  return std::find(reserved_words.begin(), reserved_words.end(), word) != reserved_words.end() ? word : std::string_view();
}

void ShellParser::take_reserved(std::string_view word) {
  if (peek_reserved() != word) give_up("`" + std::string(word) + "` is missing");
  at_ += word.size();
}

void ShellParser::parse_list(const Stops& stops) {
  if (++depth_ > deepest_nesting) give_up("it nests too deeply");
  for (;;) {
    skip_blank_lines();
    if (at_end()) {
      if (!stops.end_of_text) give_up("a group of commands is never closed");
      break;
    }
    if (peek() == ')') {
      if (!stops.parenthesis) give_up("a `)` closes nothing");
      break;
    }
    if (looking_at(";;") || looking_at(";&")) {
      if (!stops.case_end) give_up("`;;` stands outside `case`");
      break;
    }
    if (peek() == ';' || (peek() == '&' && peek(1) != '>')) {
      ++at_;
      continue;
    }
    const auto word = peek_reserved();
    if (std::find(stops.words.begin(), stops.words.end(), word) != stops.words.end() && !word.empty()) break;
    parse_pipeline();
  }
  --depth_;
}

void ShellParser::parse_pipeline() {
  const auto first_hole = hole_count_at(at_), first_heredoc = heredocs_.size(), first_name = expanded_.size();
  for (bool later = false;; later = true) {
    const auto hole = hole_count_at(at_), heredoc = heredocs_.size(), name = expanded_.size(), readers = code_readers_;
    parse_command();
    if (later && code_readers_ > readers) feed_code(first_hole, hole, first_heredoc, heredoc, first_name, name);
    skip_blanks();
    if (looking_at("||") || looking_at("&&")) {
      at_ += 2;
      return;
    }
    if (peek() != '|') return;
    at_ += peek(1) == '&' ? 2 : 1;
    skip_blank_lines();
  }
}

// Something reads a program from its input, and these could be in it.
void ShellParser::feed_code(std::size_t first_hole, std::size_t last_hole, std::size_t first_heredoc,
                            std::size_t last_heredoc, std::size_t first_name, std::size_t last_name) {
  const std::string where = "the input of a program that runs its input";
  for (auto hole = first_hole; hole < last_hole; ++hole)
    verdicts_.refuse(hole, code::shell_reevaluated, "it becomes " + where, help_env);
  for (auto i = first_heredoc; i < std::min(last_heredoc, heredocs_.size()); ++i) heredocs_[i].feeds_code = true;
  for (auto i = first_name; i < last_name; ++i) evaluated_.push_back({expanded_[i], code::shell_reevaluated, where});
}

void ShellParser::parse_command() {
  skip_blanks();
  const auto word = peek_reserved();
  const auto list_until = [&](std::vector<std::string_view> words) {
    Stops stops;
    stops.words = std::move(words);
    parse_list(stops);
  };
  const auto readers = code_readers_;
  const auto body = [&](std::string_view open, std::string_view close) {
    take_reserved(open);
    list_until({close});
    take_reserved(close);
  };
  if (looking_at("((")) {
    require_bash("((");
    at_ += 2;
    read_arithmetic("`((…))`");
  } else if (peek() == '(') {
    ++at_;
    Stops stops;
    stops.parenthesis = true;
    parse_list(stops);
    ++at_;
  } else if (word.empty()) {
    return parse_simple();
  } else if (word == "!") {
    ++at_;
    return parse_command();
  } else if (word == "time") {
    at_ += word.size();
    skip_blanks();
    if (looking_at("-p ")) at_ += 2;
    return parse_command();
  } else if (word == "{") {
    body("{", "}");
  } else if (word == "if") {
    take_reserved("if");
    for (;;) {
      list_until({"then"});
      take_reserved("then");
      list_until({"elif", "else", "fi"});
      if (peek_reserved() != "elif") break;
      take_reserved("elif");
    }
    if (peek_reserved() == "else") {
      take_reserved("else");
      list_until({"fi"});
    }
    take_reserved("fi");
  } else if (word == "while" || word == "until") {
    take_reserved(word);
    list_until({"do"});
    body("do", "done");
  } else if (word == "for" || word == "select") {
    take_reserved(word);
    parse_for();
  } else if (word == "case") {
    parse_case();
  } else if (word == "[[") {
    parse_condition();
  } else if (word == "function") {
    require_bash("function");
    take_reserved("function");
    skip_blanks();
    const auto name = read_word();
    verdicts_.refuse(name.all_holes(), code::shell_command_word, "the name of a function must not come from a value",
                     "write the name here");
    functions_.push_back(name.text);
    skip_blanks();
    if (looking_at("()")) at_ += 2;
    skip_blank_lines();
    return parse_command();
  } else {
    give_up("`" + std::string(word) + "` stands where no command can begin");
  }
  const auto hole = hole_count_at(at_), heredoc = heredocs_.size(), name = expanded_.size();
  parse_redirections();
  if (code_readers_ > readers)  // something inside, perhaps with this as its input
    feed_code(hole, hole_count_at(at_), heredoc, heredocs_.size(), name, expanded_.size());
}

void ShellParser::parse_for() {
  skip_blanks();
  if (looking_at("((")) {
    require_bash("for ((");
    at_ += 2;
    read_arithmetic("`for ((…))`");
  } else {
    const auto name = read_word();
    verdicts_.refuse(name.all_holes(), code::shell_command_word, "the name of a variable must not come from a value",
                     "write the name here");
    skip_blank_lines();
    if (peek_reserved() == "in") {
      take_reserved("in");
      for (skip_blanks(); !at_end() && peek() != ';' && peek() != '\n'; skip_blanks()) {
        if (peek() == '#') {
          skip_comment();
          break;
        }
        const auto before = at_;
        const auto item = read_word();
        if (at_ == before) give_up("a list of words ends in the middle");
        flows_.push_back({name.text, item.holes, item.names, ""});
      }
    }
  }
  skip_blank_lines();
  if (peek() == ';') ++at_;
  skip_blank_lines();
  const bool braces = peek_reserved() == "{";
  Stops stops;
  stops.words = {braces ? "}" : "done"};
  take_reserved(braces ? "{" : "do");
  parse_list(stops);
  take_reserved(stops.words.front());
}

void ShellParser::parse_case() {
  take_reserved("case");
  skip_blanks();
  read_word();
  skip_blank_lines();
  take_reserved("in");
  for (;;) {
    skip_blank_lines();
    if (at_end()) give_up("a `case` is never closed");
    if (peek_reserved() == "esac") break;
    if (peek() == '(') ++at_;
    for (;;) {
      skip_blanks();
      const auto before = at_;
      read_word();
      skip_blanks();
      if (at_ == before || (peek() != '|' && peek() != ')')) give_up("a pattern of `case` is not understood");
      if (text_[at_++] == ')') break;
    }
    Stops stops;
    stops.words = {"esac"};
    stops.case_end = true;
    parse_list(stops);
    if (peek() != ';') continue;
    at_ += looking_at(";;&") ? 3 : 2;
  }
  take_reserved("esac");
}

void ShellParser::parse_condition() {
  require_bash("[[");
  take_reserved("[[");
  static constexpr std::array<std::string_view, 6> numeric{"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
  std::vector<ShellWord> words;  // operators included
  for (;;) {
    while (skip_blanks(), peek() == '\n') note_newline(), ++at_;
    if (at_end()) give_up("a `[[` is never closed");
    if (peek_reserved() == "]]") break;
    ShellWord word;
    if (looking_at("&&") || looking_at("||")) {
      word.text = text_.substr(at_, 2);
      at_ += 2;
    } else if (std::string_view("()<>").find(peek()) != std::string_view::npos && !(peek(1) == '(' && peek() != '(')) {
      word.text = peek();
      ++at_;
    } else {
      const bool pattern = !words.empty() && !words.back().quoted &&
                           (words.back().text == "=~" || words.back().text == "==" || words.back().text == "=" ||
                            words.back().text == "!=");
      const auto before = at_;
      word = read_word(pattern ? WordKind::pattern : WordKind::plain);
      if (at_ == before) give_up("a condition in `[[` is not understood");
    }
    words.push_back(std::move(word));
  }
  take_reserved("]]");
  const auto refuse = [&](std::size_t i, const std::string& by) {
    if (i >= words.size()) return;
    const auto where = "a test with `" + by + "` in `[[`";
    const auto forced = arithmetic(where);
    verdicts_.refuse(words[i].all_holes(), forced.code, forced.reason, forced.help);
    for (const auto& name : words[i].names) evaluated_.push_back({name, code::shell_arithmetic, where});
    evaluated_.push_back({words[i].text, code::shell_arithmetic, where});
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (std::find(numeric.begin(), numeric.end(), words[i].text) != numeric.end()) {
      if (i > 0) refuse(i - 1, words[i].text);
      refuse(i + 1, words[i].text);
    }
    if (words[i].text == "-v" || words[i].text == "-R") refuse(i + 1, words[i].text);
  }
}

}  // namespace runbook
