#include "shell/shell_testing.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "expr/lua_testing.h"

namespace runbook {

ShellRoom::ShellRoom() {
  std::string pattern = (std::filesystem::temp_directory_path() / "runbook-shell-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
  std::filesystem::create_directory(directory_ + "/room");
}

ShellRoom::~ShellRoom() { std::filesystem::remove_all(directory_); }

bool ShellRoom::canary() const { return std::filesystem::exists(directory_ + "/room/CANARY"); }

ShellRun ShellRoom::run(Shell shell, const std::string& script, const Environment& environment) const {
  const auto file = directory_ + "/script";
  const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0 || write(out, script.data(), script.size()) != static_cast<ssize_t>(script.size()))
    throw std::runtime_error("write the script");
  close(out);
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  std::vector<std::string> variables{"PATH=/usr/bin:/bin", "HOME=/nonexistent"};
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (auto& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  std::vector<std::string> words =
      shell == Shell::bash ? std::vector<std::string>{"bash", "--noprofile", "--norc", "-euo", "pipefail", file}
                           : std::vector<std::string>{"dash", "-eu", file};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string room = directory_ + "/room", program = shell == Shell::bash ? "/bin/bash" : "/bin/dash";
  const int child = fork();
  if (child == 0) {
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(pipe_ends[1], 1);
    dup2(nothing, 2);
    if (chdir(room.c_str()) == 0) execve(program.c_str(), argv.data(), envp.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  ShellRun result;
  char buffer[4096];
  for (ssize_t size; (size = read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    result.out.append(buffer, static_cast<std::size_t>(size));
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

Compiled compile(const std::string& text, Shell shell) {
  Diagnostics diagnostics;
  Compiled compiled;
  compiled.shell = compile_shell(text_of(text), shell, diagnostics);
  for (const auto& one : diagnostics.all()) {
    (one.severity == Severity::error ? compiled.refused : compiled.warned).emplace_back(one.code);
    compiled.messages.push_back(one.message);
    compiled.helps.push_back(one.help);
  }
  return compiled;
}

Environment with_value(const ShellTemplate& compiled, const std::string& value) {
  Environment environment;
  for (const auto& variable : compiled.variables) environment.emplace_back(variable.name, value);
  return environment;
}

}  // namespace runbook
