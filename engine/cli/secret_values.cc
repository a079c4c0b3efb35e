#include "cli/secret_values.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/text.h"
#include "cli/secret_command.h"
#include "redact/redactor.h"
#include "redact/secret_patterns.h"
#include "source/codes.h"

extern char** environ;

namespace runbook {
namespace {

constexpr std::size_t longest_secret = 64 << 10;
constexpr std::size_t longest_complaint = 200;  // columns

// A value, or why there is none.
struct Reading {
  std::string value;
  std::string problem;
};

Reading from_environment(const Secret& secret) {
  const char* given = std::getenv(secret.where.value.c_str());
  if (!given) return {"", "the environment variable `" + secret.where.value + "` is not set"};
  return {given, ""};
}

Reading from_file(const Secret& secret) {
  std::ifstream file(secret.where.value, std::ios::binary);
  if (!file) return {"", "the file `" + secret.where.value + "` cannot be read: " + std::strerror(errno)};
  std::string value(longest_secret + 2, '\0');
  file.read(value.data(), static_cast<std::streamsize>(value.size()));
  if (file.bad()) return {"", "the file `" + secret.where.value + "` cannot be read: " + std::strerror(errno)};
  value.resize(static_cast<std::size_t>(file.gcount()));
  if (!value.empty() && value.back() == '\n') value.pop_back();
  return {std::move(value), ""};
}

// Hides what a command's complaint may repeat: the secrets that are known, what it printed itself, and the variables
// it was given to get at the secret.
std::string harmless(const std::string& complaint, const AttemptEnded& ended, const SecretValues& known) {
  std::vector<SecretValue> hidden;
  const auto hide = [&](std::string_view value) {
    if (value.size() >= shortest_secret && value.size() <= longest_secret) hidden.push_back({"", std::string(value)});
  };
  for (const auto& [name, value] : known) hide(value);
  hide(trim(ended.out));
  for (const auto line : split_lines(ended.out)) hide(trim(line));
  constexpr std::string_view telling[] = {"TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "KEY", "CREDENTIAL"};
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = std::min(text.find('='), text.size());
    const auto name = text.substr(0, equals);
    const bool telltale = std::any_of(std::begin(telling), std::end(telling),
                                      [&](auto word) { return name.find(word) != std::string_view::npos; });
    if (telltale && equals < text.size()) hide(text.substr(equals + 1));
  }
  const auto redactor = Redactor::make(hidden);
  if (!redactor) return "***";
  return elide_middle(printable((*redactor)->redact(complaint)), longest_complaint);
}

std::string last_line(std::string_view text) {
  auto lines = split_lines(text);
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  return lines.empty() ? "" : std::string(trim(lines.back()));
}

Reading from_command(AttemptEnded ended, const SecretValues& known) {
  const auto said = last_line(ended.err);
  const auto why = [&](std::string problem) -> Reading {
    if (!said.empty()) problem += "; its last words: " + harmless(said, ended, known);
    return {"", std::move(problem)};
  };
  const auto& how = ended.how;
  if (how.kind == Termination::Kind::not_started) return {"", "its command: " + how.reason};
  if (!how.reason.empty()) return why("its command was stopped: " + how.reason);
  if (how.kind == Termination::Kind::signaled)
    return why("its command was killed by signal " + std::to_string(how.code));
  if (how.code != 0) return why("its command ended with exit code " + std::to_string(how.code));
  if (ended.unkillable) return why("something its command started survived KILL");
  if (ended.out.size() > longest_secret + 2 || ended.out_cut) return {"", "its command printed more than 64 KiB"};
  std::string value = std::move(ended.out);
  if (!value.empty() && value.back() == '\n') value.pop_back();
  if (!value.empty() && value.back() == '\r') value.pop_back();
  if (value.empty()) return why("its command printed nothing");
  if (value.find('\0') == std::string::npos && !is_utf8(value))
    return {"", "its command printed bytes that are no text (UTF-8); let it print them as base64"};
  return {std::move(value), ""};
}

std::string problem_of(const std::string& value) {
  if (value.empty()) return "it is empty";
  if (value.size() > longest_secret) return "it is longer than 64 KiB";
  if (value.find('\0') != std::string::npos)
    return "it holds a NUL byte, which no variable and no argument can; provide it as base64";
  return "";
}

class SecretReader {
 public:
  SecretReader(const Runbook& runbook, Diagnostics& diagnostics) : runbook_(runbook), diagnostics_(diagnostics) {}

  SecretValues read() {
    // Commands last, though their places in the file may be first: their complaints may repeat other secrets.
    for (const auto& secret : runbook_.secrets) {
      if (secret.source == Secret::Source::exec) continue;
      take(secret, secret.source == Secret::Source::env ? from_environment(secret) : from_file(secret));
    }
    run_commands();
    SecretValues in_order;
    for (const auto& secret : runbook_.secrets)
      for (auto& [name, value] : values_)
        if (name == secret.name.value) in_order.emplace_back(name, std::move(value));
    return in_order;
  }

 private:
  void run_commands() {
    std::vector<const Secret*> secrets;
    std::vector<std::vector<std::string>> commands;
    for (const auto& secret : runbook_.secrets) {
      if (secret.source != Secret::Source::exec) continue;
      secrets.push_back(&secret);
      auto& argv = commands.emplace_back();
      for (const auto& word : secret.argv) argv.push_back(word.value);
    }
    // What is missing already is told before anybody is asked for the rest.
    if (commands.empty() || diagnostics_.errors() > 0) return;
    auto ends = run_secret_commands(commands);
    for (std::size_t i = 0; i < secrets.size(); ++i)
      take(*secrets[i], ends ? from_command(std::move((*ends)[i]), values_) : Reading{"", ends.error().message()});
  }

  void take(const Secret& secret, Reading reading) {
    if (reading.problem.empty()) reading.problem = problem_of(reading.value);
    if (reading.problem.empty()) {
      values_.emplace_back(secret.name.value, std::move(reading.value));
      return;
    }
    auto& d = diagnostics_.error(code::secret_unavailable, secret.where.span,
                                 "secret `" + secret.name.value + "` is not available: " + reading.problem);
    d.help = "provide it, then start again; nothing was run";
  }

  const Runbook& runbook_;
  Diagnostics& diagnostics_;
  SecretValues values_;
};

}  // namespace

std::vector<SecretValues> read_secrets(const std::vector<const Runbook*>& runbooks, Diagnostics& diagnostics) {
  std::vector<SecretValues> all;
  for (const auto* runbook : runbooks) all.push_back(SecretReader(*runbook, diagnostics).read());
  // Two secrets may name one variable, and commands need them: only now can it go.
  for (const auto* runbook : runbooks) {
    for (const auto& secret : runbook->secrets) {
      if (secret.source != Secret::Source::env) continue;
      if (char* given = std::getenv(secret.where.value.c_str())) std::memset(given, 'x', std::strlen(given));
      ::unsetenv(secret.where.value.c_str());
    }
  }
  return all;
}

}  // namespace runbook
