// ShellParser: reads shell text as bash or a POSIX sh would, knows for every hole in which context it stands, and
// decides how (or that it cannot) be written there. Where the shells differ, or the grammar is more than this knows,
// it gives up and every hole is refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shell/shell_command.h"
#include "shell/shell_template.h"

namespace runbook {

inline constexpr int deepest_nesting = 40;
inline bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
inline bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

class ShellParser {
 public:
  static constexpr char hole_byte = ShellWord::hole;  // each stands for one hole in `text`

  ShellParser(std::string_view text, Shell shell);
  // One verdict for each hole, in order.
  HoleVerdicts parse();

 private:
  // Thrown and caught only inside the parser.
  struct GiveUp {
    std::size_t at;
    std::string why;
  };
  enum class Quote { none, doubled, heredoc };
  struct Heredoc {
    std::string delimiter;
    bool quoted = false, strip_tabs = false, feeds_code = false;
  };
  struct Stops {  // what ends a list of commands, besides the end of the text
    std::vector<std::string_view> words;
    bool parenthesis = false, case_end = false, end_of_text = false;
  };
  struct Forced {
    std::string_view code;
    std::string reason, help;
  };
  // While one lives, holes are refused, whatever they stand in.
  class Forcing {
   public:
    Forcing(ShellParser& parser, Forced forced) : parser_(parser), before_(parser.forced_) {
      if (before_.code.empty()) parser.forced_ = std::move(forced);
    }
    ~Forcing() { parser_.forced_ = std::move(before_); }

   private:
    ShellParser& parser_;
    Forced before_;
  };

  // Characters.
  bool at_end() const { return at_ >= limit_; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < limit_ ? text_[at_ + ahead] : '\0'; }
  bool looking_at(std::string_view text) const {
    return text_.substr(at_, limit_ - at_).substr(0, text.size()) == text;
  }
  [[noreturn]] void give_up(std::string why) const { throw GiveUp{at_, std::move(why)}; }
  void require_bash(std::string_view construct) const;
  std::size_t hole_count_at(std::size_t position) const;
  void check_line_continuations() const;

  // Words (shell_words.cc).
  enum class WordKind { plain, pattern };  // a pattern stands in `[[ ]]`, where ( ) | are its own
  ShellWord read_word(WordKind kind = WordKind::plain);
  void read_hole(ShellWord& word, std::string_view replacement);
  void read_single_quoted(ShellWord& word);
  void read_double_quoted(ShellWord& word);
  void read_ansi_quoted(ShellWord& word);
  void read_escape(ShellWord& word, Quote quote);
  void read_dollar(ShellWord& word, Quote quote);
  void note_expansion(ShellWord& word, std::string_view name);
  void read_parameter(ShellWord& word, Quote quote);
  void read_backticks(ShellWord& word);
  void read_substitution(ShellWord& word);  // at the `(`
  void read_until(char close, ShellWord& word);
  void read_arithmetic(std::string_view what);  // behind `((`, to `))`
  void read_subscript(ShellWord& word);         // at the `[`
  void note_newline();
  Forced arithmetic(std::string_view what) const;

  // Commands (shell_grammar.cc).
  void skip_blanks();
  void skip_blank_lines();  // and comments
  void skip_comment();
  std::string_view peek_reserved() const;
  void take_reserved(std::string_view word);
  void parse_list(const Stops& stops);
  void parse_pipeline();
  void parse_command();
  void parse_simple();
  void parse_for();
  void parse_case();
  void parse_condition();
  bool parse_assignment(SimpleCommand& command);
  void parse_array();
  bool at_redirection() const;
  void parse_redirection(SimpleCommand& command);
  void parse_redirections();
  void parse_heredoc_start();
  void read_heredocs();  // at the beginning of the line behind them
  void read_heredoc(const Heredoc& heredoc);
  void finish_command(const SimpleCommand& command, std::size_t first_heredoc);
  void note_flows(const SimpleCommand& command);
  void settle_flows();
  void feed_code(std::size_t first_hole, std::size_t last_hole, std::size_t first_heredoc, std::size_t last_heredoc,
                 std::size_t first_name, std::size_t last_name);

  std::string_view text_;
  std::vector<std::size_t> holes_;  // where they are
  Shell shell_;
  HoleVerdicts verdicts_;
  std::size_t at_ = 0, limit_;
  int depth_ = 0;
  Forced forced_;
  std::vector<Heredoc> heredocs_;  // begun on this line
  std::size_t code_readers_ = 0;   // commands seen that read a program from their input
  bool sets_attributes_ = false;
  // A value that reaches a variable: from holes, or from other variables. The positional parameters are one, `@`.
  struct Flow {
    std::string into;
    std::vector<std::size_t> holes;
    std::vector<std::string> from;
    std::string function;  // only when this is a function of the script
  };
  std::vector<Flow> flows_;
  std::vector<std::string> functions_;  // that the script defines
  std::vector<std::string> expanded_;   // every variable expanded so far
  std::vector<EvaluatedName> evaluated_;
};

}  // namespace runbook
