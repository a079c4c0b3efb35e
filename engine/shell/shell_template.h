// ShellTemplate: shell text whose `${{ }}` holes have become references to environment variables, so that a value is
// never parsed as code. The shell context of each hole decides how the reference is written; where a value could still
// be evaluated (eval, sh -c, arithmetic, command position…) the hole is an error with a fix. It fails closed: what the
// lexer does not understand is refused (only when the text has holes).
// The context table and its evidence: design/language.md "Values never become shell code".
#pragma once

#include <string>
#include <vector>

#include "expr/template.h"

namespace runbook {

enum class Shell { bash, sh };

struct ShellTemplate {
  Text source;
  std::string script;  // what the shell reads: `"${RB_V1}"` where the first hole was
  struct Variable {
    std::string name;  // RB_V1, RB_V2… ; equal expressions share one
    Expression value;
  };
  std::vector<Variable> variables;
};

ShellTemplate compile_shell(Text text, Shell shell, Diagnostics& diagnostics);

}  // namespace runbook
