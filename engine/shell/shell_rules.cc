// What a command does with its words. Only what evaluates text again, names variables or changes what runs is listed;
// to every other program a value is just an argument.
#include <algorithm>
#include <span>

#include "shell/shell_command.h"
#include "shell/shell_programs.h"
#include "source/codes.h"

namespace runbook {

const std::string help_env =
    "put it under the step's `env:`, as `NAME: ${{ … }}`, and write \"$NAME\" where it is an "
    "ordinary argument; or run the program with `exec:`";
const std::string help_arithmetic =
    "put it under the step's `env:` and check that it is a number first: "
    "`case \"$NAME\" in (*[!0-9]*|'') exit 1;; esac`";

void HoleVerdicts::refuse(std::size_t hole, std::string_view code, std::string reason, std::string help) {
  auto& verdict = verdicts_[hole];
  if (!verdict.refused.empty()) return;
  verdict.refused = code;
  verdict.reason = std::move(reason);
  verdict.help = std::move(help);
}

void HoleVerdicts::refuse(const std::vector<std::size_t>& holes, std::string_view code, const std::string& reason,
                          const std::string& help) {
  for (const auto hole : holes) refuse(hole, code, reason, help);
}

std::vector<std::size_t> ShellWord::all_holes() const {
  auto all = holes;
  all.insert(all.end(), nested.begin(), nested.end());
  return all;
}

namespace {

using namespace shell_programs;
using Words = std::span<const ShellWord>;

std::string_view basename_of(const ShellWord& word) {
  const std::string_view text = word.text;
  return text.substr(text.rfind('/') + 1);
}

// `-c`, `-ec`, `-xc`: letters behind one dash, with one of `letters` among them.
bool has_flag(const ShellWord& word, std::string_view letters) {
  const std::string_view text = word.text;
  return text.size() > 1 && text[0] == '-' && text[1] != '-' &&
         text.find_first_of(letters, 1) != std::string_view::npos;
}
bool is_option(const ShellWord& word) { return word.text.size() > 1 && word.text[0] == '-'; }

class Rules {
 public:
  Rules(const SimpleCommand& command, HoleVerdicts& verdicts) : command_(command), verdicts_(verdicts) {}

  CommandFindings check() {
    for (const auto& [name, value] : command_.assignments)
      if (one_of(name, evaluated_variables))
        evaluated(value, "`" + name + "`", "the value of `" + name + "` is evaluated");
    program(command_.words);
    return std::move(findings_);
  }

 private:
  void refuse(const ShellWord& word, std::string_view code, const std::string& reason, const std::string& help) {
    verdicts_.refuse(word.all_holes(), code, reason, help);
  }
  // The word is code to somebody.
  void evaluated(const ShellWord& word, const std::string& where, const std::string& reason) {
    refuse(word, code::shell_reevaluated, reason, help_env);
    for (const auto& name : word.names) findings_.evaluated.push_back({name, code::shell_reevaluated, where});
  }
  void all_evaluated(Words words) {
    const auto name = "`" + std::string(basename_of(words[0])) + "`";
    for (const auto& word : words.subspan(1)) evaluated(word, name, "an argument of " + name + " can be run as code");
  }
  void names_variable(const ShellWord& word, const std::string& by) {
    refuse(word, code::shell_arithmetic, "as a name given to " + by + " it can run commands, such as in `a[$(…)]`",
           "write the name of the variable here");
    for (const auto& name : word.names) findings_.evaluated.push_back({name, code::shell_arithmetic, by});
  }

