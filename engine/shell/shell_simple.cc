// ShellParser: simple commands, their redirections and here-documents.
#include <algorithm>
#include <unordered_map>

#include "shell/shell_parser.h"
#include "source/codes.h"

namespace runbook {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `text` is a name, or arithmetic that may hold it.
bool mentions(std::string_view text, std::string_view name) {
  if (name == "@") {
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
      const auto rest = text.substr(at + 1);
      if (!rest.empty() && std::string_view("@*{0123456789").find(rest[0]) != std::string_view::npos) return true;
    }
    return text == "@";
  }
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || !is_name(text[at - 1]);
    const bool ends = at + name.size() == text.size() || !is_name(text[at + name.size()]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

void ShellParser::parse_simple() {
  SimpleCommand command;
  const auto begin = at_, first_heredoc = heredocs_.size();
  for (skip_blanks(); !at_end(); skip_blanks()) {
    const char c = peek();
    if (c == '\n' || c == ';' || c == '|' || c == ')') break;
    if (c == '#') {
      skip_comment();
      break;
    }
    if (at_redirection()) {
      parse_redirection(command);
      continue;
    }
    if (c == '&') break;
    if (c == '(') {
      if (command.words.size() != 1 || !command.assignments.empty()) give_up("a `(` stands where none can be");
      ++at_;
      skip_blanks();
      if (peek() != ')') give_up("a `(` stands where none can be");
      ++at_;
      verdicts_.refuse(command.words[0].all_holes(), code::shell_command_word,
                       "the name of a function must not come from a value", "write the name here");
      functions_.push_back(command.words[0].text);
      skip_blank_lines();
      return parse_command();
    }
    if (command.words.empty() && parse_assignment(command)) continue;
    const auto before = at_;
    command.words.push_back(read_word());
    if (at_ == before) give_up("a command is not understood");
    // declare a=(…)
    const auto& word = command.words.back();
    if (peek() == '(' && command.words.size() > 1 && word.is_static() && word.text.ends_with('=')) {
      require_bash("=(");
      parse_array();
    }
  }
  if (at_ == begin) give_up("a command is not understood");
  finish_command(command, first_heredoc);
}

void ShellParser::finish_command(const SimpleCommand& command, std::size_t first_heredoc) {
  const auto findings = check_command(command, verdicts_);
  sets_attributes_ = sets_attributes_ || findings.sets_attributes;
  evaluated_.insert(evaluated_.end(), findings.evaluated.begin(), findings.evaluated.end());
  note_flows(command);
  if (!findings.reads_code) return;
  ++code_readers_;
  for (auto i = first_heredoc; i < heredocs_.size(); ++i) heredocs_[i].feeds_code = true;
  for (const auto& text : command.here_strings)
    verdicts_.refuse(text.all_holes(), code::shell_reevaluated, "it becomes the input of a program that runs its input",
                     help_env);
}

// NAME=value, NAME+=value, NAME[index]=value, NAME=(…).
bool ShellParser::parse_assignment(SimpleCommand& command) {
  auto end = at_;
  if (end < limit_ && is_name_start(text_[end]))
    while (end < limit_ && is_name(text_[end])) ++end;
  if (end == at_ || end >= limit_) return false;
  ShellAssignment assignment{std::string(text_.substr(at_, end - at_)), {}};
  if (text_[end] == '[') {
    // Also when no `=` follows: then it is a pattern, and a value has no place in the name of a command.
    at_ = end;
    read_subscript(assignment.value);
    if (!looking_at("=") && !looking_at("+=")) give_up("`NAME[…]` begins a command");
    assignment.value = {};
    end = at_;
  }
  if (text_[end] == '+' && end + 1 < limit_ && text_[end + 1] == '=') ++end;
  if (end >= limit_ || text_[end] != '=') return false;
  at_ = end + 1;
  if (peek() == '(') {
    require_bash("=(");
    const auto first = hole_count_at(at_);
    parse_array();
    for (auto hole = first; hole < hole_count_at(at_); ++hole) assignment.value.holes.push_back(hole);
  } else {
    assignment.value = read_word();
  }
  command.assignments.push_back(std::move(assignment));
  return true;
}

void ShellParser::parse_array() {
  for (++at_;;) {
    while (skip_blanks(), peek() == '\n' || peek() == '#') {
      if (peek() == '#') {
        skip_comment();
      } else {
        note_newline();
        ++at_;
      }
    }
    if (at_end()) give_up("an array is never closed");
    if (peek() == ')') break;
    const auto before = at_;
    if (peek() == '[') {
      ShellWord index;
      read_subscript(index);
    }
    read_word();
    if (at_ == before) give_up("an array is not understood");
  }
  ++at_;
}

bool ShellParser::at_redirection() const {
  auto i = at_;
  while (i < limit_ && is_digit(text_[i])) ++i;
  if (i >= limit_) return false;
  if (text_[i] == '&') return i == at_ && i + 1 < limit_ && text_[i + 1] == '>';
  if (text_[i] != '<' && text_[i] != '>') return false;
  return !(i == at_ && i + 1 < limit_ && text_[i + 1] == '(');  // `<(…)` is a word
}

void ShellParser::parse_redirections() {
  SimpleCommand command;
  for (skip_blanks(); !at_end() && at_redirection(); skip_blanks()) parse_redirection(command);
}

void ShellParser::parse_redirection(SimpleCommand& command) {
  while (is_digit(peek())) ++at_;
  if (looking_at("&>")) {
    require_bash("&>");
    at_ += looking_at("&>>") ? 3 : 2;
  } else if (looking_at("<<<")) {
    require_bash("<<<");
    at_ += 3;
    skip_blanks();
    command.here_strings.push_back(read_word());
    return;
  } else if (looking_at("<<")) {
    return parse_heredoc_start();
  } else {
    const bool descriptor = looking_at("<&") || looking_at(">&");
    at_ += descriptor || looking_at("<>") || looking_at(">>") || looking_at(">|") ? 2 : 1;
    if (descriptor) {
      skip_blanks();
      verdicts_.refuse(read_word().all_holes(), code::shell_command_word,
                       "a file descriptor must not come from a value", "write its number here");
      return;
    }
  }
  skip_blanks();
  const auto before = at_;
  read_word();
  if (at_ == before) give_up("a redirection has no target");
}

void ShellParser::parse_heredoc_start() {
  at_ += 2;
  Heredoc heredoc;
  if (peek() == '-') {
    heredoc.strip_tabs = true;
    ++at_;
  }
  skip_blanks();
  const auto begin = at_;
  auto word = read_word();
  heredoc.delimiter = word.text;
  heredoc.quoted = text_.substr(begin, at_ - begin).find_first_of("'\"\\") != std::string_view::npos;
  const bool line_break = heredoc.delimiter.find('\n') != std::string::npos;
  if (at_ == begin || !word.is_static() || line_break) give_up("the delimiter of a here-document is not plain text");
  if (text_.substr(begin, at_ - begin).find('$') != std::string_view::npos)
    give_up("the delimiter of a here-document is not plain text");
  heredocs_.push_back(std::move(heredoc));
}

void ShellParser::read_heredocs() {
  const auto waiting = std::exchange(heredocs_, {});
  for (const auto& heredoc : waiting) read_heredoc(heredoc);
}

void ShellParser::read_heredoc(const Heredoc& heredoc) {
  // First where its text ends: the shells find the line before they look for expansions.
  auto end = at_;
  std::size_t behind = limit_;
  for (bool continued = false; behind == limit_;) {
    if (end >= limit_) give_up("a here-document has no line `" + heredoc.delimiter + "`");
    const auto newline = std::min(text_.find('\n', end), limit_);
    auto line = text_.substr(end, newline - end);
    if (heredoc.strip_tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
    if (line == heredoc.delimiter) {
      if (continued) give_up("the last line of a here-document continues the one before");
      behind = std::min(newline + 1, limit_);
      break;
    }
    const auto backslashes = line.size() - std::min(line.find_last_not_of('\\') + 1, line.size());
    continued = !heredoc.quoted && backslashes % 2 == 1;
    end = newline + 1;
    if (newline >= limit_) give_up("a here-document has no line `" + heredoc.delimiter + "`");
  }
  const auto outer_limit = std::exchange(limit_, end);
  ShellWord body;
  const Forcing forced(
      *this, heredoc.quoted
                 ? Forced{code::shell_literal, "in a here-document with a quoted delimiter it would appear as text",
                          "take the quotes off the delimiter, and write `\\$` for every other `$`"}
             : heredoc.feeds_code ? Forced{code::shell_reevaluated, "the here-document is run as a program", help_env}
                                  : Forced{});
  while (!at_end()) {
    if (peek() == hole_byte) {
      read_hole(body, "${@}");
    } else if (heredoc.quoted) {
      ++at_;
    } else if (peek() == '\\') {
      read_escape(body, Quote::heredoc);
    } else if (peek() == '$') {
      read_dollar(body, Quote::heredoc);
    } else if (peek() == '`') {
      read_backticks(body);
    } else {
      ++at_;
    }
  }
  limit_ = outer_limit;
  at_ = behind;
  if (heredoc.feeds_code)
    for (const auto& name : body.names)
      evaluated_.push_back({name, code::shell_reevaluated, "a here-document that is run as a program"});
}

void ShellParser::note_flows(const SimpleCommand& command) {
  for (const auto& [name, value] : command.assignments) flows_.push_back({name, value.holes, value.names, ""});
  if (command.words.empty()) return;
  const auto& program = command.words[0].text;
  ShellWord inputs;  // all that goes in
  const auto add = [&](const ShellWord& word) {
    inputs.holes.insert(inputs.holes.end(), word.holes.begin(), word.holes.end());
    inputs.names.insert(inputs.names.end(), word.names.begin(), word.names.end());
  };
  for (const auto& text : command.here_strings) add(text);
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    const auto& word = command.words[i];
    add(word);
    const auto equals = word.text.find('=');  // local n=$1
    if (equals != std::string::npos && equals > 0)
      flows_.push_back({word.text.substr(0, equals), word.holes, word.names, ""});
  }
  if (program == "read" || program == "printf" || program == "mapfile" || program == "readarray") {
    for (const auto& word : command.words) flows_.push_back({word.text, inputs.holes, inputs.names, ""});
  } else {
    flows_.push_back({"@", inputs.holes, inputs.names, program});
  }
}

// A value that may not stand somewhere may not get there through a variable either.
void ShellParser::settle_flows() {
  std::erase_if(flows_, [&](const Flow& flow) {
    const bool positional = flow.into == "@";
    const bool known =
        flow.function == "set" || std::find(functions_.begin(), functions_.end(), flow.function) != functions_.end();
    return flow.into.empty() || (positional && !known) || (flow.holes.empty() && flow.from.empty());
  });
  std::unordered_map<std::string, std::vector<std::size_t>> readers;  // of each variable
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    for (const auto& name : flows_[i].from) readers[name].push_back(i);
    if (!flows_[i].holes.empty()) waiting.push_back(i);
  }
  while (!waiting.empty()) {
    const auto& source = flows_[waiting.back()];
    waiting.pop_back();
    const auto found = readers.find(source.into);
    if (found == readers.end()) continue;
    for (const auto reader : found->second) {
      auto& into = flows_[reader].holes;
      const auto before = into.size();
      for (const auto hole : source.holes)
        if (std::find(into.begin(), into.end(), hole) == into.end()) into.push_back(hole);
      if (into.size() > before) waiting.push_back(reader);
    }
  }
  for (const auto& flow : flows_) {
    if (flow.holes.empty()) continue;
    const auto name = flow.into == "@" ? std::string("an argument of a function") : "`" + flow.into + "`";
    if (sets_attributes_)
      verdicts_.refuse(flow.holes, code::shell_arithmetic,
                       "the script declares variables with `-i` or `-n`, so " + name + " may be evaluated",
                       help_arithmetic);
    for (const auto& evaluated : evaluated_)
      if (mentions(evaluated.name, flow.into))
        verdicts_.refuse(flow.holes, evaluated.code,
                         "it becomes " + name + ", which is evaluated in " + evaluated.where,
                         evaluated.code == code::shell_arithmetic ? help_arithmetic : help_env);
  }
}

}  // namespace runbook
