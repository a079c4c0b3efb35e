// Programs that matter to where a value may stand in shell text: tables only; what they mean is in shell_rules.cc.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace runbook::shell_programs {

using Names = std::vector<std::string_view>;

inline bool one_of(std::string_view name, const Names& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

inline const Names shells{"sh",      "bash", "dash", "zsh",  "ksh",   "mksh", "ash",
                          "busybox", "fish", "csh",  "tcsh", "rbash", "pwsh"};
inline const Names evaluators{"eval",  "trap",     "alias",   "bind",    "enable", "complete", "compgen", "fc",
                              "watch", "parallel", "sshpass", "autossh", "ssh",    "slogin",   "rsh",     "pdsh",
                              "at",    "batch",    "expect",  "source",  ".",      "m4",       "gdb",     "tclsh"};
inline const Names declarations{"let", "declare", "typeset", "local", "export", "readonly", "read", "unset", "integer"};
inline const Names awks{"awk", "gawk", "mawk", "nawk", "original-awk"};

struct Interpreter {
  std::string_view name;
  std::string_view code_letters;  // short options that take program text
  Names code_options;
};
inline const std::vector<Interpreter> interpreters{{"python", "c", {}},
                                                   {"perl", "eE", {}},
                                                   {"ruby", "e", {}},
                                                   {"node", "ep", {"--eval", "--print"}},
                                                   {"nodejs", "ep", {"--eval", "--print"}},
                                                   {"php", "rBRE", {"--run"}},
                                                   {"lua", "e", {}},
                                                   {"deno", "", {"eval"}},
                                                   {"bun", "e", {"--eval"}},
                                                   {"Rscript", "e", {}},
                                                   {"osascript", "e", {}},
                                                   {"groovy", "e", {}},
                                                   {"guile", "ce", {}}};

// Programs that run another one, with the options of theirs that take a value.
struct Wrapper {
  std::string_view name;
  std::string_view valued_letters;
  int operands = 0;  // that come before the program
  Names refused_options{};
};
inline const std::vector<Wrapper> wrappers{{"sudo", "ughpCRrtTUDa"},
                                           {"doas", "uCa"},
                                           {"env", "uCS", 0, {"-S", "--split-string"}},
                                           {"nohup", ""},
                                           {"nice", "n"},
                                           {"ionice", "cnp"},
                                           {"timeout", "ks", 1},
                                           {"stdbuf", "ioe"},
                                           {"setsid", ""},
                                           {"command", ""},
                                           {"builtin", ""},
                                           {"exec", "a"},
                                           {"chroot", "", 1},
                                           {"flock", "wEc", 1, {"-c", "--command"}},
                                           {"xargs", "IndPELsai"},
                                           {"chrt", "TPD", 1},
                                           {"taskset", "", 1},
                                           {"time", "of"},
                                           {"strace", "eopsPuE"},
                                           {"unshare", ""},
                                           {"systemd-run", "pEut"},
                                           {"caffeinate", ""},
                                           {"tini", ""},
                                           {"dumb-init", ""},
                                           {"gosu", "", 1},
                                           {"su-exec", "", 1},
                                           {"setpriv", ""}};

// A value at the beginning of an argument may be read as an option.
inline const Names option_takers{"rm",    "mv",  "cp",    "ln",    "ls",    "mkdir",  "rmdir",
                                 "touch", "cat", "chmod", "chown", "chgrp", "grep",   "kill",
                                 "tee",   "du",  "df",    "gzip",  "shred", "unlink", "set"};
inline const Names option_takers_with_values{"tar", "git",   "curl", "wget", "scp",  "rsync",
                                             "zip", "unzip", "find", "head", "tail", "sort"};

// Variables whose value the shell, or every program it starts, evaluates.
inline const Names evaluated_variables{"PS0",
                                       "PS1",
                                       "PS2",
                                       "PS4",
                                       "PROMPT_COMMAND",
                                       "BASH_ENV",
                                       "ENV",
                                       "LD_PRELOAD",
                                       "LD_AUDIT",
                                       "LD_LIBRARY_PATH",
                                       "GIT_SSH_COMMAND",
                                       "GIT_EDITOR",
                                       "GIT_PAGER",
                                       "PAGER",
                                       "EDITOR",
                                       "VISUAL",
                                       "PERL5OPT",
                                       "RUBYOPT",
                                       "NODE_OPTIONS",
                                       "PYTHONSTARTUP",
                                       "RUNBOOK_OUTPUT"};

}  // namespace runbook::shell_programs