  void program(Words words) {
    if (words.empty()) return;
    if (words[0].has_holes()) {
      refuse(words[0], code::shell_command_word, "what runs must not come from a value",
             "name the program here, or use `exec:`, where it may come from a value");
      return unknown(words);
    }
    if (!words[0].is_static()) return unknown(words);
    const auto name = basename_of(words[0]);
    if (one_of(name, evaluators)) {
      findings_.reads_code = findings_.reads_code || reads_code_when_bare(name, words);
      return all_evaluated(words);
    }
    if (one_of(name, declarations)) return declaration(words);
    if (one_of(name, shells)) return shell(words);
    if (one_of(name, awks)) return awk(words);
    if (name == "sed" || name == "gsed") return first_operand_is_code(words, "ef", {"--expression", "--file"});
    if (name == "jq" || name == "yq" || name == "gojq") return jq(words);
    if (name == "printf") return after_option(words, "-v");
    if (name == "wait") return after_option(words, "-p");
    if (name == "crontab") findings_.reads_code = true;
    if (name == "test" || name == "[") return after_option(words, "-v"), after_option(words, "-R");
    if (name == "mapfile" || name == "readarray") return callback(words);
    if (name == "su" || name == "runuser" || name == "script") return user_shell(words);
    if (name == "find") find(words);
    for (const auto& interpreter : interpreters)
      if (name == interpreter.name || (interpreter.name == "python" && name.starts_with("python")) ||
          (interpreter.name == "lua" && name.starts_with("lua")) ||
          (interpreter.name == "perl" && name.starts_with("perl")))
        return run_interpreter(words, interpreter);
    for (const auto& one : wrappers)
      if (name == one.name) return wrapper(words, one);
    options(words);
    hidden_shell(words.subspan(1));
  }

  // The command word is known only when it runs.
  void unknown(Words words) {
    const bool code_option = std::any_of(words.begin() + 1, words.end(), [](const ShellWord& word) {
      return word.is_static() && (has_flag(word, "ceE") || word.text == "eval" || word.text == "--eval");
    });
    if (code_option)
      for (const auto& word : words.subspan(1))
        evaluated(word, "a program", "an argument of an unknown program with `-c` or `-e` can be run as code");
    for (const auto& word : words)
      if (one_of("SHELL", {word.names.begin(), word.names.end()}) ||
          one_of("BASH", {word.names.begin(), word.names.end()}))
        findings_.reads_code = true;
    hidden_shell(words.subspan(1));
  }

  // docker exec web sh -c "…"
  void hidden_shell(Words words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!words[i].is_static()) continue;
      const auto name = basename_of(words[i]);
      const bool code =
          one_of(name, shells) || one_of(name, awks) || is_interpreter(name) || name == "eval" || name == "ssh";
      if (!code) continue;
      const bool runs_text = one_of(name, shells) || name == "eval" || name == "ssh" ||
                             std::any_of(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end(), is_option);
      if (runs_text) program(words.subspan(i));
      return;
    }
  }

  static bool is_interpreter(std::string_view name) {
    return std::any_of(interpreters.begin(), interpreters.end(), [&](const Interpreter& one) {
      return name == one.name || ((one.name == "python" || one.name == "perl") && name.starts_with(one.name));
    });
  }

  // ssh HOST reads a program unless it is given a command that is none of the shells.
  static bool reads_code_when_bare(std::string_view name, Words words) {
    if (name == "at" || name == "batch" || name == "expect" || name == "parallel" || name == "m4" || name == "tclsh" ||
        name == "gdb" || name == "source" || name == ".")
      return true;
    if (!one_of(name, {"ssh", "slogin", "rsh", "pdsh", "sshpass", "autossh"})) return false;
    std::size_t operands = 0;
    for (const auto& word : words.subspan(1)) {
      operands += is_option(word) ? 0 : 1;
      for (const auto& each : shells)
        if (word.text.find(each) != std::string::npos) return true;
    }
    return operands < 2;
  }

  void declaration(Words words) {
    const std::string name(basename_of(words[0]));
    for (const auto& word : words.subspan(1)) {
      if (is_option(word) && (!word.is_static() || has_flag(word, "in")) && name != "read" && name != "unset")
        findings_.sets_attributes = true;
      // NAME=$(…): what a command prints is assigned, and only that.
      const bool assigns =
          word.text.find('=') < word.text.find_first_of(std::string{ShellWord::hole, ShellWord::expansion});
      const auto& holes = assigns && name != "let" ? word.holes : word.all_holes();
      verdicts_.refuse(holes, code::shell_arithmetic, "an argument of `" + name + "` can be evaluated as arithmetic",
                       name == "let" || name == "read" || name == "unset"
                           ? help_arithmetic
                           : "write `" + name + " NAME`, and on a line of its own `NAME=${{ … }}`");
      if (name == "integer") findings_.sets_attributes = true;
      if (name == "let" || !assigns)
        for (const auto& one : word.names)
          findings_.evaluated.push_back({one, code::shell_arithmetic, "`" + name + "`"});
      if (name == "let") findings_.evaluated.push_back({word.text, code::shell_arithmetic, "`let`"});
    }
  }

