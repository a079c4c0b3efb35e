// What the shell parser tells the rules: one simple command, its words, and which holes stand in them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace runbook {

// What was decided about one hole.
struct HoleVerdict {
  std::string replacement;   // "${RB_V1}" with the quotes its place needs; `@` stands for the variable's name
  std::string_view refused;  // a code of source/codes.h; empty: allowed
  std::string reason;        // "an argument of `eval` is run as code"
  std::string help;
  bool option = false;  // could be read as an option of `command`
  std::string command;
};

// Keeps the first refusal of each hole: the innermost construct knows best.
class HoleVerdicts {
 public:
  explicit HoleVerdicts(std::size_t count) : verdicts_(count) {}

  HoleVerdict& operator[](std::size_t hole) { return verdicts_[hole]; }
  std::size_t size() const { return verdicts_.size(); }
  void refuse(std::size_t hole, std::string_view code, std::string reason, std::string help = {});
  void refuse(const std::vector<std::size_t>& holes, std::string_view code, const std::string& reason,
              const std::string& help = {});

 private:
  std::vector<HoleVerdict> verdicts_;
};

struct ShellWord {
  static constexpr char hole = '\x01', expansion = '\x02';  // in `text`

  std::string text;  // quotes removed; a hole or an expansion is one character
  bool quoted = false;
  std::vector<std::size_t> holes;   // in the word itself
  std::vector<std::size_t> nested;  // in the substitutions of the word
  std::vector<std::string> names;   // the variables it expands

  bool has_holes() const { return !holes.empty() || !nested.empty(); }
  bool is_static() const { return !has_holes() && text.find(expansion) == std::string::npos; }
  std::vector<std::size_t> all_holes() const;
};

struct ShellAssignment {
  std::string name;
  ShellWord value;
};

struct SimpleCommand {
  std::vector<ShellAssignment> assignments;
  std::vector<ShellWord> words;
  std::vector<ShellWord> here_strings;
};

// A variable whose value is evaluated somewhere: a hole must not flow into it either.
struct EvaluatedName {
  std::string name;
  std::string_view code;
  std::string where;  // "`eval`"
};

struct CommandFindings {
  bool reads_code = false;       // its standard input is a program: `bash`, `ssh host`, `python3 -`
  bool sets_attributes = false;  // `declare -i`: every assignment may be arithmetic from here on
  std::vector<EvaluatedName> evaluated;
};

// Judges the holes in a command's words by what the command does with them.
CommandFindings check_command(const SimpleCommand& command, HoleVerdicts& verdicts);

// Help texts that several rules share.
extern const std::string help_env;
extern const std::string help_arithmetic;

}  // namespace runbook
