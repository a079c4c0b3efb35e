#include "shell/shell_template.h"

#include "shell/shell_parser.h"
#include "source/codes.h"

namespace runbook {
namespace {

// Names of the variables begin so; a script with holes may not use them itself.
constexpr std::string_view reserved_prefix = "RB_V";

// The script with one byte for each hole.
struct Masked {
  std::string text;
  std::vector<const Expression*> holes;
  bool ambiguous = false;  // the byte stands in the text itself
};

Masked mask(const Template& source) {
  Masked masked;
  for (const auto& part : source.parts) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      masked.ambiguous = masked.ambiguous || literal->find(ShellParser::hole_byte) != std::string::npos ||
                         literal->find('\0') != std::string::npos;
      masked.text += *literal;
    } else {
      masked.holes.push_back(&std::get<Expression>(part));
      masked.text += ShellParser::hole_byte;
    }
  }
  return masked;
}

const std::string& variable_for(ShellTemplate& result, const Expression& expression) {
  for (const auto& variable : result.variables)
    if (variable.value.text.value == expression.text.value) return variable.name;
  result.variables.push_back({std::string(reserved_prefix) + std::to_string(result.variables.size() + 1), expression});
  return result.variables.back().name;
}

void report(const Expression& expression, const HoleVerdict& verdict, Diagnostics& diagnostics) {
  const auto shown = "`${{ " + expression.text.value + " }}`";
  if (!verdict.refused.empty()) {
    auto& error =
        diagnostics.error(verdict.refused, expression.text.span, shown + " cannot stand here: " + verdict.reason);
    error.help = verdict.help;
    return;
  }
  if (verdict.option) {
    diagnostics
        .warning(code::shell_option, expression.text.span,
                 shown + " could be read as an option of `" + verdict.command + "` when it begins with `-`")
        .help = "put `--` before it, or `./` in front of a path";
  }
  for (const auto& reference : expression.references) {
    if (reference.path.front() != "secrets") continue;
    diagnostics
        .warning(code::shell_secret, expression.text.span,
                 shown + " puts a secret into the environment of everything this script starts")
        .help =
        "give it to the one step that needs it under a name of its own, with `env:`, or pass it on standard input";
    break;
  }
}

std::string fill(std::string_view pattern, const std::string& name) {
  std::string text;
  for (const char c : pattern) c == '@' ? text += name : text += c;
  return text;
}

}  // namespace

ShellTemplate compile_shell(Text text, Shell shell, Diagnostics& diagnostics) {
  const auto parsed = parse_template(std::move(text), diagnostics);
  ShellTemplate result;
  result.source = parsed.source;
  if (parsed.is_literal()) {
    result.script = parsed.literal();
    return result;
  }
  const auto masked = mask(parsed);
  const bool reserved = masked.text.find(reserved_prefix) != std::string::npos;
  if (masked.ambiguous || reserved) {
    diagnostics
        .error(code::shell_unsure, result.source.span,
               reserved ? "names that begin with `RB_V` are taken by `${{ }}`"
                        : "the script holds a control character, so `${{ }}` cannot be used in it")
        .help = reserved ? "use another name" : "put the values under `env:`";
    result.script = masked.text;
    return result;
  }
  auto verdicts = ShellParser(masked.text, shell).parse();
  std::size_t hole = 0;
  for (const char c : masked.text) {
    if (c != ShellParser::hole_byte) {
      result.script += c;
      continue;
    }
    const auto& expression = *masked.holes[hole];
    const auto& verdict = verdicts[hole++];
    report(expression, verdict, diagnostics);
    if (verdict.refused.empty()) result.script += fill(verdict.replacement, variable_for(result, expression));
  }
  return result;
}

}  // namespace runbook