  void shell(Words words) {
    std::size_t i = 1;
    for (; i < words.size() && (is_option(words[i]) || !words[i].is_static()); ++i) {
      const auto& word = words[i];
      if (word.text.starts_with("-c") || (word.is_static() && has_flag(word, "c") && !word.text.starts_with("--")))
        return all_evaluated(words);
      if (!word.is_static() && !is_option(word)) break;
      if (word.text == "-o" || word.text == "-O" || word.text == "--rcfile" || word.text == "--init-file") ++i;
      if (word.text == "-s" || word.text == "-") findings_.reads_code = true;
    }
    if (basename_of(words[0]) == "busybox") return i < words.size() ? program(words.subspan(i)) : void();
    if (i >= words.size()) {
      findings_.reads_code = true;
      return;
    }
    if (words[i].text == "-" || words[i].text == "/dev/stdin") findings_.reads_code = true;
    if (words[i].is_static()) return;  // a script; what follows are its arguments
    for (const auto& word : words.subspan(i))
      evaluated(word, "`" + words[0].text + "`", "`" + words[0].text + "` runs what is named there");
  }

  void run_interpreter(Words words, const Interpreter& interpreter) {
    bool script = false;
    for (const auto& word : words.subspan(1)) {
      const bool code = one_of(word.text, interpreter.code_options) ||
                        (!interpreter.code_letters.empty() && has_flag(word, interpreter.code_letters));
      if (code && !script) return all_evaluated(words);
      if (script || (is_option(word) && word.text != "-m")) continue;
      if (word.text == "-" || word.text == "/dev/stdin") findings_.reads_code = true;
      script = true;
      if (!word.is_static())
        evaluated(word, "`" + words[0].text + "`", "`" + words[0].text + "` runs what is named there");
    }
    if (!script) findings_.reads_code = true;
  }

  // The program is the first operand, or what `letters` and `long_options` take.
  void first_operand_is_code(Words words, std::string_view letters, const Names& long_options) {
    const auto name = "`" + words[0].text + "`";
    bool by_option = false, operand = false, next_is_code = false;
    for (const auto& word : words.subspan(1)) {
      const bool long_code = std::any_of(long_options.begin(), long_options.end(),
                                         [&](std::string_view option) { return word.text.starts_with(option); });
      const bool code_option = !operand && is_option(word) && (long_code || has_flag(word, letters));
      if (code_option || next_is_code || (!operand && !by_option && !is_option(word)) ||
          (is_option(word) && !word.is_static()))
        evaluated(word, name, "the program of " + name + " can run commands");
      if (!next_is_code && !is_option(word) && !by_option) operand = true;
      by_option = by_option || code_option;
      next_is_code = code_option && !next_is_code;
    }
    options(words);
  }

  void awk(Words words) {
    const auto name = "`" + words[0].text + "`";
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto& word = words[i];
      if (is_option(word)) {
        evaluated(word, name, "an option of " + name + " is read as code");
        if (word.text == "-F" || word.text == "-v" || word.text == "-f" || word.text == "-e" || word.text == "-i") {
          if (++i < words.size())
            verdicts_.refuse(words[i].all_holes(), code::shell_reevaluated, name + " reads escapes in it",
                             "put it under the step's `env:` and read ENVIRON[\"NAME\"]");
          if (word.text == "-f" || word.text == "-e") return;
        }
        continue;
      }
      evaluated(word, name, "the program of " + name + " can run commands");
      return;  // the rest are files
    }
  }

  // --arg NAME VALUE is how a value gets into jq.
  void jq(Words words) {
    const auto name = "`" + words[0].text + "`";
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto& word = words[i];
      if (word.text == "--arg" || word.text == "--argjson" || word.text == "--slurpfile" || word.text == "--rawfile") {
        i += 2;
      } else if (word.text == "--indent" || word.text == "-L") {
        ++i;
      } else if (word.is_static() && is_option(word)) {
        if (word.text == "-f" || word.text == "--from-file") return;
      } else {
        refuse(word, code::shell_reevaluated, "the program of " + name + " is code",
               "pass it with `--arg name …` and write $name in the program");
        return;
      }
    }
  }

  void after_option(Words words, std::string_view option) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i].text == option && i + 1 < words.size())
        names_variable(words[i + 1], "`" + words[0].text + " " + std::string(option) + "`");
      if (words[i].text.starts_with(option) && words[i].text.size() > 2 && !words[i].is_static())
        names_variable(words[i], "`" + words[0].text + " " + std::string(option) + "`");
    }
  }

  void callback(Words words) {
    for (const auto& word : words.subspan(1))
      if (is_option(word) && has_flag(word, "C")) return all_evaluated(words);
  }

  void user_shell(Words words) {
    for (const auto& word : words.subspan(1))
      if (word.text.starts_with("--command") || word.text.starts_with("--session-command") ||
          (is_option(word) && has_flag(word, "c")) || !word.holes.empty())
        return all_evaluated(words);
    findings_.reads_code = true;
  }

  void find(Words words) {
    for (std::size_t i = 1; i < words.size(); ++i)
      if (one_of(words[i].text, {"-exec", "-execdir", "-ok", "-okdir"})) program(words.subspan(i + 1));
  }

  void wrapper(Words words, const Wrapper& wrapper) {
    if (wrapper.name == "command" && words.size() > 1 && words[1].is_static() && has_flag(words[1], "vV")) return;
    int operands = wrapper.operands;
    const bool takes_input = wrapper.name == "xargs";
    for (std::size_t i = 1; i < words.size(); ++i) {
      const auto& word = words[i];
      if (one_of(word.text, wrapper.refused_options)) return all_evaluated(words);
      if (word.text == "--") continue;
      if (is_option(word)) {
        if (word.text.size() == 2 && wrapper.valued_letters.find(word.text[1]) != std::string_view::npos) ++i;
        continue;
      }
      if (wrapper.name == "env" || wrapper.name == "sudo") {
        if (const auto equals = word.text.find('='); equals != std::string::npos) {
          if (one_of(std::string_view(word.text).substr(0, equals), evaluated_variables) ||
              word.text.find_first_of(std::string{ShellWord::hole, ShellWord::expansion}) < equals)
            evaluated(word, "the environment", "this variable is evaluated");
          continue;
        }
      }
      if (operands-- > 0) continue;
      const auto read_code = findings_.reads_code;
      program(words.subspan(i));
      // Its arguments come from the input, and a shell with -c would run them.
      if (takes_input && word.is_static() &&
          (one_of(basename_of(word), shells) || one_of(basename_of(word), evaluators)))
        findings_.reads_code = true;
      else if (takes_input)
        findings_.reads_code = read_code;
      return;
    }
    if (wrapper.name == "sudo" &&
        std::any_of(words.begin(), words.end(), [](const ShellWord& word) { return has_flag(word, "si"); }))
      findings_.reads_code = true;
  }

  void options(Words words) {
    const auto name = basename_of(words[0]);
    const bool always = one_of(name, option_takers),
               unless_value = one_of(name, option_takers_with_values) || name == "sed";
    if (!always && !unless_value) return;
    for (std::size_t i = 1; i < words.size() && words[i].text != "--"; ++i) {
      if (words[i].text.empty() || words[i].text[0] != ShellWord::hole) continue;
      if (unless_value && is_option(words[i - 1])) continue;
      auto& verdict = verdicts_[words[i].holes.front()];
      verdict.option = true;
      verdict.command = name;
    }
  }

  const SimpleCommand& command_;
  HoleVerdicts& verdicts_;
  CommandFindings findings_;
};

}  // namespace

CommandFindings check_command(const SimpleCommand& command, HoleVerdicts& verdicts) {
  return Rules(command, verdicts).check();
}

}  // namespace runbook
